"""What differs between two policies, and whether somebody can see or do more afterwards."""

import pytest

from support.domain.grants import Action, Right, Scope
from support.domain.policy import Assignment, HolderKind, Role, Rule, default_roles
from support.domain.policy_difference import Difference, compare

SEE, CHANGE, UNMASK = Action.SEE, Action.CHANGE, Action.UNMASK
OWN, BUREAU, COMMUNITY, UNITS, ALL = Scope.OWN, Scope.BUREAU, Scope.COMMUNITY, Scope.UNITS, Scope.ALL
SENSITIVE = {("f", "phone")}


def rule(*actions: Action, scope: Scope = OWN, **more: object) -> Rule:
    return Rule("x", "f", actions or (SEE,), scope, **more)  # type: ignore[arg-type]  # what a test gives is right


def role(*rules: Rule, **more: object) -> Role:
    return Role("r", "角色", "Role", rules=rules, **more)  # type: ignore[arg-type]  # what a test gives is right


def line(what: str, item: str, old: str, new: str, *, widens: bool, form: str = "f") -> Difference:
    return Difference("r", form, what, item, old, new, widens)


def between(before: list[Rule], after: list[Rule]) -> list[Difference]:
    return compare((role(*before),), (role(*after),), SENSITIVE)


PHONE = "phone"
CASES: dict[str, tuple[list[Rule], list[Rule], list[Difference]]] = {
    "nothing": ([rule(SEE, CHANGE)], [rule(CHANGE, SEE)], []),
    "cut in two": ([rule(SEE, UNMASK)], [rule(SEE), rule(UNMASK)], []),
    "an action more": ([rule()], [rule(SEE, UNMASK)], [line("ACTION", "unmask", "", "own", widens=True)]),
    "an action less": ([rule(SEE, UNMASK)], [rule()], [line("ACTION", "unmask", "own", "", widens=False)]),
    "farther": ([rule()], [rule(scope=BUREAU)], [line("SCOPE", "see", "own", "bureau", widens=True)]),
    "nearer": ([rule(scope=ALL)], [rule(scope=BUREAU)], [line("SCOPE", "see", "all", "bureau", widens=False)]),
    "within": (
        [rule(scope=BUREAU)],
        [rule(scope=COMMUNITY)],
        [line("SCOPE", "see", "bureau", "community", widens=False)],
    ),
    "a unit more": (
        [rule(scope=UNITS, unit_ids=("a",))],
        [rule(scope=UNITS, unit_ids=("b", "a"))],
        [line("SCOPE", "see", "a", "a, b", widens=True)],
    ),
    "a unit less": (
        [rule(scope=UNITS, unit_ids=("b", "a"))],
        [rule(scope=UNITS, unit_ids=("a",))],
        [line("SCOPE", "see", "a, b", "a", widens=False)],
    ),
    "a phone opened": (
        [rule()],
        [rule(columns=((PHONE, Right.READ),))],
        [line("COLUMN", PHONE, "masked", "read", widens=True)],
    ),
    "a phone closed": (
        [rule(columns=((PHONE, Right.READ),))],
        [rule()],
        [line("COLUMN", PHONE, "read", "masked", widens=False)],
    ),
    "named as it was": ([rule()], [rule(columns=((PHONE, Right.MASKED),))], []),
    "write where nothing can be written": ([rule()], [rule(columns=(("note", Right.WRITE),))], []),
    "a column hidden": (
        [rule(SEE, CHANGE)],
        [rule(SEE, CHANGE, columns=(("note", Right.HIDDEN),))],
        [line("COLUMN", "note", "write", "hidden", widens=False)],
    ),
    "a group hidden": (
        [rule(columns=(("lines", Right.HIDDEN),))],
        [rule(columns=(("lines", Right.HIDDEN), ("lines.number", Right.READ)))],
        [line("COLUMN", "lines.number", "hidden", "read", widens=True)],
    ),
    "all others closed": (
        [rule()],
        [rule(other_columns=Right.MASKED)],
        [line("COLUMN", "*", "read", "masked", widens=False)],
    ),
    "a phone opened for rows not seen before": (
        [rule()],
        [rule(), rule(scope=ALL, columns=((PHONE, Right.READ),))],
        [
            line("SCOPE", "see", "own", "all, own", widens=True),
            line("COLUMN", PHONE, "masked", "all: read, own: masked", widens=True),
        ],
    ),
    "refused": ([rule()], [rule(), rule(refuse=True, scope=ALL)], [line("REFUSAL", "see", "", "all", widens=False)]),
    "refused no more": ([rule(refuse=True)], [], [line("REFUSAL", "see", "own", "", widens=True)]),
    "refused nearer": (
        [rule(refuse=True, scope=ALL)],
        [rule(refuse=True)],
        [line("REFUSAL", "see", "all", "own", widens=True)],
    ),
    "a column refused no more": (
        [rule(refuse=True, columns=((PHONE, Right.HIDDEN),))],
        [],
        [line("REFUSAL", PHONE, "own", "", widens=True)],
    ),
}


@pytest.mark.parametrize(("before", "after", "told"), CASES.values(), ids=CASES)
def test_a_difference_is_told_with_what_it_opens(before: list[Rule], after: list[Rule], told: list[Difference]) -> None:
    assert between(before, after) == told


def test_roles_and_who_holds_them() -> None:
    held = Assignment(HolderKind.PERSON, "m001", "2026-01-01")
    before, after = (role(rule()),), (role(rule(), assignments=(held,)),)
    given = line("ASSIGNMENT", "person:m001", "", "2026-01-01–…", widens=True, form="")
    assert compare(before, after) == [given]
    assert compare(after, before) == [line("ASSIGNMENT", "person:m001", "2026-01-01–…", "", widens=False, form="")]
    assert compare((), before) == [
        line("ROLE", "", "", "角色 / Role", widens=False, form=""),
        line("ACTION", "see", "", "own", widens=True),
    ]


def test_taking_away_what_takes_away_opens() -> None:
    refusing = rule(refuse=True, scope=ALL)
    held = (Assignment(HolderKind.PERSON, "m001"),)
    with_it, without = (role(refusing, assignments=held),), (role(refusing),)
    assert [each.widens for each in compare(with_it, without)] == [True]
    assert all(each.widens for each in compare(without, ()))


def test_the_products_policy_does_not_differ_from_itself() -> None:
    assert compare(default_roles(), default_roles(), SENSITIVE) == []
