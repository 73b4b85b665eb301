"""Rules that nobody typed: those of the product, of a new release, of the time before policies, and of a bureau that went up in another."""

from dataclasses import replace

from sqlalchemy import update

from chassis.database import Database, Unit
from support.actions.policies import compare_policies, get_policy
from support.actions.product_policy import carry_units, follow_product, rules_naming
from support.domain.grants import Action, Scope
from support.domain.policy import Policy, PolicyState, Role, Rule, default_roles, to_text
from support.storage import documents, policies
from support.storage.access_tables import policies as policies_table
from tests.support.access_branch import B01, B02, C01
from tests.support.policy_desk import ADMIN, ALONE, FRAME, counts, document, history, submitted


def waiting_documents(work: Unit) -> dict[str, int]:
    return documents.versions(work, waiting_only=True)


def test_after_the_first_start_the_products_policy_is_in_force_and_waits_to_be_published(branch: Database) -> None:
    view = branch.run_sync(ADMIN, get_policy, "")
    assert (view.policy.edition, view.in_force, view.policy.roles) == (1, True, default_roles())
    assert branch.run_sync(ADMIN, waiting_documents) == {documents.GRANTS: 1}
    assert branch.run_sync(ADMIN, follow_product) is False
    assert counts(branch)[0] == 1


def made_on_an_older_release(work: Unit) -> None:
    """As if the release before had known no unmasking, and an administrator had opened the dispatcher's customers."""

    def older(role: Role) -> Role:
        rules = tuple(
            replace(rule, actions=tuple(action for action in rule.actions if action != Action.UNMASK))
            for rule in role.rules
            if rule.form != "support.audit"
        )
        return replace(role, rules=rules)

    before = tuple(older(role) for role in default_roles())
    mine = tuple(
        replace(role, rules=(*role.rules, Rule("mine", "customer.customer", (Action.EXPORT,), Scope.ALL)))
        if role.name == "dispatcher"
        else role
        for role in before
    )
    work.session.execute(update(policies_table).values(roles=to_text(mine), product=to_text(before)))


def test_a_new_release_brings_its_rules_and_keeps_the_administrators(branch: Database) -> None:
    branch.run_sync(ADMIN, made_on_an_older_release)
    assert branch.run_sync(ADMIN, follow_product) is True
    view = branch.run_sync(ADMIN, get_policy, "")
    assert (view.policy.edition, view.policy.note) == (2, "PRODUCT_UPDATE")
    told = branch.run_sync(ADMIN, compare_policies, "template", "", FRAME)
    assert [(each.role, each.form, each.item) for each in told] == [("dispatcher", "customer.customer", "export")]
    assert ("administrator/support.audit/ACTION/see", None, "all", "admin") in history(branch, view.policy.id)
    assert branch.run_sync(ADMIN, follow_product) is False


def before_there_were_policies(work: Unit) -> None:
    work.session.execute(policies_table.delete())
    rule = Rule("supervisor:customer.import:all:own", "customer.import", (Action.SEE,), Scope.ALL)
    own = (Role("supervisor", "supervisor", "supervisor", rules=(rule,)),)
    policies.add(work, Policy(work.new_id(), PolicyState.CARRIED, "support", work.now(), roles=own))


def test_rules_made_by_hand_before_there_were_policies_are_in_the_first_one(branch: Database) -> None:
    branch.run_sync(ADMIN, before_there_were_policies)
    assert branch.run_sync(ADMIN, follow_product) is True
    told = branch.run_sync(ADMIN, compare_policies, "template", "", FRAME)
    assert [(each.role, each.form, each.item, each.new) for each in told] == [
        ("supervisor", "customer.import", "see", "all")
    ]
    assert counts(branch)[0] == 1


def test_a_bureau_that_goes_up_in_another_takes_its_rules_along(branch: Database) -> None:
    submitted(branch, limits=ALONE)
    assert branch.run_sync(ADMIN, rules_naming, [B01, C01]) == 1
    assert branch.run_sync(ADMIN, carry_units, {B01: B02}) == 1
    view = branch.run_sync(ADMIN, get_policy, "")
    assert (view.policy.edition, view.policy.note, view.policy.roles[-1].rules[0].unit_ids) == (
        3,
        "REORGANISED",
        (B02,),
    )
    assert document(branch).version == 3
    assert branch.run_sync(ADMIN, carry_units, {C01: B02}) == 0
