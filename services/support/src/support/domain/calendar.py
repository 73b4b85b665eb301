"""Days that are no plain week days: public holidays, weekends worked to make up for them, days set by hand."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from support.domain.errors import FieldRefused

FIRST_YEAR, LAST_YEAR = 2000, 2100
SATURDAY = 5
_LONGEST_NAME = 60
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


@dataclass(frozen=True, slots=True)
class Day:
    """What a day is."""

    on: date
    working: bool
    holiday_zh: str = ""
    holiday_en: str = ""
    holiday_start: bool = False
    make_up: bool = False
    # When a short day ends, `HH:MM`; empty for the usual working hours.
    ends_at: str = ""
    # Set by the branch or a bureau itself, not taken from the official notice.
    local: bool = False
    # The bureau whose own day this is; empty for the branch's.
    unit_id: str = ""


@dataclass(frozen=True, slots=True)
class Year:
    """The special days of a year. Unpublished: the holidays themselves are known, the make-up days are not.

    Confirmed by a person it is theirs: a notice that comes out later no longer replaces what they confirmed.
    """

    year: int
    published: bool
    days: tuple[Day, ...]
    version: int = 0
    confirmed_by: str = ""
    confirmed_at: datetime | None = None

    def day(self, on: date) -> Day:
        """Answer what a day is; one that is not listed is a plain week day or weekend."""
        return next((day for day in self.days if day.on == on), plain(on))


def plain(on: date) -> Day:
    """Answer a day that nobody has said anything about."""
    return Day(on, working=on.weekday() < SATURDAY)


def check_year(year: int) -> None:
    """Refuse a year that no calendar is kept for."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise FieldRefused("year", "YEAR_OUT_OF_RANGE", minimum=str(FIRST_YEAR), maximum=str(LAST_YEAR))


def parse_day(text: str, field: str = "date") -> date:
    """Read `YYYY-MM-DD`."""
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise FieldRefused(field, "DATE_INVALID", value=text[:40]) from error
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise FieldRefused(field, "YEAR_OUT_OF_RANGE", value=text[:40])
    return found


def check_days(year: int, days: Iterable[Day]) -> dict[date, Day]:
    """Refuse days of another year, a day twice, names that are too long, and a make-up day on which nobody works."""
    found: dict[date, Day] = {}
    for place, day in enumerate(days):
        field = f"days[{place}]"
        if day.on.year != year:
            raise FieldRefused(f"{field}.date", "DAY_OF_ANOTHER_YEAR", value=day.on.isoformat())
        if day.on in found:
            raise FieldRefused(f"{field}.date", "DAY_REPEATED", value=day.on.isoformat())
        if max(len(day.holiday_zh), len(day.holiday_en)) > _LONGEST_NAME:
            raise FieldRefused(f"{field}.holiday_zh", "NAME_TOO_LONG", maximum=str(_LONGEST_NAME))
        if day.make_up and not day.working:
            raise FieldRefused(f"{field}.make_up", "MAKE_UP_DAY_NOT_WORKED", value=day.on.isoformat())
        if day.holiday_start and not day.holiday_zh:
            raise FieldRefused(f"{field}.holiday_zh", "HOLIDAY_NAME_MISSING", value=day.on.isoformat())
        _check_end(day, f"{field}.ends_at")
        found[day.on] = day
    return found


def check_cleared(year: int, cleared: Iterable[date], days: Mapping[date, Day]) -> set[date]:
    """Refuse to take back days of another year, and days that are set in the same breath."""
    found: set[date] = set()
    for place, on in enumerate(cleared):
        if on.year != year:
            raise FieldRefused(f"cleared[{place}]", "DAY_OF_ANOTHER_YEAR", value=on.isoformat())
        if on in days:
            raise FieldRefused(f"cleared[{place}]", "DAY_REPEATED", value=on.isoformat())
        found.add(on)
    return found


def with_local(official: Year, mine: Year) -> Year:
    """Answer the official days of a year with those the branch set itself in their place."""
    merged = {day.on: day for day in official.days} | {day.on: day for day in mine.days if day.local}
    return replace(mine, published=official.published, days=tuple(merged[on] for on in sorted(merged)))


def with_own(branch: Year, own: Iterable[Day], version: int) -> Year:
    """Answer the branch's year with a bureau's own days in their place, under the version of the bureau's days."""
    merged = {day.on: day for day in branch.days} | {day.on: day for day in own}
    return replace(branch, days=tuple(merged[on] for on in sorted(merged)), version=version)


def _check_end(day: Day, field: str) -> None:
    if not day.ends_at:
        return
    if not _TIME.fullmatch(day.ends_at):
        raise FieldRefused(field, "TIME_INVALID", value=day.ends_at[:20])
    if not day.working:
        raise FieldRefused(field, "SHORT_DAY_NOT_WORKED", value=day.on.isoformat())


def holiday_runs(named: Mapping[date, tuple[str, str]], make_up: frozenset[date]) -> list[Day]:
    """Answer every day of each holiday: the unbroken run of free days, weekends included, around the named ones.

    `named` holds the free days of the official notice with their Chinese and English names; a day moved here from
    elsewhere has empty names and takes those of the holiday it belongs to.
    """
    days: dict[date, Day] = {on: Day(on, working=True, make_up=True) for on in make_up}
    for on in sorted(named):
        if on in days:
            continue
        run = _run_around(on, named, make_up)
        names = [named.get(day, ("", "")) for day in run]
        for place, day in enumerate(run):
            zh, en = _name_at(place, names)
            days[day] = Day(day, working=False, holiday_zh=zh, holiday_en=en, holiday_start=place == 0)
    return [days[on] for on in sorted(days)]


def _run_around(on: date, named: Mapping[date, tuple[str, str]], make_up: frozenset[date]) -> list[date]:
    def free(day: date) -> bool:
        return day not in make_up and (day in named or day.weekday() >= SATURDAY)

    first = on
    while free(date.fromordinal(first.toordinal() - 1)):
        first = date.fromordinal(first.toordinal() - 1)
    run = [first]
    while free(following := date.fromordinal(run[-1].toordinal() + 1)):
        run.append(following)
    return run


def _name_at(place: int, names: list[tuple[str, str]]) -> tuple[str, str]:
    """Answer the name of the holiday a day belongs to: its own, else the last before it, else the first after it."""
    before = [name for name in names[: place + 1] if name[0]]
    after = [name for name in names[place:] if name[0]]
    return before[-1] if before else after[0] if after else ("", "")
