from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from crm.common.v1 import access_pb2
from sqlalchemy import func, select

from chassis.database import Database
from chassis.identity import Actor
from chassis.paging import Page
from support.actions.calendar import Wish, fill_calendar, get_day, get_year, list_calendar_changes, set_days
from support.almanac import official_year
from support.domain.calendar import Day, Year
from support.domain.errors import FieldRefused, YearChanged
from support.domain.parameter_errors import ConfirmedByPerson, UnitOutOfReach
from support.storage import tables
from support.storage.schema import metadata
from tests.support.access_branch import B01, B02, C01
from tests.support.branch import ADMIN, NOON, TODAY
from tests.support.parameter_desk import CHIEF, open_desk

FLOOD = Day(date(2027, 7, 5), working=False, holiday_zh="防汛停工", holiday_en="Flood stop")
EVE = Day(date(2027, 2, 4), working=True, ends_at="12:00")


@pytest.fixture
def database(fresh_database: Callable[..., str]) -> Iterator[Database]:
    opened = open_desk(fresh_database(metadata))
    yield opened
    opened.close()


def set_for(database: Database, version: int, *days: Day, who: Actor = ADMIN, **more: Any) -> Year:
    return database.run_sync(who, set_days, Wish(2027, version, days, **more))


def test_the_first_start_fills_2024_to_next_year_and_the_next_start_changes_nothing(database: Database) -> None:
    assert database.run_sync(ADMIN, fill_calendar, TODAY) == [2024, 2025, 2026, 2027]
    assert database.run_sync(ADMIN, fill_calendar, TODAY) == []
    assert database.run_sync(ADMIN, get_year, 2026).published
    assert database.run_sync(ADMIN, get_day, date(2025, 1, 26)) == (Day(date(2025, 1, 26), True, make_up=True), True)


def test_a_year_that_is_published_later_replaces_the_estimate(database: Database) -> None:
    def unpublished(year: int) -> Year:
        return Year(year, published=False, days=tuple(day for day in official_year(year).days if not day.make_up))

    database.run_sync(ADMIN, fill_calendar, TODAY, unpublished)
    assert not database.run_sync(ADMIN, get_year, 2026).published
    assert 2026 in database.run_sync(ADMIN, fill_calendar, TODAY)
    year = database.run_sync(ADMIN, get_year, 2026)
    assert (year.published, year.version) == (True, 2)


def test_a_year_that_is_not_kept_is_answered_and_says_whether_it_is_published(database: Database) -> None:
    assert not database.run_sync(ADMIN, get_year, 2099).published
    old = database.run_sync(ADMIN, get_year, 2015)
    assert (old.published, old.version) == (True, 0)


def test_days_set_by_hand_stay_and_are_traced(database: Database) -> None:
    database.run_sync(ADMIN, fill_calendar, TODAY)
    after = set_for(database, 1, FLOOD, published=True)
    assert (after.version, after.published, after.day(FLOOD.on)) == (2, True, replace(FLOOD, local=True))
    assert (after.confirmed_by, after.confirmed_at) == ("admin", NOON)
    assert database.run_sync(ADMIN, fill_calendar, TODAY) == []
    assert database.run_sync(ADMIN, get_year, 2027) == after
    with database.engine.connect() as connection:
        changes = connection.execute(select(tables.plumbing.changes).order_by(tables.plumbing.changes.c.id)).all()
    assert [(row.field, row.old_value, row.new_value, row.actor_ip) for row in changes] == [
        ("published", "False", "True", "10.1.1.1"),
        ("confirmed_by", None, "admin", "10.1.1.1"),
        ("2027-07-05", "working", "free 防汛停工", "10.1.1.1"),
    ]


def test_a_program_confirms_no_year(database: Database) -> None:
    database.run_sync(ADMIN, fill_calendar, TODAY)
    program = Actor(kind="system", id="robot", name="robot", roles=frozenset({"administrator"}))
    with pytest.raises(ConfirmedByPerson):
        set_for(database, 1, published=True, who=program)
    assert not database.run_sync(ADMIN, get_year, 2027).confirmed_by


def test_a_local_day_does_not_keep_a_later_notice_out(database: Database) -> None:
    def unpublished(year: int) -> Year:
        return Year(year, published=False, days=tuple(day for day in official_year(year).days if not day.make_up))

    database.run_sync(ADMIN, fill_calendar, TODAY, unpublished)
    local = Day(date(2026, 12, 31), working=True, ends_at="15:00")
    database.run_sync(ADMIN, set_days, Wish(2026, 1, [local]), unpublished)
    assert not database.run_sync(ADMIN, get_year, 2026).published
    assert 2026 in database.run_sync(ADMIN, fill_calendar, TODAY)
    year = database.run_sync(ADMIN, get_year, 2026)
    assert (year.published, year.version, year.day(local.on)) == (True, 3, replace(local, local=True))
    assert any(day.make_up for day in year.days)


def test_a_day_taken_back_is_what_the_notice_says(database: Database) -> None:
    database.run_sync(ADMIN, fill_calendar, TODAY)
    new_year = Day(date(2027, 1, 1), working=True)
    set_for(database, 1, FLOOD, new_year)
    after = set_for(database, 2, cleared=[FLOOD.on, new_year.on])
    assert after.days == official_year(2027).days
    with pytest.raises(FieldRefused) as refusal:
        set_for(database, 3, FLOOD, cleared=[FLOOD.on])
    assert (refusal.value.data["field"], refusal.value.reason) == ("cleared[0]", "DAY_REPEATED")


def test_a_bureaus_own_days_come_before_the_branchs_there_only(database: Database) -> None:
    database.run_sync(ADMIN, fill_calendar, TODAY)
    own = set_for(database, 0, FLOOD, EVE, unit_id=B01)
    assert own.version == 1
    assert own.day(FLOOD.on) == replace(FLOOD, local=True, unit_id=B01)
    there = database.run_sync(ADMIN, get_year, 2027, unit_id=B01)
    assert there == own
    assert len(there.days) == len(official_year(2027).days) + 2
    for elsewhere in ("", B02):
        assert database.run_sync(ADMIN, get_year, 2027, unit_id=elsewhere).day(FLOOD.on).working
    assert database.run_sync(CHIEF, get_day, FLOOD.on)[0].holiday_zh == "防汛停工"
    assert database.run_sync(ADMIN, get_day, FLOOD.on)[0].working
    with pytest.raises(YearChanged):
        set_for(database, 0, FLOOD, unit_id=B01)
    back = set_for(database, 1, cleared=[FLOOD.on], unit_id=B01)
    assert (back.day(FLOOD.on).working, back.day(EVE.on).ends_at, back.version) == (True, "12:00", 2)


def test_own_days_are_for_bureaus_within_reach_and_confirm_nothing(database: Database) -> None:
    with pytest.raises(FieldRefused) as community:
        set_for(database, 0, FLOOD, unit_id=C01)
    assert community.value.reason == "UNIT_NOT_A_BUREAU"
    with pytest.raises(FieldRefused) as confirming:
        set_for(database, 0, unit_id=B01, published=True)
    assert confirming.value.reason == "YEAR_IS_THE_BRANCHS"
    for unit_id in ("", B01):
        with pytest.raises(UnitOutOfReach):
            set_for(database, 0, FLOOD, unit_id=unit_id, who=CHIEF)


def test_a_chief_with_a_rule_sets_the_days_of_the_bureau(fresh_database: Callable[..., str]) -> None:
    grant = access_pb2.Grant(
        role="bureau_chief",
        form="support.calendar",
        actions=[access_pb2.ACTION_CHANGE],
        scope=access_pb2.ROW_SCOPE_BUREAU,
    )
    opened = open_desk(fresh_database(metadata), [grant])
    assert set_for(opened, 0, FLOOD, unit_id=B01, who=CHIEF).version == 1
    for unit_id in ("", B02):
        with pytest.raises(UnitOutOfReach):
            set_for(opened, 0, FLOOD, unit_id=unit_id, who=CHIEF)
    opened.close()


def test_a_stale_version_is_refused_and_changes_nothing(database: Database) -> None:
    database.run_sync(ADMIN, fill_calendar, TODAY)
    set_for(database, 1, published=True)
    with pytest.raises(YearChanged) as refusal:
        set_for(database, 1, published=False)
    assert refusal.value.data == {"form": "support.calendar", "id": "2027", "version": "2"}
    assert database.run_sync(ADMIN, get_year, 2027).published


@pytest.mark.parametrize(
    ("day", "field", "reason"),
    [
        (Day(date(2026, 1, 1), working=True), "days[0].date", "DAY_OF_ANOTHER_YEAR"),
        (Day(date(2027, 1, 2), working=False, make_up=True), "days[0].make_up", "MAKE_UP_DAY_NOT_WORKED"),
        (Day(date(2027, 1, 2), working=False, holiday_start=True), "days[0].holiday_zh", "HOLIDAY_NAME_MISSING"),
        (Day(date(2027, 1, 2), working=False, holiday_zh="长" * 61), "days[0].holiday_zh", "NAME_TOO_LONG"),
        (Day(date(2027, 1, 2), working=False, ends_at="12:00"), "days[0].ends_at", "SHORT_DAY_NOT_WORKED"),
        (Day(date(2027, 1, 4), working=True, ends_at="12.00"), "days[0].ends_at", "TIME_INVALID"),
    ],
)
def test_a_wrong_day_is_refused_and_no_year_appears(database: Database, day: Day, field: str, reason: str) -> None:
    with pytest.raises(FieldRefused) as refusal:
        set_for(database, 0, day)
    assert (refusal.value.reason, refusal.value.data["field"]) == (reason, field)
    with database.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(tables.calendar_years)).scalar_one() == 0


def changes(
    database: Database, unit_id: str = "", year: int = 2027, size: int = 20, who: Actor = ADMIN
) -> list[tuple[str, str | None, str | None]]:
    rows, _ = database.run_sync(who, list_calendar_changes, year, unit_id, Page(size))
    return [(row.field, row.old_value, row.new_value) for row in rows]


def test_what_was_changed_is_told_year_by_year_newest_first(database: Database) -> None:
    assert changes(database) == [], "a year that is not kept has no history"
    database.run_sync(ADMIN, fill_calendar, TODAY)
    set_for(database, 1, FLOOD)
    set_for(database, 2, replace(FLOOD, working=True), EVE)
    flood, eve = FLOOD.on.isoformat(), EVE.on.isoformat()
    assert changes(database) == [
        (flood, "free 防汛停工", "working 防汛停工"),
        (eve, changes(database)[1][1], "working until 12:00"),
        (flood, "working", "free 防汛停工"),
    ]
    assert changes(database, year=2026) == []
    first, after = database.run_sync(ADMIN, list_calendar_changes, 2027, "", Page(2))
    rest, end = database.run_sync(ADMIN, list_calendar_changes, 2027, "", Page(2, (after,)))
    assert ([row.field for row in first], [row.field for row in rest], end) == ([flood, eve], [flood], "")


def test_a_bureaus_own_days_have_their_own_history_within_reach(database: Database) -> None:
    database.run_sync(ADMIN, fill_calendar, TODAY)
    set_for(database, 0, FLOOD, unit_id=B01)
    assert [field for field, _, _ in changes(database, B01)] == [FLOOD.on.isoformat()]
    assert changes(database, B01, year=2026) == changes(database, B02) == changes(database) == []
    with pytest.raises(FieldRefused):
        changes(database, C01)
