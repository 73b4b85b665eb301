"""The lunar calendar, by lunar_python: the input table that the rules of occasions work on."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any, cast

from lunar_python import LunarMonth, LunarYear, Solar

from dispatch.domain.occasions import LunarDay


@lru_cache(maxsize=400)
def lunar_day(on: date) -> LunarDay:
    """What the lunar calendar says of a solar date."""
    lunar: Any = Solar.fromYmd(on.year, on.month, on.day).getLunar()
    month = cast("Any", LunarMonth.fromYm(lunar.getYear(), lunar.getMonth()))
    year = cast("Any", LunarYear.fromYear(lunar.getYear()))
    return LunarDay(
        month=abs(lunar.getMonth()),
        day=lunar.getDay(),
        leap=lunar.getMonth() < 0,
        month_length=month.getDayCount(),
        leap_month_of_year=year.getLeapMonth(),
    )


def lunar_days(dates: Iterable[date]) -> dict[date, LunarDay]:
    """The same for many dates."""
    return {on: lunar_day(on) for on in dates}
