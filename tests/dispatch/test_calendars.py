"""What the branch goes by, out of the documents as support publishes them."""

import json
from datetime import date, datetime, time, timedelta

import pytest
from crm.support.v1 import parameters_pb2, support_pb2

from chassis.parameters import Parameters
from dispatch.calendars import Calendars
from dispatch.domain.branch import USUAL_RESPONSE
from dispatch.domain.calendar import Hours
from dispatch.parameters import DECLARED, LEAD_DAYS, READ, RESPONSE_HOURS, WORKING_HOURS
from support.own_parameters import DECLARED as SUPPORTS
from tests.dispatch.small_branch import B1, B2, C1, C2, ZONE, Papers

TODAY = date(2026, 9, 28)
EVE = date(2026, 9, 30)


@pytest.fixture
def papers() -> Papers:
    held = Papers()
    unit, kinds = support_pb2.Unit, support_pb2.UnitKind
    tree = [
        unit(id="br", kind=kinds.UNIT_KIND_BRANCH),
        unit(id=B1, kind=kinds.UNIT_KIND_BUREAU, parent_id="br"),
        unit(id=B2, kind=kinds.UNIT_KIND_COUNTY_COMPANY, parent_id="br"),
        unit(id=C1, kind=kinds.UNIT_KIND_COMMUNITY, parent_id=B1),
        unit(id=C2, kind=kinds.UNIT_KIND_COMMUNITY, parent_id=B2),
    ]
    held.held["organisation.units"] = support_pb2.UnitsDocument(units=tree).SerializeToString()
    days = [support_pb2.CalendarDay(date=f"2026-10-0{n}", working=False) for n in range(1, 8)]
    days.append(support_pb2.CalendarDay(date="2026-10-10", working=True, make_up=True))
    publish(held, "calendar.2026", *days)
    return held


def publish(papers: Papers, key: str, *days: support_pb2.CalendarDay) -> None:
    papers.held[key] = support_pb2.CalendarYearDocument(year=2026, days=days).SerializeToString()


def set_value(papers: Papers, key: str, *values: tuple[str, str, object]) -> None:
    document = parameters_pb2.ParameterDocument(key=key)
    for number, (unit_id, begins, value) in enumerate(values):
        document.values.add(id=str(number), unit_id=unit_id, effective_from=begins, value_json=json.dumps(value))
    papers.held[f"parameter.{key}"] = document.SerializeToString()


def calendars(papers: Papers) -> Calendars:
    return Calendars(papers, ZONE, Parameters(papers, (*DECLARED, *READ), today=lambda: TODAY))


def test_with_nothing_set_one_calendar_holds_everywhere(papers: Papers) -> None:
    branch = calendars(papers).branch(TODAY)
    assert (branch.bureaus, branch.lead_days) == ({}, {})
    assert branch.calendar.working_days_after(EVE, 3) == date(2026, 10, 10)
    assert branch.calendar.close_of_work(EVE, ZONE).time() == time(17, 30)
    assert branch.response(C1, B1) == USUAL_RESPONSE


def test_a_bureaus_own_holiday_and_short_day_hold_there_only(papers: Papers) -> None:
    publish(
        papers,
        f"calendar.2026.{B1}",
        support_pb2.CalendarDay(date="2026-10-08", working=False, holiday_zh="局庆", local=True, unit_id=B1),
        support_pb2.CalendarDay(date="2026-10-09", working=True, ends_at="12:00", local=True, unit_id=B1),
    )
    branch = calendars(papers).branch(TODAY)
    there, elsewhere = branch.calendar_at(B1), branch.calendar_at(B2)
    assert (there.working_days_after(EVE, 1), elsewhere.working_days_after(EVE, 1)) == (
        date(2026, 10, 9),
        date(2026, 10, 8),
    )
    assert there.close_of_work(date(2026, 10, 9), ZONE).time() == time(12)
    # What the bureau has not set is the branch's.
    assert not there.working(date(2026, 10, 7))
    assert there.working(date(2026, 10, 10))


def test_hours_lead_days_and_response_times_come_from_parameters(papers: Papers) -> None:
    set_value(
        papers,
        WORKING_HOURS,
        ("", "2026-01-01", {"from": "08:00", "to": "17:00"}),
        (B2, "2026-10-01", {"from": "09:00", "to": "16:00"}),
    )
    set_value(papers, LEAD_DAYS["store_anniversary"], ("", "2026-01-01", 3), (B1, "2026-01-01", 7))
    urgent = {"urgent": 1, "high": 2, "normal": 3, "low": 4}
    set_value(papers, RESPONSE_HOURS, (C2, "2026-01-01", urgent))
    branch = calendars(papers).branch(TODAY)
    assert branch.lead_days == {"store_anniversary": 3}
    assert branch.bureaus[B1].lead_days == {"store_anniversary": 7}
    assert branch.calendar_at(B2).hours_on(EVE) == Hours(time(8), time(17))
    assert branch.calendar_at(B2).hours_on(date(2026, 10, 8)) == Hours(time(9), time(16))
    now = datetime(2026, 10, 8, 15, tzinfo=ZONE)
    assert branch.respond_by(now, 2, B2, C2) == datetime(2026, 10, 9, 10, tzinfo=ZONE)
    assert branch.respond_by(now, 2, B2, None) > branch.respond_by(now, 2, B2, C2)


def test_a_new_document_is_taken_and_the_same_ones_are_read_once(papers: Papers) -> None:
    held = calendars(papers)
    first = held.branch(TODAY)
    assert held.branch(TODAY) is first
    set_value(papers, LEAD_DAYS["birthday"], (B1, "2026-01-01", 2))
    assert held.branch(TODAY).bureaus[B1].lead_days == {"birthday": 2}
    assert held.branch(TODAY + timedelta(days=1)) is not first


def test_the_hours_declared_by_support_are_the_ones_dispatch_goes_by() -> None:
    # Two services, one parameter: what holds while nobody has set it must be the same in both.
    theirs = next(each for each in SUPPORTS if each.key == WORKING_HOURS)
    (mine,) = READ
    assert json.loads(mine.default_json) == json.loads(theirs.default_json)
