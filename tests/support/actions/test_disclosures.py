"""Values seen in full and rows taken out: by the newest rules, within limits, with a reason, shown to the chief."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from chassis.access import GRANTS_KEY, AccessBook
from chassis.clock import FixedClock
from chassis.database import Database
from chassis.errors import is_refusal
from chassis.identity import Actor
from chassis.paging import Page
from chassis.rights import RowFacts
from support import rules_document
from support.actions.approvals import decide_approval, list_approvals
from support.actions.disclosures import Asked, authorise_disclosure, list_disclosures
from support.actions.policies import save_policy_draft, submit_policy
from support.actions.product_policy import carry_units
from support.declared_forms import known_forms
from support.domain.access_errors import UnmaskLimitReached
from support.domain.approval import ApprovalState
from support.domain.disclosure import Disclosure, DisclosureKind
from support.domain.grants import Action, Scope
from support.domain.policy import Assignment, HolderKind, Role, Rule, default_roles
from support.storage.access_tables import approvals, disclosures
from support.storage.schema import metadata, plumbing
from tests.support.access_branch import (
    B01,
    B02,
    C01,
    SERVICE,
    actor,
    bucket,
    fill,
    frame,
    let_stand_in,
    open_database,
    suspend,
)
from tests.support.branch import NOON

FORMS = known_forms(bucket())
FRAME, ALONE = frame(FORMS), frame(FORMS, second_administrator=False)
MINE = RowFacts(("m001",), (), C01, B01)
EXPORT_ID = "00000000-0000-7000-8000-0000000000e1"
SEEN = Asked(
    kind=DisclosureKind.UNMASK, staff_number="m001", form="customer.customer", record_id="r1", record_label="C0001",
    column="id_card", reason="核对身份", facts=MINE, rows=0, filter_json="", ip="10.2.3.4",
)  # fmt: skip
TAKEN = replace(
    SEEN, kind=DisclosureKind.EXPORT, staff_number="c01", record_id=EXPORT_ID, column="", rows=501,
    filter_json='{"query":"王"}', reason="月度走访名单",
)  # fmt: skip


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def branch(fresh_database: Callable[..., str], clock: FixedClock) -> Iterator[Database]:
    book = AccessBook({GRANTS_KEY: rules_document.default_document().SerializeToString()})
    opened = open_database(fresh_database(metadata), clock, access=book)
    opened.run_sync(actor("admin"), fill)
    yield opened
    opened.close()


def refused(branch: Database, who: Actor, action: Callable[..., Any], *args: Any) -> tuple[str, dict[str, str]]:
    before = rows_of(branch)
    with pytest.raises(Exception) as caught:  # noqa: PT011  what it is, is asserted on the next line
        branch.run_sync(who, action, *args)
    assert is_refusal(caught.value), caught.value
    assert rows_of(branch) == before
    return caught.value.reason, caught.value.data


def rows_of(branch: Database) -> tuple[int, ...]:
    with branch.engine.connect() as connection:
        return tuple(
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (disclosures, approvals, plumbing.outbox)
        )


def denied(branch: Database, asked: Asked) -> str:
    return refused(branch, SERVICE, authorise_disclosure, asked, FRAME)[0]


def published(branch: Database, *more: Role, without: tuple[str, str] = ("", "")) -> None:
    """Put a policy in force: the product's with some roles more, and without one role's rules on a form."""

    def kept(role: Role) -> Role:
        return replace(role, rules=tuple(each for each in role.rules if (role.name, each.form) != without))

    roles = (*(kept(role) for role in default_roles()), *more)
    draft = branch.run_sync(actor("admin"), save_policy_draft, 0, roles, "", ALONE)
    branch.run_sync(actor("admin"), submit_policy, draft.policy.version, ALONE)


def test_a_value_seen_in_full_is_recorded_with_who_what_why_and_where(branch: Database) -> None:
    answer = branch.run_sync(SERVICE, authorise_disclosure, replace(SEEN, reason="  核对身份 "), FRAME)
    assert (answer.granted, answer.approval_id, answer.left_today) == (True, "", 19)
    [found], more, total = branch.run_sync(actor("admin"), list_disclosures, "", None, Page(with_total=True))
    assert (more, total) == (False, 1)
    assert found.disclosure == Disclosure(
        found.disclosure.id, DisclosureKind.UNMASK, "m001", "M001", "customer.customer", "r1", "C0001", "id_card", "核对身份",
        NOON, 0, "10.2.3.4", B01, C01,
    )  # fmt: skip


def test_a_reason_has_four_characters(branch: Database) -> None:
    assert refused(branch, SERVICE, authorise_disclosure, replace(SEEN, reason=" 核对  "), FRAME) == (
        "REASON_TOO_SHORT",
        {"field": "reason", "minimum": "4"},
    )


DENIED = {
    "not their row": replace(SEEN, facts=RowFacts(("m002",), (), C01, B01)),
    "no facts at all": replace(SEEN, facts=RowFacts()),
    "no column": replace(SEEN, column=""),
    "form without a rule": replace(SEEN, form="dispatch.work_order"),
    "a role that may not": replace(SEEN, staff_number="s1"),
    "another bureau's chief": replace(SEEN, staff_number="c02"),
    "nobody we know": replace(SEEN, staff_number="x999"),
    "export by who may not": replace(SEEN, kind=DisclosureKind.EXPORT, record_id=EXPORT_ID),
}


@pytest.mark.parametrize("asked", DENIED.values(), ids=DENIED)
def test_what_no_rule_opens_is_denied_and_leaves_no_trace(branch: Database, asked: Asked) -> None:
    assert denied(branch, asked) == "DISCLOSURE_DENIED"


def test_the_newest_rule_counts_though_no_service_has_it_yet(branch: Database) -> None:
    # Nothing is published in this test: what is asked is the database.
    branch.run_sync(SERVICE, authorise_disclosure, SEEN, FRAME)
    published(branch, without=("customer_manager", "customer.customer"))
    assert denied(branch, SEEN) == "DISCLOSURE_DENIED"
    given = Role(
        "temp", "临时", "Temporary",
        rules=(Rule("", "customer.customer", (Action.SEE, Action.UNMASK), Scope.COMMUNITY),),
        assignments=(Assignment(HolderKind.PERSON, "m001", "2026-11-22", "2026-11-22"),),
    )  # fmt: skip
    published(branch, given, without=("customer_manager", "customer.customer"))
    assert branch.run_sync(SERVICE, authorise_disclosure, SEEN, FRAME).granted


def test_a_person_suspended_sees_nothing_more(branch: Database) -> None:
    branch.run_sync(actor("admin"), suspend, "m001")
    assert denied(branch, SEEN) == "DISCLOSURE_DENIED"


def test_a_refusal_beats_the_right_to_unmask(branch: Database) -> None:
    never = Role(
        "no_unmask", "不可查看", "No unmasking", assignments=(Assignment(HolderKind.UNIT, B01),),
        rules=(Rule("", "customer.customer", (Action.UNMASK,), Scope.ALL, refuse=True),),
    )  # fmt: skip
    published(branch, never)
    assert denied(branch, SEEN) == "DISCLOSURE_DENIED"


def test_so_many_a_day_and_the_next_day_again(branch: Database, clock: FixedClock) -> None:
    two = frame(FORMS, unmask_daily=2)
    left = [branch.run_sync(SERVICE, authorise_disclosure, SEEN, two).left_today for _ in range(2)]
    assert left == [1, 0]
    over = refused(branch, SERVICE, authorise_disclosure, SEEN, two)
    assert over == ("UNMASK_LIMIT_REACHED", {"limit": "2"})
    # Others have their own count; exports have none.
    chief = replace(SEEN, staff_number="c01")
    assert branch.run_sync(SERVICE, authorise_disclosure, chief, two).left_today == 1
    # It is noon in Shanghai, four in the morning in UTC: the branch's day ends twelve hours on, not the other.
    clock.advance(timedelta(hours=11, minutes=59))
    assert refused(branch, SERVICE, authorise_disclosure, SEEN, two)[0] == "UNMASK_LIMIT_REACHED"
    clock.advance(timedelta(minutes=1))
    assert branch.run_sync(SERVICE, authorise_disclosure, SEEN, two).left_today == 1


def test_many_at_once_do_not_pass_the_limit(branch: Database) -> None:
    three = frame(FORMS, unmask_daily=3)

    def once(_: int) -> bool:
        try:
            return branch.run_sync(SERVICE, authorise_disclosure, SEEN, three).granted
        except UnmaskLimitReached:
            return False

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(once, range(8))) == 3
    assert rows_of(branch)[0] == 3


def test_a_small_export_goes_at_once_and_asked_twice_is_recorded_once(branch: Database) -> None:
    small = replace(TAKEN, rows=500)
    for _ in range(2):
        answer = branch.run_sync(SERVICE, authorise_disclosure, small, FRAME)
        assert (answer.granted, answer.approval_id) == (True, "")
    assert rows_of(branch) == (1, 0, 0)


def waiting(branch: Database) -> str:
    answer = branch.run_sync(SERVICE, authorise_disclosure, TAKEN, FRAME)
    assert not answer.granted
    assert branch.run_sync(SERVICE, authorise_disclosure, TAKEN, FRAME) == answer
    return answer.approval_id


def test_a_large_export_waits_for_a_second_person(branch: Database) -> None:
    approval = waiting(branch)
    assert rows_of(branch) == (0, 1, 0)
    [mine], _, _ = branch.run_sync(actor("c01"), list_approvals, None, Page(), FRAME)
    assert (mine.approval.id, mine.mine_to_decide) == (approval, False)
    [theirs], _, _ = branch.run_sync(actor("admin"), list_approvals, ApprovalState.WAITING, Page(), FRAME)
    assert (theirs.mine_to_decide, theirs.approval.requested_by, theirs.approval.subject_id) == (True, "c01", EXPORT_ID)
    assert json.loads(theirs.approval.summary) == {
        "form": "customer.customer", "rows": 501, "filter": {"query": "王"}, "reason": "月度走访名单", "label": "C0001",
        "ip": "10.2.3.4",
    }  # fmt: skip
    branch.run_sync(actor("admin"), decide_approval, approval, True, "", FRAME)
    # The decision, its event and the record of what is taken out are one transaction.
    assert rows_of(branch) == (1, 1, 1)
    answer = branch.run_sync(SERVICE, authorise_disclosure, TAKEN, FRAME)
    assert (answer.granted, answer.approval_id, rows_of(branch)[0]) == (True, approval, 1)


def test_the_chief_of_the_bureau_agrees_and_no_other_chief(branch: Database) -> None:
    taker = Role(
        "taker", "导出", "Taker", rules=(Rule("", "customer.customer", (Action.SEE, Action.EXPORT), Scope.OWN),),
        assignments=(Assignment(HolderKind.POSITION, "customer_manager"),),
    )  # fmt: skip
    published(branch, taker)
    asked = replace(TAKEN, staff_number="m001")
    approval = branch.run_sync(SERVICE, authorise_disclosure, asked, FRAME).approval_id
    assert refused(branch, actor("m001"), decide_approval, approval, True, "", FRAME)[0] == "OWN_APPROVAL"
    assert refused(branch, actor("c02"), decide_approval, approval, True, "", FRAME)[0] == "NOT_FOUND"
    assert branch.run_sync(actor("c02"), list_approvals, None, Page(), FRAME)[0] == []
    branch.run_sync(actor("admin"), let_stand_in, "c01", "c02")
    [listed], _, _ = branch.run_sync(actor("c02"), list_approvals, None, Page(), FRAME)
    assert (listed.mine_to_decide, listed.standing_in_for) == (True, "c01")
    decided = branch.run_sync(actor("c01"), decide_approval, approval, True, "", FRAME)
    assert decided.standing_in_for == ""
    [found], _, _ = branch.run_sync(actor("c02"), list_approvals, None, Page(), FRAME)
    assert (found.mine_to_decide, found.approval.state) == (False, "approved")


def test_who_lost_the_right_meanwhile_gets_nothing_though_somebody_agrees(branch: Database) -> None:
    approval = waiting(branch)
    branch.run_sync(actor("admin"), suspend, "c01")
    assert refused(branch, actor("admin"), decide_approval, approval, True, "", FRAME)[0] == "REQUESTER_MAY_NOT"
    branch.run_sync(actor("admin"), decide_approval, approval, False, "left", FRAME)
    assert rows_of(branch) == (0, 1, 1)


def test_an_export_has_an_id_of_its_own(branch: Database) -> None:
    waiting(branch)
    assert denied(branch, replace(TAKEN, staff_number="s1")) == "DISCLOSURE_DENIED"
    wrong = replace(TAKEN, record_id="42")
    assert refused(branch, SERVICE, authorise_disclosure, wrong, FRAME) == ("ID_INVALID", {"field": "record_id"})


def test_a_filter_that_is_no_json_is_refused(branch: Database) -> None:
    wrong = replace(TAKEN, filter_json="{")
    assert refused(branch, SERVICE, authorise_disclosure, wrong, FRAME)[0] == "JSON_INVALID"


def in_bureaus(number: str, *bureaus: str) -> Actor:
    return replace(actor(number), bureau_ids=frozenset(bureaus))


def listed(branch: Database, who: Actor, number: str = "", kind: DisclosureKind | None = None) -> list[str]:
    found, _, _ = branch.run_sync(who, list_disclosures, number, kind, Page())
    return [each.disclosure.staff_number for each in found]


def test_a_chief_is_shown_what_the_bureaus_people_saw_and_nobody_else_is(branch: Database, clock: FixedClock) -> None:
    theirs = replace(SEEN, staff_number="m002", facts=RowFacts(("m002",), (), "", B02))
    for asked in (SEEN, theirs, replace(TAKEN, rows=3)):
        branch.run_sync(SERVICE, authorise_disclosure, asked, FRAME)
        clock.advance(timedelta(minutes=1))
    assert listed(branch, actor("admin")) == ["c01", "m002", "m001"]
    assert listed(branch, in_bureaus("c01", B01)) == ["c01", "m001"]
    assert listed(branch, in_bureaus("c02", B02)) == ["m002"]
    assert listed(branch, in_bureaus("c02", B02), "m001") == []
    assert listed(branch, in_bureaus("m001", B01)) == listed(branch, actor("s1")) == []
    assert listed(branch, actor("admin"), kind=DisclosureKind.EXPORT) == ["c01"]
    first, more, _ = branch.run_sync(actor("admin"), list_disclosures, "", None, Page(size=2))
    assert (len(first), more) == (2, True)
    rest, more, _ = branch.run_sync(
        actor("admin"),
        list_disclosures,
        "",
        None,
        Page(size=2, after=(first[1].disclosure.at.isoformat(), first[1].disclosure.id)),
    )
    assert ([each.disclosure.staff_number for each in rest], more) == (["m001"], False)
    # Two bureaus become one: its chief is shown both.
    branch.run_sync(actor("admin"), carry_units, {B01: B02})
    assert listed(branch, in_bureaus("c02", B02)) == ["c01", "m002", "m001"]
