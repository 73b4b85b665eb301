"""Policies from draft to force: who agrees, what is refused, what comes back, what is left in the history."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from crm.common.v1 import access_pb2
from crm.support.v1 import access_events_pb2
from sqlalchemy import func, select, update

from chassis.database import Database, Unit
from chassis.errors import is_refusal
from chassis.paging import Page
from support import rules_document
from support.actions.approvals import decide_approval, list_approvals
from support.actions.newest_rules import Frame
from support.actions.policies import (
    PolicyView,
    compare_policies,
    discard_policy_draft,
    get_policy,
    list_policy_versions,
    restore_policy,
    save_policy_draft,
    submit_policy,
)
from support.actions.product_policy import carry_units, follow_product, rules_naming
from support.declared_forms import known_forms
from support.domain.access_errors import PolicyMoved
from support.domain.disclosure import Limits
from support.domain.grants import Action, Right, Scope
from support.domain.policy import (
    Assignment,
    HolderKind,
    Policy,
    PolicyState,
    Role,
    Roles,
    Rule,
    default_roles,
    to_text,
)
from support.storage import documents, policies
from support.storage.access_tables import approvals as approvals_table
from support.storage.access_tables import policies as policies_table
from support.storage.schema import metadata, plumbing
from tests.support.access_branch import B01, B02, C01, actor, bucket, fill, frame, let_stand_in, open_database, suspend

FORMS = known_forms(bucket())
FRAME, ALONE = frame(FORMS), frame(FORMS, second_administrator=False)
ADMIN, SECOND = actor("admin"), actor("second")
NEW_ROLE = Role(
    "visitor",
    "访客",
    "Visitor",
    rules=(Rule("", "customer.customer", (Action.SEE,), Scope.UNITS, (B01,), columns=(("phone", Right.READ),)),),
    assignments=(Assignment(HolderKind.PERSON, "m002"),),
)


@pytest.fixture
def branch(fresh_database: Callable[..., str]) -> Iterator[Database]:
    opened = open_database(fresh_database(metadata))
    opened.run_sync(ADMIN, fill)
    yield opened
    opened.close()


def wanted(*more: Role) -> Roles:
    return (*default_roles(), *more)


def drafted(branch: Database, *more: Role, who: Any = ADMIN, version: int = 0, note: str = "why") -> PolicyView:
    return branch.run_sync(who, save_policy_draft, version, wanted(*more), note, FRAME)


def submitted(branch: Database, *more: Role, who: Any = ADMIN, limits: Frame = FRAME) -> PolicyView:
    draft = drafted(branch, *(more or (NEW_ROLE,)), who=who)
    return branch.run_sync(who, submit_policy, draft.policy.version, limits)


def approval_of(branch: Database, view: PolicyView) -> str:
    question = select(approvals_table.c.id).where(approvals_table.c.subject_id == view.policy.id)
    with branch.engine.connect() as connection:
        return connection.execute(question).scalar_one()


def refused(branch: Database, who: Any, action: Callable[..., Any], *args: Any) -> tuple[str, dict[str, str]]:
    with pytest.raises(Exception) as caught:  # noqa: PT011  what it is, is asserted on the next line
        branch.run_sync(who, action, *args)
    assert is_refusal(caught.value), caught.value
    return caught.value.reason, caught.value.data


def counts(branch: Database) -> tuple[int, ...]:
    with branch.engine.connect() as connection:
        return tuple(
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (policies_table, approvals_table, plumbing.outbox, plumbing.changes)
        )


def history(branch: Database, record_id: str) -> list[tuple[str, str | None, str | None, str]]:
    changes = plumbing.changes.c
    question = select(changes.field, changes.old_value, changes.new_value, changes.actor_id)
    with branch.engine.connect() as connection:
        rows = connection.execute(question.where(changes.record_id == record_id).order_by(changes.id))
        return [tuple(row) for row in rows]


def document(branch: Database) -> access_pb2.GrantsDocument:
    def found(work: Unit) -> access_pb2.GrantsDocument:
        force = policies.in_force(work)
        return rules_document.document(force.roles if force else (), documents.version(work, documents.GRANTS))

    return branch.run_sync(ADMIN, found)


def waiting_documents(work: Unit) -> dict[str, int]:
    return documents.versions(work, waiting_only=True)


def test_after_the_first_start_the_products_policy_is_in_force_and_waits_to_be_published(branch: Database) -> None:
    view = branch.run_sync(ADMIN, get_policy, "")
    assert (view.policy.edition, view.in_force, view.policy.roles) == (1, True, default_roles())
    assert branch.run_sync(ADMIN, waiting_documents) == {documents.GRANTS: 1}
    assert branch.run_sync(ADMIN, follow_product) is False
    assert counts(branch)[0] == 1


def test_a_draft_is_its_authors_alone_and_is_saved_again_from_what_they_saw(branch: Database) -> None:
    first = drafted(branch, NEW_ROLE)
    assert (first.policy.state, first.policy.version, first.policy.base, first.in_force) == ("draft", 1, 1, False)
    assert first.policy.roles[-1].rules[0].id
    again = drafted(branch, replace(NEW_ROLE, title_en="Guest"), version=1)
    assert (again.policy.id, again.policy.version) == (first.policy.id, 2)
    assert branch.run_sync(ADMIN, get_policy, "draft").policy == again.policy
    assert refused(branch, ADMIN, save_policy_draft, 1, wanted(), "", FRAME)[0] == "STALE_VERSION"
    assert refused(branch, SECOND, get_policy, "draft")[0] == "NOT_FOUND"
    assert refused(branch, SECOND, get_policy, first.policy.id)[0] == "NOT_FOUND"
    assert drafted(branch, who=SECOND).policy.id != first.policy.id
    branch.run_sync(ADMIN, discard_policy_draft)
    branch.run_sync(ADMIN, discard_policy_draft)
    assert refused(branch, ADMIN, get_policy, "draft")[0] == "NOT_FOUND"
    assert refused(branch, ADMIN, submit_policy, 1, FRAME)[0] == "NOT_FOUND"
    assert document(branch).version == 1


def test_what_is_wrong_in_a_draft_is_refused_by_its_place_and_nothing_is_kept(branch: Database) -> None:
    before = counts(branch)
    wrong = replace(NEW_ROLE, rules=(replace(NEW_ROLE.rules[0], unit_ids=("nowhere",)),))
    reason, data = refused(branch, ADMIN, save_policy_draft, 0, wanted(wrong), "", FRAME)
    place = len(default_roles())
    assert (reason, data["field"]) == ("UNIT_UNKNOWN", f"roles[{place}].rules[0].unit_ids[0]")
    gone = replace(NEW_ROLE, assignments=(Assignment(HolderKind.PERSON, "m999"),))
    assert refused(branch, ADMIN, save_policy_draft, 0, wanted(gone), "", FRAME)[0] == "HOLDER_UNKNOWN"
    assert counts(branch) == before


def without_administrators() -> Roles:
    return tuple(replace(role, rules=()) if role.name == "administrator" else role for role in default_roles())


def test_a_policy_that_leaves_nobody_to_change_roles_is_refused(branch: Database) -> None:
    save = (save_policy_draft, 0, without_administrators(), "", FRAME)
    assert refused(branch, ADMIN, *save)[0] == "LAST_ADMINISTRATOR"
    # Somebody else may do it instead, as long as they work here.
    heir = Role(
        "heir", "继任", "Heir", rules=(Rule("", "support.role", (Action.SEE, Action.CHANGE, Action.APPROVE), Scope.ALL),),
        assignments=(Assignment(HolderKind.PERSON, "m001"),),
    )  # fmt: skip
    kept = branch.run_sync(ADMIN, save_policy_draft, 0, (*without_administrators(), heir), "", FRAME)
    branch.run_sync(ADMIN, suspend, "m001")
    assert refused(branch, ADMIN, submit_policy, kept.policy.version, FRAME)[0] == "LAST_ADMINISTRATOR"


def test_a_second_administrator_agrees_and_the_rules_go_out(branch: Database) -> None:
    waiting = submitted(branch)
    assert (waiting.policy.state, waiting.in_force, document(branch).version) == ("submitted", False, 1)
    assert refused(branch, ADMIN, get_policy, "draft")[0] == "NOT_FOUND"
    decided = branch.run_sync(SECOND, decide_approval, approval_of(branch, waiting), True, "好", FRAME)
    assert (decided.approval.state, decided.approval.decided_by, decided.mine_to_decide) == (
        "approved",
        "second",
        False,
    )
    view = branch.run_sync(ADMIN, get_policy, "")
    assert (view.policy.id, view.policy.edition, view.policy.author, view.policy.approver) == (
        waiting.policy.id,
        2,
        "admin",
        "second",
    )
    published = document(branch)
    assert published.version == 2
    [grant] = [grant for grant in published.grants if grant.role == "visitor"]
    assert (grant.form, list(grant.unit_ids), grant.columns[0].right) == (
        "customer.customer",
        [B01],
        access_pb2.COLUMN_RIGHT_READ,
    )
    assert [(each.role, each.staff_number) for each in published.assignments] == [("visitor", "m002")]


def test_what_changed_is_left_in_the_history_with_who_agreed(branch: Database) -> None:
    waiting = submitted(branch)
    branch.run_sync(SECOND, decide_approval, approval_of(branch, waiting), True, "好", FRAME)
    assert history(branch, waiting.policy.id) == [
        ("state", "draft", "submitted", "admin"),
        ("state", "submitted", "published", "second"),
        ("visitor/ROLE", None, "访客 / Visitor", "second"),
        ("visitor/ASSIGNMENT/person:m002", None, "…–…", "second"),
        ("visitor/customer.customer/ACTION/see", None, B01, "second"),
        ("visitor/customer.customer/COLUMN/phone", None, "read", "second"),
        ("approval", "waiting", "approved", "second"),
    ]
    with branch.engine.connect() as connection:
        [sent] = connection.execute(select(plumbing.outbox.c.subject, plumbing.outbox.c.payload)).all()
    event = access_events_pb2.ApprovalDecided.FromString(sent.payload)
    assert (sent.subject, event.kind, event.subject_id, event.approved, event.decided_by, event.decided_by_name) == (
        "crm.support.approval.decided.v1",
        "policy",
        waiting.policy.id,
        True,
        "second",
        "SECOND",
    )


def test_nobody_agrees_to_their_own(branch: Database) -> None:
    waiting = submitted(branch)
    before = counts(branch)
    decide = (decide_approval, approval_of(branch, waiting), True, "", FRAME)
    assert refused(branch, ADMIN, *decide)[0] == "OWN_APPROVAL"
    # Nor do those who have no right to, nor a stand-in of the author, nor the author for the second one.
    assert refused(branch, actor("c01"), *decide)[0] == "NOT_FOUND"
    branch.run_sync(ADMIN, let_stand_in, "admin", "c01")
    branch.run_sync(ADMIN, let_stand_in, "second", "admin")
    assert refused(branch, actor("c01"), *decide)[0] == "NOT_FOUND"
    assert refused(branch, ADMIN, *decide)[0] == "OWN_APPROVAL"
    assert refused(branch, SECOND, decide_approval, "no id", True, "", FRAME)[0] == "NOT_FOUND"
    assert counts(branch) == before
    assert document(branch).version == 1


def test_a_stand_in_decides_for_an_absent_administrator_and_it_is_said_so(branch: Database) -> None:
    waiting = submitted(branch)
    branch.run_sync(ADMIN, let_stand_in, "second", "s1")
    [listed], more, total = branch.run_sync(actor("s1"), list_approvals, None, Page(with_total=True), FRAME)
    assert (listed.mine_to_decide, listed.standing_in_for, more, total) == (True, "second", False, 1)
    decided = branch.run_sync(actor("s1"), decide_approval, listed.approval.id, True, "", FRAME)
    assert (decided.approval.decided_by, decided.approval.decided_for) == ("s1", "second")
    assert branch.run_sync(ADMIN, get_policy, "").policy.id == waiting.policy.id


def test_somebody_suspended_decides_nothing_more(branch: Database) -> None:
    waiting = submitted(branch)
    branch.run_sync(ADMIN, let_stand_in, "second", "s1")
    branch.run_sync(ADMIN, suspend, "second")
    decide = (decide_approval, approval_of(branch, waiting), True, "", FRAME)
    assert refused(branch, SECOND, *decide)[0] == "NOT_FOUND"
    assert refused(branch, actor("s1"), *decide)[0] == "NOT_FOUND"


def test_a_stand_in_who_is_suspended_or_whose_time_is_over_decides_nothing(branch: Database) -> None:
    waiting = submitted(branch)
    branch.run_sync(ADMIN, let_stand_in, "second", "s1")
    branch.run_sync(ADMIN, let_stand_in, "second", "z01", -1)
    branch.run_sync(ADMIN, suspend, "s1")
    for number in ("s1", "z01"):
        assert branch.run_sync(actor(number), list_approvals, None, Page(), FRAME)[0] == []
        decide = (decide_approval, approval_of(branch, waiting), True, "", FRAME)
        assert refused(branch, actor(number), *decide)[0] == "NOT_FOUND"


def test_refusing_needs_a_word_and_leaves_everything_as_it_was(branch: Database) -> None:
    waiting = submitted(branch)
    approval = approval_of(branch, waiting)
    assert refused(branch, SECOND, decide_approval, approval, False, "  ", FRAME) == (
        "COMMENT_MISSING",
        {"field": "comment"},
    )
    branch.run_sync(SECOND, decide_approval, approval, False, "too wide", FRAME)
    assert branch.run_sync(ADMIN, get_policy, waiting.policy.id).policy.state == "refused"
    assert document(branch).version == 1
    assert refused(branch, SECOND, decide_approval, approval, True, "", FRAME)[0] == "ALREADY_DECIDED"
    # The work is not lost: it can be made a draft of again.
    again = branch.run_sync(ADMIN, restore_policy, waiting.policy.id)
    assert again.policy.roles == waiting.policy.roles


def test_a_small_branch_does_without_a_second_administrator(branch: Database) -> None:
    view = submitted(branch, limits=ALONE)
    assert (view.policy.state, view.policy.edition, view.policy.approver, view.in_force) == ("published", 2, "", True)
    assert document(branch).version == 2
    assert counts(branch)[1] == 0


def test_what_another_put_in_force_meanwhile_is_not_overwritten(branch: Database) -> None:
    mine = submitted(branch)
    theirs = drafted(branch, replace(NEW_ROLE, name="other"), who=SECOND)
    branch.run_sync(SECOND, decide_approval, approval_of(branch, mine), True, "", FRAME)
    assert refused(branch, SECOND, submit_policy, theirs.policy.version, FRAME)[0] == "POLICY_MOVED"
    again = drafted(branch, NEW_ROLE, replace(NEW_ROLE, name="other"), who=SECOND, version=1)
    assert branch.run_sync(SECOND, submit_policy, again.policy.version, FRAME).policy.state == "submitted"


def test_of_two_that_wait_the_second_is_refused_once_the_first_is_in_force(branch: Database) -> None:
    one, other = submitted(branch), submitted(branch, replace(NEW_ROLE, name="other"), who=SECOND)
    branch.run_sync(SECOND, decide_approval, approval_of(branch, one), True, "", FRAME)
    assert refused(branch, ADMIN, decide_approval, approval_of(branch, other), True, "", FRAME)[0] == "POLICY_MOVED"
    assert branch.run_sync(ADMIN, get_policy, other.policy.id).policy.state == "submitted"
    branch.run_sync(ADMIN, decide_approval, approval_of(branch, other), False, "moved on", FRAME)


def test_of_two_agreed_to_at_the_same_moment_one_is_in_force_and_the_other_still_waits(branch: Database) -> None:
    one, other = submitted(branch), submitted(branch, replace(NEW_ROLE, name="other"), who=SECOND)
    looked, done, met = Event(), Event(), set[str]()

    def in_turn(who: str) -> Callable[[Any], Limits]:
        """Both look at the policy in force before either changes it; the second goes on when the first has committed."""

        def limits(_: Any) -> Limits:
            if who not in met:
                met.add(who)
                if who == "admin":
                    looked.set()
                (looked if who == "second" else done).wait(10)
            return Limits()

        return limits

    def agree(who: Any, approval: str) -> str:
        try:
            branch.run_sync(who, decide_approval, approval, True, "", replace(FRAME, limits=in_turn(who.id)))
        except PolicyMoved:
            return "moved"
        finally:
            if who is SECOND:
                done.set()
        return "in force"

    with ThreadPoolExecutor(2) as threads:
        asked = approval_of(branch, one), approval_of(branch, other)
        answers = list(threads.map(agree, (SECOND, ADMIN), asked))
    assert answers == ["in force", "moved"]
    states = {branch.run_sync(ADMIN, get_policy, view.policy.id).policy.state for view in (one, other)}
    assert states == {"published", "submitted"}
    assert branch.run_sync(ADMIN, get_policy, "").policy.edition == 2


def test_a_draft_that_changes_nothing_is_not_handed_in(branch: Database) -> None:
    draft = drafted(branch)
    assert refused(branch, ADMIN, submit_policy, draft.policy.version, FRAME)[0] == "POLICY_UNCHANGED"


def test_every_version_is_kept_and_comes_back_as_a_draft(branch: Database) -> None:
    first = branch.run_sync(ADMIN, get_policy, "").policy
    second = submitted(branch, limits=ALONE).policy
    listed, more, total = branch.run_sync(ADMIN, list_policy_versions, Page(size=1, with_total=True))
    assert ([view.policy.edition for view in listed], more, total) == ([2], True, 2)
    older, more, _ = branch.run_sync(ADMIN, list_policy_versions, Page(size=1, after=("2",)))
    assert ([view.policy.edition for view in older], more, older[0].in_force) == ([1], False, False)
    assert older[0].policy.roles == ()
    back = branch.run_sync(SECOND, restore_policy, first.id)
    assert (back.policy.state, back.policy.roles, back.policy.base) == ("draft", first.roles, 2)
    assert refused(branch, SECOND, restore_policy, first.id) == (
        "DRAFT_EXISTS",
        {"form": "support.role", "id": back.policy.id},
    )
    told = branch.run_sync(SECOND, compare_policies, "", "draft", FRAME)
    assert {(each.what, each.widens) for each in told} == {
        ("ROLE", False), ("ASSIGNMENT", False), ("ACTION", False), ("COLUMN", False),
    }  # fmt: skip
    third = branch.run_sync(SECOND, submit_policy, 1, ALONE).policy
    assert (third.edition, document(branch).version) == (3, 3)
    assert branch.run_sync(ADMIN, get_policy, second.id).policy.roles == second.roles
    assert [grant for grant in document(branch).grants if grant.role == "visitor"] == []
    assert branch.run_sync(ADMIN, compare_policies, "template", "", FRAME) == []
    assert any(each.widens for each in branch.run_sync(ADMIN, compare_policies, first.id, second.id, FRAME))


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
