"""Pairs and stand-ins: what holds beside what, and what is published of it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from support.actions.care_pairs import PairSaid, list_pairs, set_pair
from support.actions.create_staff_member import create_staff_member
from support.actions.end_staff_member import Kept, end_staff_member
from support.actions.organisation import everybody
from support.actions.settings import read_settings, turn_day
from support.actions.stand_ins import StandInSaid, list_stand_ins, set_stand_in
from support.domain.errors import FieldRefused, RecordUnknown, StaffRefused
from support.domain.pairs import Pair, StandIn
from support.storage.documents import PAIRS, PERSON, versions
from tests.support.branch import TODAY, ZONE
from tests.support.organisation_desk import Desk

PAIR = PairSaid("", "z01", "m001", None, None)
WEEK = StandInSaid("", "m001", "z01", TODAY, TODAY + timedelta(days=6), cancelled=False)


def pair(desk: Desk, said: PairSaid = PAIR) -> Pair:
    return desk.run(set_pair, said, ZONE)


def stand_in(desk: Desk, said: StandInSaid = WEEK) -> StandIn:
    return desk.run(set_stand_in, said)


def absences(desk: Desk, number: str) -> list[str]:
    (view,) = [view for view in desk.run(everybody) if view.person.staff_number == number]
    return [period.absent_number for period in view.stands_in_for]


def test_a_pair_holds_from_today_and_is_published(desk: Desk) -> None:
    made = pair(desk)
    assert (made.valid_from, made.valid_to) == (TODAY, None)
    assert desk.run(read_settings, TODAY).pairs == [made]
    assert desk.run(read_settings, TODAY - timedelta(days=1)).pairs == []
    assert desk.run(versions)[PAIRS] == 1
    assert desk.history() == [("support.pair", "*", None, "z01 + m001")]


def test_a_pair_ends_and_stays_in_the_history(desk: Desk) -> None:
    made = pair(desk)
    yesterday = TODAY - timedelta(days=1)
    with pytest.raises(FieldRefused):
        pair(desk, replace(PAIR, id=made.id, valid_to=yesterday))
    pair(desk, PairSaid(made.id, "", "", yesterday, yesterday))
    assert desk.run(list_pairs, "z01", ZONE, ended=False) == []
    assert [each.id for each in desk.run(list_pairs, "m001", ZONE, ended=True)] == [made.id]
    assert desk.run(read_settings, TODAY).pairs == []


def test_a_pair_that_begins_later_is_published_on_its_day(desk: Desk) -> None:
    tomorrow = TODAY + timedelta(days=1)
    pair(desk, replace(PAIR, valid_from=tomorrow))
    assert desk.run(read_settings, TODAY).pairs == []
    before = desk.run(versions)[PAIRS]
    desk.run(turn_day, tomorrow)
    assert desk.run(versions)[PAIRS] == before + 1
    assert len(desk.run(read_settings, tomorrow).pairs) == 1


@pytest.mark.parametrize(
    ("seat", "manager", "reason"),
    [
        ("m001", "m001", "NOT_A_SEAT_MANAGER"),
        ("z01", "c01", "NOT_A_CUSTOMER_MANAGER"),
        ("z01", "nobody", "NOT_A_CUSTOMER_MANAGER"),
    ],
)
def test_a_pair_of_the_wrong_people_is_refused(desk: Desk, seat: str, manager: str, reason: str) -> None:
    with pytest.raises(FieldRefused) as refused:
        pair(desk, PairSaid("", seat, manager, None, None))
    assert refused.value.reason == reason


def test_two_are_a_pair_once_at_a_time(desk: Desk) -> None:
    first = pair(desk, replace(PAIR, valid_to=TODAY))
    with pytest.raises(StaffRefused) as refused:
        pair(desk)
    assert refused.value.reason == "PAIR_EXISTS"
    again = pair(desk, replace(PAIR, valid_from=TODAY + timedelta(days=1)))
    assert again.id != first.id


def test_a_stand_in_is_published_with_the_person_who_stands_in(desk: Desk) -> None:
    before = desk.run(versions)[PERSON + "z01"]
    period = stand_in(desk)
    assert absences(desk, "z01") == ["m001"]
    assert absences(desk, "m001") == []
    assert desk.run(versions)[PERSON + "z01"] == before + 1
    stand_in(desk, replace(WEEK, id=period.id, cancelled=True))
    assert absences(desk, "z01") == []
    assert [each.cancelled for each in desk.run(list_stand_ins, "m001")] == [True]
    with pytest.raises(FieldRefused) as refused:
        stand_in(desk, replace(WEEK, id=period.id))
    assert refused.value.reason == "STAND_IN_CANCELLED"


def test_a_period_that_is_over_is_published_no_more(desk: Desk) -> None:
    past = TODAY - timedelta(days=10)
    stand_in(desk, replace(WEEK, valid_from=past, valid_to=past + timedelta(days=1)))
    assert absences(desk, "z01") == []


def test_nobody_has_two_stand_ins_at_once(desk: Desk) -> None:
    stand_in(desk)
    with pytest.raises(StaffRefused) as refused:
        stand_in(desk, replace(WEEK, stand_in_number="c01", valid_from=WEEK.valid_to))
    assert refused.value.reason == "STAND_IN_OVERLAPS"
    assert refused.value.data["stand_in_number"] == "z01"
    stand_in(desk, replace(WEEK, stand_in_number="c01", valid_from=date(2026, 12, 1), valid_to=date(2026, 12, 2)))


def test_absent_people_do_not_stand_in_for_each_other(desk: Desk) -> None:
    stand_in(desk)
    stand_in(desk, replace(WEEK, absent_number="z01", stand_in_number="c01"))
    with pytest.raises(StaffRefused) as refused:
        stand_in(desk, replace(WEEK, absent_number="c01", stand_in_number="m001"))
    assert refused.value.reason == "STAND_IN_CIRCLE"
    assert len(desk.run(list_stand_ins, "")) == 2


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"stand_in_number": "m001"}, "STAND_IN_ONESELF"),
        ({"stand_in_number": "nobody"}, "PERSON_UNKNOWN"),
        ({"absent_number": "nobody"}, "PERSON_UNKNOWN"),
        ({"valid_to": None}, "DATE_MISSING"),
        ({"valid_to": TODAY - timedelta(days=1)}, "VALID_TO_BEFORE_FROM"),
    ],
)
def test_a_wrong_period_is_refused(desk: Desk, said: dict[str, object], reason: str) -> None:
    with pytest.raises(FieldRefused) as refused:
        stand_in(desk, replace(WEEK, **said))  # type: ignore[arg-type]  # fields by name
    assert refused.value.reason == reason
    assert desk.history() == []


def test_who_leaves_is_in_no_pair_and_stands_in_for_nobody(desk: Desk) -> None:
    made = pair(desk)
    stand_in(desk)
    desk.run(create_staff_member, "r1", "m900", desk.fields(), "{}", ZONE)
    desk.run(end_staff_member, "z01", "m900", None, "离职", Kept(), ZONE)
    (ended,) = desk.run(list_pairs, "", ZONE, ended=True)
    assert (ended.id, ended.valid_to) == (made.id, TODAY)
    assert [period.cancelled for period in desk.run(list_stand_ins, "")] == [True]


def test_what_is_not_there_is_not_found(desk: Desk) -> None:
    for change in (
        PairSaid("x", "", "", None, None),
        PairSaid("0190a000-0000-7000-8000-0000000000ff", "", "", None, None),
    ):
        with pytest.raises(RecordUnknown):
            pair(desk, change)
    with pytest.raises(RecordUnknown):
        stand_in(desk, replace(WEEK, id="x"))
