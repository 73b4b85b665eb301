from datetime import date

import pytest
from sqlalchemy import func, select

from chassis.database import Database
from support.actions.calendar import fill_calendar, get_day, get_year, set_days
from support.almanac import official_year
from support.domain.calendar import Day, Year
from support.domain.errors import FieldRefused, YearChanged
from support.storage import tables
from tests.support.branch import ADMIN, TODAY


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
    flood = Day(date(2027, 7, 5), working=False, holiday_zh="防汛停工", holiday_en="Flood stop")
    after = database.run_sync(ADMIN, set_days, 2027, 1, [flood], True)
    assert (after.version, after.published, after.day(flood.on)) == (2, True, flood)
    assert database.run_sync(ADMIN, fill_calendar, TODAY) == []
    assert database.run_sync(ADMIN, get_year, 2027) == after
    with database.engine.connect() as connection:
        changes = connection.execute(select(tables.plumbing.changes).order_by(tables.plumbing.changes.c.id)).all()
    assert [(row.field, row.old_value, row.new_value, row.actor_ip) for row in changes] == [
        ("published", "False", "True", "10.1.1.1"),
        ("2027-07-05", "working", "free 防汛停工", "10.1.1.1"),
    ]


def test_a_stale_version_is_refused_and_changes_nothing(database: Database) -> None:
    database.run_sync(ADMIN, fill_calendar, TODAY)
    database.run_sync(ADMIN, set_days, 2027, 1, [], True)
    with pytest.raises(YearChanged) as refusal:
        database.run_sync(ADMIN, set_days, 2027, 1, [], False)
    assert refusal.value.data == {"form": "support.calendar", "id": "2027", "version": "2"}
    assert database.run_sync(ADMIN, get_year, 2027).published


@pytest.mark.parametrize(
    ("day", "field", "reason"),
    [
        (Day(date(2026, 1, 1), working=True), "days[0].date", "DAY_OF_ANOTHER_YEAR"),
        (Day(date(2027, 1, 2), working=False, make_up=True), "days[0].make_up", "MAKE_UP_DAY_NOT_WORKED"),
        (Day(date(2027, 1, 2), working=False, holiday_start=True), "days[0].holiday_zh", "HOLIDAY_NAME_MISSING"),
        (Day(date(2027, 1, 2), working=False, holiday_zh="长" * 61), "days[0].holiday_zh", "NAME_TOO_LONG"),
    ],
)
def test_a_wrong_day_is_refused_and_no_year_appears(database: Database, day: Day, field: str, reason: str) -> None:
    with pytest.raises(FieldRefused) as refusal:
        database.run_sync(ADMIN, set_days, 2027, 0, [day], None)
    assert (refusal.value.reason, refusal.value.data["field"]) == (reason, field)
    with database.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(tables.calendar_years)).scalar_one() == 0
