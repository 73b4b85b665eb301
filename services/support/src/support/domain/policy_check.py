"""What a policy must be before it can be kept: every name in it known, none twice, and somebody left to change it."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from support.domain.access_errors import LastAdministrator
from support.domain.errors import FieldRefused
from support.domain.grants import MACHINE_ROLES, TITLES, Action, Scope
from support.domain.organisation import PERSON_ROLES
from support.domain.policy import Assignment, HolderKind, Role, Roles, Rule, in_order

ROLE_FORM = "support.role"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_MOST_ROLES, _MOST_RULES, _LONGEST_TITLE, _LONGEST_NOTE = 200, 200, 60, 1000
_EXTRA = "extra"
# How our own services ask each other: a rule less here stops the suite, a rule more opens it to nobody who is watched.
_FIXED = "service"


@dataclass(frozen=True, slots=True)
class Form:
    """A form as its service declares it. `columns` tells of each column whether it is sensitive."""

    name: str
    actions: frozenset[Action]
    columns: Mapping[str, bool]

    def knows(self, column: str) -> bool:
        """Tell whether a rule may name this column: one declared, a group of them, or a field the branch added."""
        return (
            column in self.columns
            or (column.startswith(f"{_EXTRA}.") and _EXTRA in self.columns)
            or any(each.startswith(f"{column}.") for each in self.columns)
        )


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody as far as roles go: `unit_ids` are their units and all above them."""

    staff_number: str
    roles: frozenset[str]
    unit_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Known:
    """What a policy may name, and who works here."""

    forms: Mapping[str, Form]
    unit_ids: Collection[str]
    staff_numbers: Collection[str]
    active: Iterable[Holder]
    today: date


def settled(roles: Roles, product: Roles, new_id: Callable[[], str]) -> Roles:
    """Answer roles as they are kept: rules have ids, actions an order, and what comes with the product says so."""
    fixed = {role.name: role for role in product if role.name == _FIXED}
    found: list[Role] = []
    for role in roles:
        rules = tuple(replace(rule, id=rule.id or new_id(), actions=in_order(rule.actions)) for rule in role.rules)
        found.append(fixed.get(role.name) or replace(role, built_in=role.name in TITLES, rules=rules))
    names = {role.name for role in found}
    # The role of our services is not for administrators; a draft that leaves it out keeps it all the same.
    return (*found, *(role for name, role in fixed.items() if name not in names))


def check_note(note: str) -> None:
    """Refuse a note that is too long to keep."""
    if len(note) > _LONGEST_NOTE:
        raise FieldRefused("note", "TEXT_TOO_LONG", maximum=str(_LONGEST_NOTE))


def check_policy(roles: Roles, known: Known) -> None:
    """Refuse a policy with anything unknown or twice in it, by the place where it stands."""
    if len(roles) > _MOST_ROLES:
        raise FieldRefused("roles", "TOO_MANY_ROWS", maximum=str(_MOST_ROLES))
    names: set[str] = set()
    ids: set[str] = set()
    for place, role in enumerate(roles):
        at = f"roles[{place}]"
        _check_names(role, at, names)
        names.add(role.name)
        if len(role.rules) > _MOST_RULES:
            raise FieldRefused(f"{at}.rules", "TOO_MANY_ROWS", maximum=str(_MOST_RULES))
        for number, rule in enumerate(role.rules):
            _check_rule(rule, f"{at}.rules[{number}]", known, ids)
            ids.add(rule.id)
        for number, each in enumerate(role.assignments):
            _check_assignment(role, each, f"{at}.assignments[{number}]", known)
    gone = [name for name in TITLES if name not in names]
    if gone:
        raise FieldRefused("roles", "BUILT_IN_ROLE_MISSING", role=gone[0])


def check_administrator_left(roles: Roles, known: Known, *, second: bool = False) -> None:
    """Refuse a policy after which nobody who works here could change roles, or agree to it where a second one must."""
    for action in (Action.CHANGE, Action.APPROVE) if second else (Action.CHANGE,):
        if not any(_may(person, action, roles, known.today.isoformat()) for person in known.active):
            raise LastAdministrator(form=ROLE_FORM, action=action)


def _may(person: Holder, action: Action, roles: Roles, on: str) -> bool:
    """Tell whether somebody may do something with roles."""
    held = roles_of(person, roles, on)
    rules = [rule for role in roles if role.name in held for rule in role.rules]
    concerned = [rule for rule in rules if rule.form == ROLE_FORM and action in rule.actions]
    return any(not rule.refuse for rule in concerned) and not any(
        rule.refuse and not rule.columns for rule in concerned
    )


def roles_of(person: Holder, roles: Roles, on: str) -> set[str]:
    """Answer the roles somebody holds on a day: those of their positions, and those given to position, unit or person."""
    return set(person.roles) | {
        role.name for role in roles if any(_holds(person, each, on) for each in role.assignments)
    }


def _holds(person: Holder, each: Assignment, on: str) -> bool:
    if (each.valid_from and on < each.valid_from) or (each.valid_to and each.valid_to < on):
        return False
    match each.kind:
        case HolderKind.POSITION:
            return each.holder in person.roles
        case HolderKind.UNIT:
            return each.holder in person.unit_ids
        case HolderKind.PERSON:
            return each.holder == person.staff_number


def _check_names(role: Role, at: str, names: set[str]) -> None:
    if not _NAME.fullmatch(role.name):
        raise FieldRefused(f"{at}.name", "ROLE_NAME_INVALID", value=role.name[:60])
    if role.name in names:
        raise FieldRefused(f"{at}.name", "ROLE_DUPLICATE", value=role.name)
    for field, title in (("title_zh", role.title_zh), ("title_en", role.title_en)):
        if not title.strip():
            raise FieldRefused(f"{at}.{field}", "TITLE_MISSING", role=role.name)
        if len(title) > _LONGEST_TITLE:
            raise FieldRefused(f"{at}.{field}", "TEXT_TOO_LONG", maximum=str(_LONGEST_TITLE))


def _check_rule(rule: Rule, at: str, known: Known, ids: set[str]) -> None:
    if rule.id in ids or len(rule.id) > 120:
        raise FieldRefused(f"{at}.id", "RULE_DUPLICATE", value=rule.id[:120])
    form = known.forms.get(rule.form)
    if form is None:
        raise FieldRefused(f"{at}.form", "FORM_UNKNOWN", value=rule.form[:64])
    if not rule.actions:
        raise FieldRefused(f"{at}.actions", "ACTIONS_MISSING", form=rule.form)
    for action in rule.actions:
        if action not in form.actions:
            raise FieldRefused(f"{at}.actions", "ACTION_UNKNOWN", value=action, form=rule.form)
    _check_units(rule, at, known)
    named = [column for column, _ in rule.columns]
    for place, column in enumerate(named):
        if column in named[:place]:
            raise FieldRefused(f"{at}.columns[{place}].column", "COLUMN_DUPLICATE", value=column[:120])
        if not form.knows(column):
            raise FieldRefused(f"{at}.columns[{place}].column", "COLUMN_UNKNOWN", value=column[:120], form=rule.form)


def _check_units(rule: Rule, at: str, known: Known) -> None:
    if rule.scope == Scope.UNITS and not rule.unit_ids:
        raise FieldRefused(f"{at}.unit_ids", "UNITS_MISSING", form=rule.form)
    if rule.scope != Scope.UNITS and rule.unit_ids:
        raise FieldRefused(f"{at}.unit_ids", "UNITS_WITHOUT_SCOPE", form=rule.form)
    for place, unit in enumerate(rule.unit_ids):
        if unit not in known.unit_ids:
            raise FieldRefused(f"{at}.unit_ids[{place}]", "UNIT_UNKNOWN", value=unit[:64])


def _check_assignment(role: Role, each: Assignment, at: str, known: Known) -> None:
    if role.name in MACHINE_ROLES:
        raise FieldRefused(at, "ROLE_OF_MACHINES", role=role.name)
    field, reason, fine = {
        HolderKind.POSITION: ("position", "POSITION_UNKNOWN", PERSON_ROLES),
        HolderKind.UNIT: ("unit_id", "UNIT_UNKNOWN", known.unit_ids),
        HolderKind.PERSON: ("staff_number", "HOLDER_UNKNOWN", known.staff_numbers),
    }[each.kind]
    if each.holder not in fine:
        raise FieldRefused(f"{at}.{field}", reason, value=each.holder[:64])
    for field, day in (("valid_from", each.valid_from), ("valid_to", each.valid_to)):
        if day and not _is_day(day):
            raise FieldRefused(f"{at}.{field}", "DATE_INVALID", value=day[:20])
    if each.valid_from and each.valid_to and each.valid_to < each.valid_from:
        raise FieldRefused(f"{at}.valid_to", "PERIOD_REVERSED", value=each.valid_to)


def _is_day(text: str) -> bool:
    try:
        # The week form `2026-W47-1` would be read as well, and would not compare.
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
