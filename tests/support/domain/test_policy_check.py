"""What a policy may not be, told by the place where it stands."""

from dataclasses import replace
from datetime import date

import pytest

from support.domain.access_errors import LastAdministrator
from support.domain.errors import FieldRefused
from support.domain.grants import Action, Right, Scope
from support.domain.policy import Assignment, HolderKind, Role, Roles, Rule, default_roles
from support.domain.policy_check import (
    Form,
    Holder,
    Known,
    check_administrator_left,
    check_note,
    check_policy,
    settled,
)

FORMS = {
    rule.form: Form(rule.form, frozenset(Action), {column: True for column, _ in rule.columns})
    for role in default_roles()
    for rule in role.rules
} | {
    "customer.customer": Form(
        "customer.customer",
        frozenset({Action.SEE, Action.CHANGE, Action.CREATE, Action.UNMASK, Action.EXPORT}),
        {
            "name": False, "phone": True, "address": True, "subscribers.number": True, "contacts.phone": True,
            "addresses.text": True, "extra": False,
        },
    ),
    "customer.appointment": Form("customer.appointment", frozenset(Action), {"place": True, "contact_phone": True}),
    "dispatch.task": Form("dispatch.task", frozenset(Action), {"place": True}),
    "support.staff": Form("support.staff", frozenset(Action), {"phone": True}),
}  # fmt: skip
ADMIN = Holder("admin", frozenset({"administrator"}))
KNOWN = Known(FORMS, {"u1"}, {"m001", "admin"}, [ADMIN], date(2026, 11, 22))
PRODUCT = default_roles()


def own(*rules: Rule, name: str = "helper_1", **more: object) -> Role:
    return Role(name, "帮手", "Helper", rules=rules, **more)  # type: ignore[arg-type]  # what a test gives is right


def rule(**more: object) -> Rule:
    values = {"id": "x", "form": "customer.customer", "actions": (Action.SEE,), "scope": Scope.OWN} | more
    return Rule(**values)  # type: ignore[arg-type]  # what a test gives is right


def refused(role: Role) -> tuple[str, str]:
    with pytest.raises(FieldRefused) as caught:
        check_policy((*PRODUCT, role), KNOWN)
    return caught.value.data["field"].replace(f"roles[{len(PRODUCT)}]", "role"), caught.value.reason


def test_the_products_own_policy_is_fine_and_so_is_a_role_more() -> None:
    columns = (("phone", Right.READ), ("subscribers", Right.HIDDEN), ("extra.hobby", Right.HIDDEN))
    held = (
        Assignment(HolderKind.PERSON, "m001", "2026-01-01", "2026-12-31"),
        Assignment(HolderKind.UNIT, "u1"),
        Assignment(HolderKind.POSITION, "seat_manager"),
    )
    units = rule(id="y", scope=Scope.UNITS, unit_ids=("u1",))
    check_policy((*PRODUCT, own(rule(columns=columns), units, assignments=held)), KNOWN)


REFUSED = {
    "name": (own(name="two words"), "role.name", "ROLE_NAME_INVALID"),
    "name twice": (own(name="operator"), "role.name", "ROLE_DUPLICATE"),
    "title": (replace(own(), title_en=" "), "role.title_en", "TITLE_MISSING"),
    "long title": (replace(own(), title_zh="长" * 61), "role.title_zh", "TEXT_TOO_LONG"),
    "form": (own(rule(form="customer.nothing")), "role.rules[0].form", "FORM_UNKNOWN"),
    "no action": (own(rule(actions=())), "role.rules[0].actions", "ACTIONS_MISSING"),
    "action": (own(rule(actions=(Action.DELETE,))), "role.rules[0].actions", "ACTION_UNKNOWN"),
    "column": (own(rule(columns=(("shoe", Right.READ),))), "role.rules[0].columns[0].column", "COLUMN_UNKNOWN"),
    "column below": (
        own(rule(columns=(("phone.x", Right.READ),))),
        "role.rules[0].columns[0].column",
        "COLUMN_UNKNOWN",
    ),
    "column twice": (
        own(rule(columns=(("phone", Right.READ), ("phone", Right.WRITE)))),
        "role.rules[0].columns[1].column",
        "COLUMN_DUPLICATE",
    ),
    "no units": (own(rule(scope=Scope.UNITS)), "role.rules[0].unit_ids", "UNITS_MISSING"),
    "units beside": (own(rule(unit_ids=("u1",))), "role.rules[0].unit_ids", "UNITS_WITHOUT_SCOPE"),
    "unit": (own(rule(scope=Scope.UNITS, unit_ids=("u1", "u2"))), "role.rules[0].unit_ids[1]", "UNIT_UNKNOWN"),
    "id twice": (own(rule(), rule()), "role.rules[1].id", "RULE_DUPLICATE"),
    "id of the product": (own(rule(id=PRODUCT[0].rules[0].id)), "role.rules[0].id", "RULE_DUPLICATE"),
    "person": (
        own(assignments=(Assignment(HolderKind.PERSON, "m999"),)),
        "role.assignments[0].staff_number",
        "HOLDER_UNKNOWN",
    ),
    "holding unit": (
        own(assignments=(Assignment(HolderKind.UNIT, "u9"),)),
        "role.assignments[0].unit_id",
        "UNIT_UNKNOWN",
    ),
    "position": (
        own(assignments=(Assignment(HolderKind.POSITION, "service"),)),
        "role.assignments[0].position",
        "POSITION_UNKNOWN",
    ),
    "day": (
        own(assignments=(Assignment(HolderKind.PERSON, "m001", "2026-02-30"),)),
        "role.assignments[0].valid_from",
        "DATE_INVALID",
    ),
    "other way of writing a day": (
        own(assignments=(Assignment(HolderKind.PERSON, "m001", "2026-W01-1"),)),
        "role.assignments[0].valid_from",
        "DATE_INVALID",
    ),
    "period": (
        own(assignments=(Assignment(HolderKind.PERSON, "m001", "2026-03-02", "2026-03-01"),)),
        "role.assignments[0].valid_to",
        "PERIOD_REVERSED",
    ),
}


@pytest.mark.parametrize(("role", "field", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_unknown_or_twice_is_refused_by_its_place(role: Role, field: str, reason: str) -> None:
    assert refused(role) == (field, reason)


def test_a_role_of_the_product_may_not_go_and_a_machines_role_is_given_to_nobody() -> None:
    with pytest.raises(FieldRefused) as caught:
        check_policy(tuple(role for role in PRODUCT if role.name != "editor"), KNOWN)
    assert (caught.value.reason, caught.value.data["role"]) == ("BUILT_IN_ROLE_MISSING", "editor")
    given = tuple(
        replace(role, assignments=(Assignment(HolderKind.PERSON, "m001"),)) if role.name == "importer" else role
        for role in PRODUCT
    )
    with pytest.raises(FieldRefused) as caught:
        check_policy(given, KNOWN)
    assert caught.value.reason == "ROLE_OF_MACHINES"


def test_the_role_of_our_services_is_the_products_whatever_is_sent() -> None:
    numbers = iter("123")
    sent: Roles = (
        *(replace(role, rules=(), built_in=False) for role in PRODUCT if role.name in {"service", "editor"}),
        own(rule(id="", actions=(Action.CHANGE, Action.SEE, Action.SEE))),
    )
    kept = {role.name: role for role in settled(sent, PRODUCT, lambda: next(numbers))}
    assert kept["service"] == next(role for role in PRODUCT if role.name == "service")
    assert (kept["editor"].built_in, kept["helper_1"].built_in) == (True, False)
    assert kept["helper_1"].rules == (rule(id="1", actions=(Action.SEE, Action.CHANGE)),)
    assert "service" in {role.name for role in settled((), PRODUCT, lambda: "")}


def without_role_rules() -> Roles:
    return tuple(
        replace(role, rules=tuple(each for each in role.rules if each.form != "support.role")) for role in PRODUCT
    )


CHANGING = rule(form="support.role", actions=(Action.SEE, Action.CHANGE), scope=Scope.ALL)
LEFT: dict[str, tuple[Roles, list[Holder], bool]] = {
    "by position": (PRODUCT, [ADMIN], True),
    "nobody works here": (PRODUCT, [], False),
    "nobody of the position": (PRODUCT, [Holder("m001", frozenset({"operator"}))], False),
    "no rule": (without_role_rules(), [ADMIN], False),
    "given to a person": (
        (*without_role_rules(), own(CHANGING, assignments=(Assignment(HolderKind.PERSON, "admin"),))), [ADMIN], True,
    ),
    "given to a unit": (
        (*without_role_rules(), own(CHANGING, assignments=(Assignment(HolderKind.UNIT, "u1"),))),
        [Holder("m001", frozenset(), frozenset({"u1"}))], True,
    ),
    "given until yesterday": (
        (*without_role_rules(), own(CHANGING, assignments=(Assignment(HolderKind.PERSON, "admin", "", "2026-11-21"),))),
        [ADMIN], False,
    ),
    "refused": (
        (*PRODUCT, own(replace(CHANGING, refuse=True), assignments=(Assignment(HolderKind.PERSON, "admin"),))),
        [ADMIN], False,
    ),
    "refused to another": (
        (*PRODUCT, own(replace(CHANGING, refuse=True), assignments=(Assignment(HolderKind.PERSON, "m001"),))),
        [ADMIN], True,
    ),
}  # fmt: skip


def test_where_a_second_one_must_agree_somebody_must_be_left_who_may() -> None:
    given = (Assignment(HolderKind.PERSON, "admin"),)
    roles = (*without_role_rules(), own(CHANGING, assignments=given))
    check_administrator_left(roles, KNOWN)
    with pytest.raises(LastAdministrator) as caught:
        check_administrator_left(roles, KNOWN, second=True)
    assert caught.value.data["action"] == "approve"
    agreeing = replace(CHANGING, id="y", actions=(Action.APPROVE,))
    check_administrator_left((*without_role_rules(), own(CHANGING, agreeing, assignments=given)), KNOWN, second=True)


@pytest.mark.parametrize(("roles", "people", "left"), LEFT.values(), ids=LEFT)
def test_somebody_must_be_left_who_can_change_roles(roles: Roles, people: list[Holder], left: bool) -> None:
    known = replace(KNOWN, active=people)
    if left:
        check_administrator_left(roles, known)
        return
    with pytest.raises(LastAdministrator):
        check_administrator_left(roles, known)


def test_a_note_has_a_length() -> None:
    check_note("字" * 1000)
    with pytest.raises(FieldRefused) as caught:
        check_note("字" * 1001)
    assert (caught.value.data["field"], caught.value.reason) == ("note", "TEXT_TOO_LONG")
