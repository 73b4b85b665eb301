"""Joiners, movers, leavers: the record, its history, its account and what is announced go together, or not at all."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from crm.common.v1 import access_pb2
from crm.support.v1 import organisation_events_pb2 as pb

from chassis.access import GRANTS_KEY
from chassis.errors import InvalidField
from chassis.paging import Page
from support.actions.create_staff_member import create_staff_member
from support.actions.end_staff_member import Kept, end_staff_member, turn_the_day
from support.actions.keep_units import NewUnit, create_unit
from support.actions.reset_password import reset_password
from support.actions.staff_members import get_member, list_members
from support.actions.suspend_staff_member import suspend_staff_member
from support.actions.update_staff_member import update_staff_member
from support.domain.errors import FieldRefused, PersonChanged, RecordUnknown, StaffRefused
from support.domain.organisation import StaffState
from support.domain.staff import StaffFields
from support.storage.schema import metadata
from tests.support.branch import ADMIN, TODAY, ZONE
from tests.support.organisation_desk import Desk, empty_desk, rules

HASH = '{"type": "password"}'
TOMORROW, YESTERDAY = TODAY + timedelta(days=1), TODAY - timedelta(days=1)


def join(desk: Desk, number: str = "m900", request_id: str = "r1", **said: Any) -> object:
    return desk.run(create_staff_member, request_id, number, desk.fields(**said), HASH, ZONE)


def update(desk: Desk, number: str, version: int, successor: str = "", **said: Any) -> object:
    values = StaffFields(**said)
    return desk.run(update_staff_member, number, version, values, tuple(said), successor, ZONE)


def end(desk: Desk, number: str, successor: str = "", last: date | None = None, kept: Kept | None = None) -> object:
    return desk.run(end_staff_member, number, successor, last, "离职", kept or Kept(), ZONE)


def test_a_joiner_has_a_record_a_trace_a_document_and_an_account_to_be(desk: Desk) -> None:
    view, new = desk.run(create_staff_member, "r1", "M900", desk.fields(phone="15400001111"), HASH, ZONE)
    assert new
    assert view.account_waits
    person = desk.person("m900")
    assert (person.name, person.phone, person.state, person.active, person.version) == (
        "孙洁",
        "15400001111",
        StaffState.ACTIVE,
        True,
        1,
    )
    assert (person.valid_from, person.valid_to) == (TODAY, None)
    assert desk.history() == [("support.staff", "*", None, "m900")]
    assert desk.accounts() == [("m900", False, True)]


def test_the_same_request_again_takes_nobody_on_and_shows_no_password(desk: Desk) -> None:
    join(desk)
    _, new = desk.run(create_staff_member, "r1", "m900", desk.fields(), HASH, ZONE)
    assert not new
    assert len(desk.accounts()) == 1


@pytest.mark.parametrize(
    ("number", "said", "reason"),
    [
        ("m001", {}, "STAFF_NUMBER_TAKEN"),
        ("Z01", {}, "STAFF_NUMBER_TAKEN"),
        ("no spaces", {}, "STAFF_NUMBER_INVALID"),
        ("m900", {"name": " "}, "NAME_MISSING"),
        ("m900", {"phone": "138****0000"}, "MASKED_VALUE"),
        ("m900", {"unit_id": "0190a000-0000-7000-8000-0000000000ff"}, "UNIT_UNKNOWN"),
        ("m900", {"positions": ("service",)}, "ROLE_UNKNOWN"),
        ("m900", {"valid_to": YESTERDAY, "valid_from": YESTERDAY}, "VALID_TO_PASSED"),
        ("m900", {"valid_from": TOMORROW, "valid_to": TODAY}, "VALID_TO_BEFORE_FROM"),
    ],
)
def test_a_wrong_joiner_is_refused_and_leaves_nothing(
    desk: Desk, number: str, said: dict[str, Any], reason: str
) -> None:
    with pytest.raises((FieldRefused, StaffRefused)) as refused:
        join(desk, number, **said)
    assert refused.value.reason == reason
    assert (desk.history(), desk.accounts()) == ([], [])


def test_who_begins_tomorrow_works_from_tomorrow_on(desk: Desk) -> None:
    join(desk, valid_from=TOMORROW)
    assert not desk.person("m900").active
    assert desk.run(turn_the_day, TODAY) == 0
    desk.forget()
    assert desk.run(turn_the_day, TOMORROW) == 1
    assert desk.person("m900").active
    assert desk.accounts() == [("m900", False, False)]


def test_a_mover_leaves_customers_to_a_successor(desk: Desk) -> None:
    join(desk)
    desk.forget()
    update(desk, "m001", 1, "m900", unit_id=desk.units["B02"], positions=("customer_manager", "editor"))
    person = desk.person("m001")
    assert (person.unit_id, person.roles, person.version) == (desk.units["B02"], ("customer_manager", "editor"), 2)
    assert desk.history() == [
        ("support.staff", "positions", "customer_manager", "customer_manager,editor"),
        ("support.staff", "unit_id", desk.units["B01-C01"], desk.units["B02"]),
    ]
    (event,) = desk.events(pb.WorkHandedOver)
    assert (event.from_number, event.to_number, list(event.community_ids), event.by.id) == (
        "m001",
        "m900",
        [desk.units["B01-C01"]],
        "admin",
    )
    # New positions reach the account; a move alone does not touch it.
    assert desk.accounts() == [("m001", False, False)]


def test_a_move_without_successor_leaves_customers_where_they_are(desk: Desk) -> None:
    update(desk, "m001", 1, unit_id=desk.units["B02"])
    assert desk.events(pb.WorkHandedOver) == []
    assert desk.accounts() == []


def test_an_empty_branch_begins_with_its_first_administrator(fresh_database: Callable[..., str]) -> None:
    desk = empty_desk(fresh_database(metadata))
    branch = desk.run(create_unit, "u1", NewUnit("BR", "云州分公司", "branch", "", None), ZONE)
    first = StaffFields("何静", "", branch.id, (), ("administrator",))
    desk.run(create_staff_member, "r1", "admin", first, HASH, ZONE)
    assert desk.accounts() == [("admin", False, True)]
    with pytest.raises(StaffRefused) as refused:
        update(desk, "admin", 1, positions=("editor",))
    assert refused.value.reason == "LAST_ADMINISTRATOR"
    desk.database.close()


def test_who_saw_an_older_version_is_told_what_they_missed(desk: Desk) -> None:
    update(desk, "m001", 1, name="王小敏")
    before = desk.history()
    with pytest.raises(PersonChanged) as refused:
        update(desk, "m001", 1, phone="15400001111")
    assert refused.value.reason == "STALE_VERSION"
    assert {name: refused.value.data[name] for name in ("version", "fields", "by")} == {
        "version": "2",
        "fields": "name",
        "by": "何静",
    }
    assert desk.history() == before


def test_nothing_changed_is_no_change(desk: Desk) -> None:
    update(desk, "m001", 1, name="王敏")
    assert (desk.person("m001").version, desk.history()) == (1, [])


def test_a_suspended_person_is_signed_out_and_may_come_back(desk: Desk) -> None:
    desk.run(suspend_staff_member, "m001", "调查", ZONE, suspended=True)
    assert (desk.person("m001").state, desk.person("m001").active) == (StaffState.SUSPENDED, False)
    assert desk.accounts() == [("m001", True, False)]
    assert ("support.staff", "reason", None, "调查") in desk.history()
    desk.run(suspend_staff_member, "m001", "查清", ZONE, suspended=False)
    assert (desk.person("m001").active, desk.person("m001").version) == (True, 3)
    assert desk.accounts() == [("m001", True, False), ("m001", False, False)]


def test_a_suspension_needs_a_reason_and_is_not_for_oneself(desk: Desk) -> None:
    join(desk, "admin", positions=("administrator",))
    for number, reason, wrong in (("m001", " ", "REASON_MISSING"), ("admin", "x", "NOT_YOURSELF")):
        with pytest.raises((FieldRefused, StaffRefused)) as refused:
            desk.run(suspend_staff_member, number, reason, ZONE, suspended=True)
        assert refused.value.reason == wrong


def test_the_last_administrator_stays(desk: Desk) -> None:
    join(desk, "a2", positions=("administrator",))
    with pytest.raises(StaffRefused) as refused:
        desk.run(suspend_staff_member, "a2", "x", ZONE, suspended=True)
    assert refused.value.reason == "LAST_ADMINISTRATOR"
    assert desk.person("a2").active
    join(desk, "a3", "r2", positions=("administrator",))
    desk.run(suspend_staff_member, "a2", "x", ZONE, suspended=True)
    assert not desk.person("a2").active


def test_a_leaver_hands_everything_to_a_successor(desk: Desk) -> None:
    end(desk, "m001", "z01", kept=Kept(customers=5))
    person = desk.person("m001")
    assert (person.state, person.active, person.valid_to) == (StaffState.LEFT, False, TODAY)
    (event,) = desk.events(pb.WorkHandedOver)
    assert (event.from_number, event.to_number, list(event.community_ids)) == ("m001", "z01", [])
    assert desk.accounts() == [("m001", True, False)]
    with pytest.raises(StaffRefused) as refused:
        end(desk, "m001")
    assert refused.value.reason == "PERSON_LEFT"
    # What turned up later can still be given on.
    version = desk.person("m001").version
    end(desk, "m001", "c01")
    assert [event.to_number for event in desk.events(pb.WorkHandedOver)] == ["z01", "c01"]
    assert desk.person("m001").version == version


@pytest.mark.parametrize(
    ("successor", "reason"), [("", "SUCCESSOR_MISSING"), ("m001", "SUCCESSOR_SAME"), ("nobody", "SUCCESSOR_UNKNOWN")]
)
def test_nobody_leaves_customers_to_nobody(desk: Desk, successor: str, reason: str) -> None:
    with pytest.raises(FieldRefused) as refused:
        end(desk, "m001", successor, kept=Kept(tasks=1))
    assert (refused.value.reason, refused.value.data["field"]) == (reason, "successor")
    assert desk.person("m001").active
    assert (desk.history(), desk.accounts(), desk.events(pb.WorkHandedOver)) == ([], [], [])


def test_who_leaves_on_a_later_day_works_until_then_and_hands_over_after_it(desk: Desk) -> None:
    end(desk, "m001", "z01", TOMORROW, Kept(customers=1))
    assert desk.person("m001").active
    assert desk.events(pb.WorkHandedOver) == []
    assert desk.run(turn_the_day, TOMORROW) == 0
    assert desk.run(turn_the_day, TOMORROW + timedelta(days=1)) == 1
    assert desk.person("m001").state == StaffState.LEFT
    (event,) = desk.events(pb.WorkHandedOver)
    assert event.to_number == "z01"
    assert desk.accounts() == [("m001", True, False)]
    assert desk.run(turn_the_day, TOMORROW + timedelta(days=1)) == 0


def test_work_goes_to_who_took_over_from_a_successor_who_left_first(desk: Desk) -> None:
    end(desk, "m001", "z01", TOMORROW, Kept(customers=1))
    end(desk, "z01", "c01", kept=Kept(customers=1))
    desk.forget()
    desk.run(turn_the_day, TOMORROW + timedelta(days=1))
    (event,) = desk.events(pb.WorkHandedOver)
    assert (event.from_number, event.to_number) == ("m001", "c01")


def test_who_left_may_come_back_by_a_new_last_day(desk: Desk) -> None:
    end(desk, "m001")
    with pytest.raises(StaffRefused):
        update(desk, "m001", 2, name="王小敏")
    update(desk, "m001", 2, valid_to=None)
    assert (desk.person("m001").state, desk.person("m001").active) == (StaffState.ACTIVE, True)


def test_a_new_password_ends_sessions(desk: Desk) -> None:
    desk.run(reset_password, "m001", HASH)
    assert desk.accounts() == [("m001", True, True)]
    assert desk.history() == [("support.staff", "password", None, None)]


def test_lists_leave_out_who_left_unless_asked(desk: Desk) -> None:
    end(desk, "m001")
    shown, _, total = desk.run(list_members, "", "", "", (), Page(with_total=True))
    assert ([view.person.staff_number for view in shown], total) == (["c01", "z01"], 2)
    gone, _, _ = desk.run(list_members, "", "", "", (StaffState.LEFT,), Page())
    assert [view.person.staff_number for view in gone] == ["m001"]
    branch, _, _ = desk.run(list_members, "", desk.units["BR"], "", (), Page())
    assert len(branch) == 2


def test_without_a_rule_nobody_is_found(desk: Desk) -> None:
    stranger = type(ADMIN)(kind="person", id="x1", name="x", roles=frozenset({"editor"}))
    with pytest.raises(RecordUnknown):
        desk.run(get_member, "m001", actor=stranger)


def test_a_column_that_is_closed_is_not_written(desk: Desk) -> None:
    desk.papers[GRANTS_KEY] = rules("positions", access_pb2.COLUMN_RIGHT_READ)
    with pytest.raises(InvalidField) as refused:
        update(desk, "m001", 1, positions=("administrator",))
    told = {"field": "positions", "form": "support.staff"}
    assert (refused.value.reason, refused.value.data) == ("COLUMN_NOT_WRITABLE", told)
    update(desk, "m001", 1, name="王小敏")
