"""A policy: every role with its rules and who holds it. One is in force; older ones are kept, drafts wait."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from support.domain.grants import TITLES, Action, Right, Scope, default_columns, default_grants


class HolderKind(StrEnum):
    """By what somebody holds a role."""

    POSITION = "position"
    UNIT = "unit"
    PERSON = "person"


class PolicyState(StrEnum):
    """Where a policy stands. CARRIED holds rules of a release before there were policies, until the first start."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    PUBLISHED = "published"
    REFUSED = "refused"
    CARRIED = "carried"


@dataclass(frozen=True, slots=True)
class Rule:
    """Holders of the role may do these actions on the form for rows within the scope, or may not."""

    id: str
    form: str
    actions: tuple[Action, ...]
    scope: Scope
    unit_ids: tuple[str, ...] = ()
    refuse: bool = False
    columns: tuple[tuple[str, Right], ...] = ()
    other_columns: Right | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who holds a role beside the position of its name, and from when to when (`YYYY-MM-DD`, empty while open)."""

    kind: HolderKind
    holder: str
    valid_from: str = ""
    valid_to: str = ""


@dataclass(frozen=True, slots=True)
class Role:
    """A role with its rules and who holds it."""

    name: str
    title_zh: str
    title_en: str
    built_in: bool = False
    rules: tuple[Rule, ...] = ()
    assignments: tuple[Assignment, ...] = ()


Roles = tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as it is kept. `edition` counts publications, 0 before; `base` is the edition it was made from."""

    id: str
    state: PolicyState
    author: str
    at: datetime
    edition: int = 0
    version: int = 1
    base: int = 0
    note: str = ""
    approver: str = ""
    roles: Roles = ()
    # The product's own roles when this was made: what differs from them was changed by administrators.
    product: Roles = field(default=(), repr=False)


def default_roles() -> Roles:
    """Answer the roles as the product delivers them; the ids of their rules stay the same from release to release."""
    rules: defaultdict[str, dict[tuple[str, Scope], list[Action]]] = defaultdict(dict)
    for grant in default_grants():
        rules[grant.role].setdefault((grant.form, grant.scope), []).append(grant.action)
    columns = default_columns()
    return tuple(
        Role(
            name,
            *titles,
            built_in=True,
            rules=tuple(
                Rule(
                    id=f"{name}:{form}:{scope}",
                    form=form,
                    actions=in_order(actions),
                    scope=scope,
                    columns=tuple(sorted(columns.get((name, form, scope), {}).items())),
                )
                for (form, scope), actions in sorted(rules[name].items())
            ),
        )
        for name, titles in TITLES.items()
    )


def in_order(actions: Iterable[Action]) -> tuple[Action, ...]:
    """Answer actions once each, in the order they are always told."""
    wanted = set(actions)
    return tuple(action for action in Action if action in wanted)


def followed(roles: Roles, before: Roles, now: Roles) -> Roles:
    """Answer roles with what a new release of the product changed, rule by rule; what administrators changed stays.

    `before` are the product's roles that `roles` were made on, `now` those of the present release.
    """
    had = {rule.id: rule for role in before for rule in role.rules}
    kept = {role.name: role for role in roles}
    for role in now:
        mine = kept.get(role.name)
        if mine is None:
            kept[role.name] = role
            continue
        kept[role.name] = replace(mine, built_in=True, rules=_followed_rules(mine.rules, had, role.rules))
    return tuple(kept.values())


def _followed_rules(mine: tuple[Rule, ...], had: dict[str, Rule], now: tuple[Rule, ...]) -> tuple[Rule, ...]:
    wanted = {rule.id: rule for rule in now}
    found: list[Rule] = []
    for rule in mine:
        untouched = had.get(rule.id) == rule
        if not untouched:
            found.append(rule)
        elif rule.id in wanted:
            found.append(wanted[rule.id])
    known = {rule.id for rule in mine}
    # A rule that was in the product before and is not here any more was taken out by an administrator.
    return (*found, *(rule for rule in now if rule.id not in known and rule.id not in had))


def with_roles(roles: Roles, more: Roles) -> Roles:
    """Answer roles with the rules of others added: those made by hand before there were policies."""
    kept = {role.name: role for role in roles}
    for role in more:
        mine = kept.get(role.name)
        kept[role.name] = replace(mine, rules=(*mine.rules, *role.rules)) if mine else role
    return tuple(kept.values())


def with_units(roles: Roles, moved: dict[str, str]) -> Roles:
    """Answer roles in which units that went up in another have its id: in rules and in who holds a role."""

    def unit_ids(rule: Rule) -> tuple[str, ...]:
        return tuple(dict.fromkeys(moved.get(unit, unit) for unit in rule.unit_ids))

    def holder(each: Assignment) -> Assignment:
        return replace(each, holder=moved.get(each.holder, each.holder)) if each.kind == HolderKind.UNIT else each

    return tuple(
        replace(
            role,
            rules=tuple(replace(rule, unit_ids=unit_ids(rule)) for rule in role.rules),
            assignments=tuple(dict.fromkeys(holder(each) for each in role.assignments)),
        )
        for role in roles
    )


def naming(roles: Roles, unit_ids: Iterable[str]) -> int:
    """Count the rules and assignments that name one of some units."""
    wanted = set(unit_ids)
    return sum(
        sum(1 for rule in role.rules if not wanted.isdisjoint(rule.unit_ids))
        + sum(1 for each in role.assignments if each.kind == HolderKind.UNIT and each.holder in wanted)
        for role in roles
    )


def to_text(roles: Roles) -> str:
    """Write roles as they are kept."""
    return json.dumps([_role_out(role) for role in roles], ensure_ascii=False, separators=(",", ":"))


def from_text(text: str) -> Roles:
    """Read roles as they are kept."""
    return tuple(_role_in(each) for each in json.loads(text))


def _role_out(role: Role) -> dict[str, Any]:
    return {
        "name": role.name,
        "zh": role.title_zh,
        "en": role.title_en,
        "built_in": role.built_in,
        "rules": [_rule_out(rule) for rule in role.rules],
        "assignments": [[each.kind, each.holder, each.valid_from, each.valid_to] for each in role.assignments],
    }


def _rule_out(rule: Rule) -> dict[str, Any]:
    found: dict[str, Any] = {"id": rule.id, "form": rule.form, "actions": list(rule.actions), "scope": rule.scope}
    if rule.unit_ids:
        found["units"] = list(rule.unit_ids)
    if rule.refuse:
        found["refuse"] = True
    if rule.columns:
        found["columns"] = dict(rule.columns)
    if rule.other_columns:
        found["other"] = rule.other_columns
    return found


def _role_in(found: dict[str, Any]) -> Role:
    return Role(
        name=found["name"],
        title_zh=found["zh"],
        title_en=found["en"],
        built_in=found["built_in"],
        rules=tuple(_rule_in(each) for each in found["rules"]),
        assignments=tuple(Assignment(HolderKind(kind), *rest) for kind, *rest in found["assignments"]),
    )


def _rule_in(found: dict[str, Any]) -> Rule:
    other = found.get("other")
    return Rule(
        id=found["id"],
        form=found["form"],
        actions=tuple(Action(each) for each in found["actions"]),
        scope=Scope(found["scope"]),
        unit_ids=tuple(found.get("units", ())),
        refuse=found.get("refuse", False),
        columns=tuple((column, Right(right)) for column, right in found.get("columns", {}).items()),
        other_columns=Right(other) if other else None,
    )
