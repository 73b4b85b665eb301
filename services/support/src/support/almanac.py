"""Holidays, the lunar date and solar terms from the libraries that know them, in the words of our own calendar.

`holidays` answers for a year nobody has published yet as if there were no make-up days; whether a year is published
is therefore read from its own table of official notices, and the year says so.
"""

import warnings
from datetime import date
from typing import Any, cast

import holidays
from holidays.countries.china import ChinaStaticHolidays
from lunar_python import Solar

from support.domain.calendar import Year, holiday_runs

# The library's names → ours. The eve belongs to the festival: greeting rounds are for 春节, not for 除夕.
_NAMES = {
    "农历除夕": "春节",
    "Chinese New Year's Eve": "Spring Festival",
    "Chinese New Year (Spring Festival)": "Spring Festival",
}
_DAY_OFF = ("休息日", "Day off")
_OBSERVED = ("（补假）", " (observed)")
_TENS_WITH_TH = (11, 12, 13)


def official_year(year: int) -> Year:
    """Answer the special days of a year as far as they are known."""
    # A holiday may begin on the last days of the year before: 1 January on a Monday.
    around = (year - 1, year, year + 1)
    with warnings.catch_warnings():
        # For years past its table the library warns that it estimates; that is what `published` tells.
        warnings.simplefilter("ignore")
        chinese = holidays.country_holidays("CN", years=around, language="zh_CN")
        english = holidays.country_holidays("CN", years=around, language="en_US")
    named = {on: (_name(chinese[on]), _name(english[on])) for on in chinese}
    make_up = frozenset(on for on in chinese.weekend_workdays if on.year in around)
    days = tuple(day for day in holiday_runs(named, make_up) if day.on.year == year)
    return Year(year, published=is_published(year), days=days)


def is_published(year: int) -> bool:
    """Tell whether the official notice of a year, with its make-up days, is in the library's table."""
    return year in ChinaStaticHolidays.special_public_holidays


def lunar_zh(on: date) -> str:
    """Answer the lunar date in Chinese, such as 农历十月十三 or 农历闰六月初一."""
    lunar = _lunar(on)
    return f"农历{lunar.getMonthInChinese()}月{lunar.getDayInChinese()}"


def lunar_en(on: date) -> str:
    """Answer the lunar date in English, such as `13th of the 10th lunar month`."""
    lunar = _lunar(on)
    month, day = int(lunar.getMonth()), int(lunar.getDay())
    leap = "leap " if month < 0 else ""
    return f"{_ordinal(day)} of the {leap}{_ordinal(abs(month))} lunar month"


def solar_term_zh(on: date) -> str:
    """Answer the solar term that begins on a day, empty when none does."""
    return str(_lunar(on).getJieQi())


def _lunar(on: date) -> Any:
    return cast("Any", Solar.fromYmd(on.year, on.month, on.day).getLunar())


def _name(name: str) -> str:
    """Answer our name of a holiday; empty for a day moved from elsewhere."""
    if name.startswith(_DAY_OFF):
        return ""
    for mark in _OBSERVED:
        name = name.removesuffix(mark)
    parts = dict.fromkeys(_NAMES.get(part, part) for part in name.split("; "))
    # Two festivals on one day, as in 2028.
    return ("、" if any("一" <= letter <= "鿿" for letter in name) else ", ").join(parts)


def _ordinal(number: int) -> str:
    if number % 100 in _TENS_WITH_TH:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
