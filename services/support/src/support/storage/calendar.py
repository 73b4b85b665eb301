"""The calendar's years and days."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from chassis.database import Unit as Work
from support.domain.calendar import Day, Year
from support.storage.documents import CALENDAR, versions
from support.storage.documents import version as version_of
from support.storage.tables import calendar_days, calendar_years


def key_of(year: int) -> str:
    """Answer the key under which a year is published."""
    return f"{CALENDAR}{year}"


def stored_years(work: Work) -> dict[int, Year]:
    """Answer every year there is."""
    numbers = versions(work)
    days: dict[int, list[Day]] = {}
    for row in work.session.execute(select(calendar_days).order_by(calendar_days.c.day)):
        days.setdefault(row.year, []).append(day_of(row))
    return {
        row.year: _year(row, days.get(row.year, ()), numbers.get(key_of(row.year), 0))
        for row in work.session.execute(select(calendar_years).order_by(calendar_years.c.year))
    }


def stored_year(work: Work, year: int) -> Year | None:
    """Answer one year, or None while it is not kept."""
    row = work.session.execute(select(calendar_years).where(calendar_years.c.year == year)).first()
    if row is None:
        return None
    days = work.session.execute(select(calendar_days).where(calendar_days.c.year == year).order_by(calendar_days.c.day))
    return _year(row, [day_of(day) for day in days], version_of(work, key_of(year)))


def years_set_by_hand(work: Work) -> set[int]:
    """Answer the years that a person has confirmed, or taken the confirmation back of."""
    rows = work.session.execute(select(calendar_years.c.year, calendar_years.c.by_hand))
    return {row.year for row in rows if row.by_hand}


def record_id(work: Work, year: int) -> str | None:
    """Answer the id of a year in the history; None while it is not kept."""
    return work.session.execute(select(calendar_years.c.id).where(calendar_years.c.year == year)).scalar()


def write_year(work: Work, year: Year, *, by_hand: bool, known: bool) -> None:
    """Write a year with its days in place of what was there."""
    if known:
        work.session.execute(
            update(calendar_years)
            .where(calendar_years.c.year == year.year)
            .values(by_hand=by_hand, **_year_values(year))
        )
        work.session.execute(delete(calendar_days).where(calendar_days.c.year == year.year))
    else:
        work.session.execute(
            insert(calendar_years).values(year=year.year, id=work.new_id(), by_hand=by_hand, **_year_values(year))
        )
    if year.days:
        work.session.execute(
            insert(calendar_days), [{**day_values(day), "is_local": day.local} for day in _ordered(year.days)]
        )


def _ordered(days: Sequence[Day]) -> list[Day]:
    return sorted(days, key=lambda day: day.on)


def day_values(day: Day) -> dict[str, object]:
    """Answer the columns that the branch's days and those of bureaus share."""
    return {
        "day": day.on,
        "year": day.on.year,
        "working": day.working,
        "holiday_zh": day.holiday_zh or None,
        "holiday_en": day.holiday_en or None,
        "holiday_start": day.holiday_start,
        "make_up": day.make_up,
        "ends_at": day.ends_at or None,
    }


def day_of(row: Row[Any], unit_id: str = "") -> Day:
    """Make a day of its row, the branch's or a bureau's."""
    return Day(
        on=row.day,
        working=row.working,
        holiday_zh=row.holiday_zh or "",
        holiday_en=row.holiday_en or "",
        holiday_start=row.holiday_start,
        make_up=row.make_up,
        ends_at=row.ends_at or "",
        local=bool(unit_id) or row.is_local,
        unit_id=unit_id,
    )


def _year(row: Row[Any], days: Sequence[Day], version: int) -> Year:
    return Year(row.year, row.published, tuple(days), version, row.confirmed_by or "", row.confirmed_at)


def _year_values(year: Year) -> dict[str, object]:
    return {
        "published": year.published,
        "confirmed_by": year.confirmed_by or None,
        "confirmed_at": year.confirmed_at,
    }
