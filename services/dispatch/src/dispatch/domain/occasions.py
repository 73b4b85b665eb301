"""Which days of birth and opening are celebrated on a given date.

An occasion is written as a short key: `S0229` for 29 February, `L1013` for the 13th of the 10th lunar month, `X0615`
for the 15th of the leap 6th month. Every key is celebrated exactly once in every (lunar) year:

- 29 February in a common year: on 28 February.
- the 30th of a lunar month that has 29 days this year: on its last day.
- a day of a leap month in a year without that leap month: in the plain month of the same number.
"""

from calendar import isleap
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class LunarDay:
    """What the lunar calendar says of one solar date."""

    month: int
    day: int
    leap: bool
    month_length: int
    leap_month_of_year: int  # 0 when the year has none


def solar_key(month: int, day: int) -> str:
    """The key of a day of the solar calendar."""
    return f"S{month:02d}{day:02d}"


def lunar_key(month: int, day: int, *, leap: bool) -> str:
    """The key of a day of the lunar calendar."""
    return f"{'X' if leap else 'L'}{month:02d}{day:02d}"


def birthday_key(month: int, day: int, *, lunar: bool, leap_month: bool) -> str | None:
    """The key of a birthday; None when no calendar has such a day."""
    if not 1 <= month <= 12:
        return None
    if lunar:
        return lunar_key(month, day, leap=leap_month) if 1 <= day <= 30 else None
    return solar_key(month, day) if 1 <= day <= SOLAR_LENGTHS[month - 1] else None


def solar_keys_on(on: date) -> list[str]:
    """Solar keys celebrated on a date."""
    keys = [solar_key(on.month, on.day)]
    if (on.month, on.day) == (2, 28) and not isleap(on.year):
        keys.append(solar_key(2, 29))
    return keys


def lunar_keys_on(lunar: LunarDay) -> list[str]:
    """Lunar keys celebrated on a date that the lunar calendar calls `lunar`."""
    days = [lunar.day]
    if lunar.day == lunar.month_length == 29:
        days.append(30)
    if lunar.leap:
        return [lunar_key(lunar.month, day, leap=True) for day in days]
    keys = [lunar_key(lunar.month, day, leap=False) for day in days]
    if lunar.leap_month_of_year != lunar.month:
        keys += [lunar_key(lunar.month, day, leap=True) for day in days]
    return keys


SOLAR_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
