"""Our calendar against what the State Council's notices say of 2024 to 2026."""

from datetime import date

import pytest

from support import almanac
from support.domain.calendar import Year

# Year → first and last free day of each holiday, as announced.
HOLIDAYS = {
    2024: {
        "春节": "0210-0217",
        "清明节": "0404-0406",
        "劳动节": "0501-0505",
        "端午节": "0608-0610",
        "中秋节": "0915-0917",
    }
    | {"国庆节": "1001-1007"},
    2025: {
        "元旦": "0101-0101",
        "春节": "0128-0204",
        "清明节": "0404-0406",
        "劳动节": "0501-0505",
        "端午节": "0531-0602",
    }
    | {"国庆节": "1001-1008"},
    2026: {
        "元旦": "0101-0103",
        "春节": "0215-0223",
        "清明节": "0404-0406",
        "劳动节": "0501-0505",
        "端午节": "0619-0621",
    }
    | {"中秋节": "0925-0927", "国庆节": "1001-1007"},
}
MAKE_UP = {
    2024: "0204 0218 0407 0428 0511 0914 0929 1012",
    2025: "0126 0208 0427 0928 1011",
    2026: "0104 0214 0228 0509 0920 1010",
}


@pytest.fixture(scope="module", params=sorted(HOLIDAYS))
def year(request: pytest.FixtureRequest) -> Year:
    return almanac.official_year(request.param)


def test_a_published_year_has_the_holidays_of_the_notice(year: Year) -> None:
    assert year.published
    found: dict[str, str] = {}
    for start in (day for day in year.days if day.holiday_start):
        end = start.on
        while not year.day(following := date.fromordinal(end.toordinal() + 1)).working:
            end = following
        found[start.holiday_zh] = f"{start.on:%m%d}-{end:%m%d}"
    assert found == HOLIDAYS[year.year]


def test_a_published_year_has_the_make_up_days_of_the_notice(year: Year) -> None:
    days = [day for day in year.days if day.make_up]
    assert " ".join(f"{day.on:%m%d}" for day in days) == MAKE_UP[year.year]
    assert all(day.working and day.on.weekday() >= 5 and not day.holiday_zh for day in days)


def test_a_make_up_sunday_is_worked_and_the_days_around_it_are_named() -> None:
    year = almanac.official_year(2025)
    assert year.day(date(2025, 1, 26)).working
    assert not year.day(date(2025, 2, 3)).working
    assert year.day(date(2025, 10, 6)).holiday_zh == "中秋节"
    assert (year.day(date(2025, 1, 28)).holiday_zh, year.day(date(2025, 1, 28)).holiday_en) == (
        "春节",
        "Spring Festival",
    )


def test_an_unpublished_year_says_so_and_has_no_make_up_days() -> None:
    year = almanac.official_year(2035)
    assert not year.published
    assert not [day for day in year.days if day.make_up]
    assert {"元旦", "春节", "清明节", "劳动节", "端午节", "国庆节"} <= {day.holiday_zh for day in year.days}


@pytest.mark.parametrize(
    ("on", "chinese", "english", "term"),
    [
        (date(2026, 11, 21), "农历十月十三", "13th of the 10th lunar month", ""),
        (date(2026, 11, 22), "农历十月十四", "14th of the 10th lunar month", "小雪"),
        (date(2025, 7, 25), "农历闰六月初一", "1st of the leap 6th lunar month", ""),
        (date(2026, 2, 17), "农历正月初一", "1st of the 1st lunar month", ""),
        (date(2026, 2, 16), "农历腊月廿九", "29th of the 12th lunar month", ""),
        (date(2025, 1, 21), "农历腊月廿二", "22nd of the 12th lunar month", ""),
    ],
)
def test_lunar_dates(on: date, chinese: str, english: str, term: str) -> None:
    assert (almanac.lunar_zh(on), almanac.lunar_en(on), almanac.solar_term_zh(on)) == (chinese, english, term)
