"""What a policy is made of, how it is kept, and how it follows the product."""

from dataclasses import replace

from support.domain.grants import MACHINE_ROLES, TITLES, Action, Right, Scope, default_grants
from support.domain.policy import (
    Assignment,
    HolderKind,
    Role,
    Rule,
    default_roles,
    followed,
    from_text,
    naming,
    to_text,
    with_roles,
    with_units,
)

SEE, CHANGE = Action.SEE, Action.CHANGE


def rule(name: str, *actions: Action, scope: Scope = Scope.OWN, **more: object) -> Rule:
    return Rule(name, "f", actions or (SEE,), scope, **more)  # type: ignore[arg-type]  # what a test gives is right


def role(*rules: Rule, name: str = "r", **more: object) -> Role:
    return Role(name, "角色", "Role", rules=rules, **more)  # type: ignore[arg-type]  # what a test gives is right


def test_every_default_grant_is_in_one_rule_of_its_role_and_every_role_has_titles() -> None:
    roles = default_roles()
    assert [found.name for found in roles] == list(TITLES)
    assert all(found.built_in and found.title_zh and found.title_en for found in roles)
    packed = {
        (found.name, each.form, action, each.scope)
        for found in roles
        for each in found.rules
        for action in each.actions
    }
    assert packed == {(grant.role, grant.form, grant.action, grant.scope) for grant in default_grants()}
    ids = [each.id for found in roles for each in found.rules]
    assert len(ids) == len(set(ids))


def test_managers_work_with_phones_and_addresses_of_their_own_and_see_no_id_card_unmasked() -> None:
    rules = {each.id: each for found in default_roles() for each in found.rules}
    own = rules["customer_manager:customer.customer:own"]
    assert dict(own.columns) == {
        "phone": Right.WRITE,
        "address": Right.WRITE,
        "addresses.text": Right.WRITE,
        "contacts.phone": Right.WRITE,
        "subscribers.number": Right.READ,
    }
    assert Action.UNMASK in own.actions
    assert rules["bureau_chief:customer.customer:bureau"].columns == ()
    assert Action.UNMASK in rules["bureau_chief:customer.customer:bureau"].actions
    # What a chief may see of a customer with a reason, they may see of an appointment with one.
    assert rules["bureau_chief:customer.appointment:bureau"].columns == ()
    assert Action.UNMASK in rules["bureau_chief:customer.appointment:bureau"].actions
    assert rules["supervisor:customer.customer:all"].columns == ()
    assert Action.UNMASK not in rules["supervisor:customer.customer:all"].actions
    assert dict(rules["dispatcher:dispatch.task:all"].columns) == {"place": Right.READ}


def test_what_only_machines_may_do_no_person_may() -> None:
    probing = {found.name for found in default_roles() for each in found.rules if each.form == "access.probe"}
    disclosing = {
        found.name
        for found in default_roles()
        for each in found.rules
        if each.form == "support.disclosure" and Action.CREATE in each.actions
    }
    assert probing == disclosing == {"service"}
    assert probing <= MACHINE_ROLES


def test_roles_are_read_back_as_they_were_kept() -> None:
    made = (
        *default_roles(),
        role(
            rule("1", SEE, CHANGE, scope=Scope.UNITS, unit_ids=("u",), columns=(("a", Right.HIDDEN),)),
            rule("2", refuse=True, other_columns=Right.MASKED),
            assignments=(Assignment(HolderKind.PERSON, "m001", "2026-01-01", ""),),
        ),
    )
    assert from_text(to_text(made)) == made


def test_a_release_changes_rules_that_nobody_touched_and_leaves_the_others() -> None:
    before = (role(rule("same"), rule("grows"), rule("goes"), rule("touched"), rule("taken out")),)
    now = (
        role(rule("same"), rule("grows", SEE, CHANGE), rule("touched", SEE, CHANGE), rule("taken out"), rule("new")),
        role(rule("other"), name="newcomer", built_in=True),
    )
    mine = (role(rule("same"), rule("grows"), rule("goes"), rule("touched", scope=Scope.ALL), rule("my own")),)
    after = followed(mine, before, now)
    assert after == (
        replace(
            mine[0],
            built_in=True,
            rules=(
                rule("same"), rule("grows", SEE, CHANGE), rule("touched", scope=Scope.ALL), rule("my own"), rule("new"),
            ),
        ),
        now[1],
    )  # fmt: skip
    assert followed(after, now, now) == after


def test_rules_made_by_hand_before_there_were_policies_join_their_role() -> None:
    assert with_roles((role(rule("a")),), (role(rule("b")), role(rule("c"), name="x"))) == (
        role(rule("a"), rule("b")),
        role(rule("c"), name="x"),
    )


def test_units_that_went_up_in_another_take_their_rules_along() -> None:
    units = rule("1", scope=Scope.UNITS, unit_ids=("old", "new", "else"))
    holders = tuple(Assignment(HolderKind.UNIT, unit) for unit in ("old", "new"))
    person = Assignment(HolderKind.PERSON, "old")
    roles = (role(units, rule("2"), assignments=(*holders, person)),)
    assert naming(roles, ["old"]) == 2
    assert with_units(roles, {"old": "new"}) == (
        role(replace(units, unit_ids=("new", "else")), rule("2"), assignments=(holders[1], person)),
    )
