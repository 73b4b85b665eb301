"""The branch's calendar: filled from the official notices, asked for, and set by hand."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from chassis.database import Unit as Work
from support.almanac import official_year
from support.domain.calendar import Day, Year, check_days, check_year
from support.domain.errors import YearChanged
from support.storage import calendar
from support.storage.documents import mark_changed, raise_version

FIRST_KEPT_YEAR = 2024
_FORM = "support.calendar"
Official = Callable[[int], Year]


def fill_calendar(work: Work, today: date, official: Official = official_year) -> list[int]:
    """Keep every year from 2024 to the next one as the official notices have it; answers the years that changed.

    Years in which a person has set a day stay as they are. A notice published later, with its make-up days, comes in
    the next time this runs on a release that knows it.
    """
    kept = calendar.stored_years(work)
    by_hand = calendar.years_set_by_hand(work)
    changed: list[int] = []
    for number in range(FIRST_KEPT_YEAR, today.year + 2):
        year, before = official(number), kept.get(number)
        same = before is not None and (before.published, before.days) == (year.published, year.days)
        if number in by_hand or same:
            continue
        calendar.write_year(work, year, by_hand=False, known=before is not None)
        changed.append(number)
    mark_changed(work, (calendar.key_of(number) for number in changed))
    return changed


def get_year(work: Work, number: int, official: Official = official_year) -> Year:
    """Answer a year as it is kept, or as the official notices have it while it is not kept (version 0)."""
    check_year(number)
    return calendar.stored_year(work, number) or official(number)


def get_day(work: Work, on: date, official: Official = official_year) -> tuple[Day, bool]:
    """Answer what a day is and whether its year is published."""
    year = get_year(work, on.year, official)
    return year.day(on), year.published


def set_days(
    work: Work,
    number: int,
    version: int,
    days: Sequence[Day],
    published: bool | None,
    official: Official = official_year,
) -> Year:
    """Set days of a year by hand, or say that it is published. Refuses a version that is no longer the newest."""
    check_year(number)
    wanted = check_days(number, days)
    kept = calendar.stored_year(work, number)
    before = kept or official(number)
    if not raise_version(work, calendar.key_of(number), version):
        raise YearChanged(form=_FORM, id=str(number), version=str(before.version))
    merged = {day.on: day for day in before.days} | wanted
    after = replace(
        before,
        published=before.published if published is None else published,
        days=tuple(merged[on] for on in sorted(merged)),
        version=version + 1,
    )
    calendar.write_year(work, after, by_hand=True, known=kept is not None)
    _trace(work, before, after)
    return after


def _trace(work: Work, before: Year, after: Year) -> None:
    record_id = calendar.record_id(work, after.year)
    if before.published != after.published:
        work.trace(_FORM, record_id, "published", str(before.published), str(after.published))
    for day in after.days:
        old = before.day(day.on)
        if old != day:
            work.trace(_FORM, record_id, day.on.isoformat(), _told(old), _told(day))


def _told(day: Day) -> str:
    words = ["working" if day.working else "free", day.holiday_zh, "make-up" if day.make_up else ""]
    return " ".join(word for word in words if word)
