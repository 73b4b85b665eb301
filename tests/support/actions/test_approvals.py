"""Policies that wait: who may agree to them, what an agreement leaves in the history, and which of two goes into force."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import Any

from crm.common.v1 import access_pb2
from crm.support.v1 import access_events_pb2
from sqlalchemy import select

from chassis.database import Database
from chassis.paging import Page
from support.actions.approvals import decide_approval, list_approvals
from support.actions.policies import get_policy, restore_policy
from support.domain.access_errors import PolicyMoved
from support.domain.disclosure import Limits
from support.storage.schema import plumbing
from tests.support.access_branch import B01, actor, let_stand_in, suspend
from tests.support.policy_desk import (
    ADMIN,
    FRAME,
    NEW_ROLE,
    SECOND,
    approval_of,
    counts,
    document,
    history,
    refused,
    submitted,
)


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
