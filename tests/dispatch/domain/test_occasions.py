"""Every birthday is celebrated exactly once a year, by the stated fall-backs, across many years of the lunar calendar."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from lunar_python import LunarYear

from dispatch.domain.occasions import LunarDay, birthday_key, lunar_keys_on, solar_keys_on
from dispatch.lunar import lunar_day

pytestmark = pytest.mark.slow

FIRST, LAST = 1990, 2060
EVERY_LUNAR = {f"{calendar}{month:02d}{day:02d}" for calendar in "LX" for month in range(1, 13) for day in range(1, 31)}
EVERY_SOLAR = {birthday_key(m, d, lunar=False, leap_month=False) for m in range(1, 13) for d in range(1, 32)} - {None}


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def lunar_year(year: int) -> list[LunarDay]:
    """Every day of a lunar year, walked month by month."""
    found: Any = LunarYear.fromYear(year)
    return [
        LunarDay(abs(month.getMonth()), day, month.getMonth() < 0, month.getDayCount(), found.getLeapMonth())
        for month in found.getMonthsInYear()
        for day in range(1, month.getDayCount() + 1)
    ]


def test_every_lunar_birthday_once_a_lunar_year() -> None:
    for year in range(1900, 2100):
        celebrated = Counter(key for day in lunar_year(year) for key in lunar_keys_on(day))
        assert celebrated == dict.fromkeys(EVERY_LUNAR, 1), year


def test_the_table_of_dates_is_the_calendars() -> None:
    # Two whole lunar years: 2025 with a leap month, 2026 without.
    dates = days(date(2025, 1, 29), date(2027, 2, 5))
    assert [lunar_day(on) for on in dates] == lunar_year(2025) + lunar_year(2026)


def test_every_solar_birthday_once_a_year() -> None:
    assert len(EVERY_SOLAR) == 366
    for year in range(FIRST, LAST):
        keys = Counter(key for on in days(date(year, 1, 1), date(year, 12, 31)) for key in solar_keys_on(on))
        assert keys == dict.fromkeys(EVERY_SOLAR, 1), year


def test_the_table_agrees_with_the_library_where_nothing_is_missing() -> None:
    # 2025 has a leap 6th month, 2026 none.
    assert lunar_keys_on(lunar_day(date(2025, 8, 8))) == ["X0615"]
    assert lunar_keys_on(lunar_day(date(2025, 7, 9))) == ["L0615"]
    assert lunar_keys_on(lunar_day(date(2026, 7, 28))) == ["L0615", "X0615"]


def test_the_last_day_of_a_short_month_is_the_30th_too() -> None:
    short = LunarDay(month=12, day=29, leap=False, month_length=29, leap_month_of_year=0)
    assert lunar_keys_on(short) == ["L1229", "L1230", "X1229", "X1230"]
    long = LunarDay(month=12, day=29, leap=False, month_length=30, leap_month_of_year=0)
    assert lunar_keys_on(long) == ["L1229", "X1229"]


def test_29_february() -> None:
    assert solar_keys_on(date(2026, 2, 28)) == ["S0228", "S0229"]
    assert solar_keys_on(date(2028, 2, 28)) == ["S0228"]
    assert solar_keys_on(date(2028, 2, 29)) == ["S0229"]


@pytest.mark.parametrize(
    ("month", "day", "lunar"),
    [(0, 1, False), (13, 1, True), (2, 30, False), (4, 31, False), (1, 31, True), (1, 0, True)],
)
def test_days_no_calendar_has(month: int, day: int, lunar: bool) -> None:
    assert birthday_key(month, day, lunar=lunar, leap_month=False) is None
