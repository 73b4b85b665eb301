"""Days of birth in both calendars, days of joining and of opening."""

import random
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final, cast

from lunar_python import LunarYear

# Nothing in the archive itself depends on the day it is generated: the same customers come out next year.
_LAST_JOINED: Final = date(2025, 12, 31)
_FIRST_JOINED: Final = date(1998, 1, 1)
_NOT_KNOWN: Final = ("", "", "", "", "")


def birthday(dice: random.Random) -> tuple[str, str, str, str, str]:
    """Answer calendar, year, month, day and leap month: 60 % solar, 30 % lunar, 10 % not known."""
    chance = dice.random()
    if chance >= 0.9:
        return _NOT_KNOWN
    year = dice.randint(1942, 2005)
    written_year = "" if dice.random() < 0.15 else str(year)
    if chance < 0.6:
        born = date(year, 1, 1) + timedelta(days=dice.randrange(365 + (year % 4 == 0)))
        return "solar", written_year, str(born.month), str(born.day), ""
    # The real months of that lunar year: leap months and thirtieths come as often as in life.
    month, leap, length = dice.choice(_lunar_months(year))
    return "lunar", written_year, str(month), str(dice.randint(1, length)), "yes" if leap else "no"


def joining_day(dice: random.Random) -> date:
    """Answer a day between 1998 and 2025, later ones more often."""
    span = (_LAST_JOINED - _FIRST_JOINED).days
    return _FIRST_JOINED + timedelta(days=int(span * dice.random() ** 0.6))


def opening_day(dice: random.Random) -> date:
    """Answer the day a store opened."""
    return date(2003, 1, 1) + timedelta(days=dice.randrange(8000))


@lru_cache(maxsize=128)
def _lunar_months(year: int) -> tuple[tuple[int, bool, int], ...]:
    """Answer month, leap or not, and length of every month of a lunar year."""
    # lunar_python says nothing of its types; these three are what a LunarMonth answers.
    months = cast("list[Any]", LunarYear.fromYear(year).getMonthsInYear())
    return tuple((abs(month.getMonth()), bool(month.isLeap()), int(month.getDayCount())) for month in months)
