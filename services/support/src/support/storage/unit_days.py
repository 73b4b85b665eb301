"""Days of a bureau's own: they come before the branch's there."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from sqlalchemy import delete, insert, select

from chassis.database import Unit as Work
from support.domain.calendar import Day
from support.storage.calendar import day_of, day_values
from support.storage.documents import CALENDAR
from support.storage.parameters_tables import unit_days


def key_of(year: int, unit_id: str) -> str:
    """Answer the key under which a bureau's own days of a year are published."""
    return f"{CALENDAR}{year}.{unit_id}"


def read_key(key: str) -> tuple[int, str] | None:
    """Answer year and bureau of such a key; None for another document's."""
    year, _, unit_id = key.removeprefix(CALENDAR).partition(".")
    return (int(year), unit_id) if key.startswith(CALENDAR) and unit_id else None


def own_days(work: Work, year: int, unit_id: str) -> list[Day]:
    """Answer the days a bureau has set itself."""
    question = select(unit_days).where(unit_days.c.year == year, unit_days.c.unit_id == unit_id)
    return [day_of(row, unit_id) for row in work.session.execute(question.order_by(unit_days.c.day))]


def all_own_days(work: Work) -> dict[tuple[int, str], list[Day]]:
    """Answer the days of every bureau, by year and bureau."""
    found: defaultdict[tuple[int, str], list[Day]] = defaultdict(list)
    for row in work.session.execute(select(unit_days).order_by(unit_days.c.unit_id, unit_days.c.day)):
        found[row.year, row.unit_id].append(day_of(row, row.unit_id))
    return found


def replace_days(work: Work, unit_id: str, gone: Iterable[date], days: Iterable[Day]) -> None:
    """Let these days of a bureau be as given, and those be the branch's again."""
    wanted = list(days)
    together = sorted({*gone, *(day.on for day in wanted)})
    if together:
        # A year has 366 days at the most: one list holds them.
        work.session.execute(delete(unit_days).where(unit_days.c.unit_id == unit_id, unit_days.c.day.in_(together)))
    if wanted:
        work.session.execute(insert(unit_days), [{**day_values(day), "unit_id": unit_id} for day in wanted])
