"""List tasks in reach of the caller, with the counts the home page shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chassis.database import Unit
from chassis.errors import InvalidField
from chassis.paging import Page
from dispatch.domain.words import Right
from dispatch.storage import task_lists, tasks, write_backs
from dispatch.storage.reach import Keepers, keepers_of
from dispatch.storage.task_lists import CUSTOMER, Moments, TaskQuery

LONGEST_QUERY = 100


@dataclass(frozen=True)
class Counts:
    """How many tasks are waiting; None where the caller may not know."""

    overdue: int
    today: int
    upcoming: int
    write_back_pending: int
    unassigned: int
    write_back_failed: int


@dataclass(frozen=True)
class TaskList:
    """One page of tasks."""

    rows: Sequence[Any]
    next_values: tuple[Any, ...] | None
    total: int | None
    counts: Counts | None
    now: datetime
    keepers: Keepers


def list_tasks(unit: Unit, query: TaskQuery, page: Page, zone: ZoneInfo, *, with_counts: bool) -> TaskList:
    """Answers a page of the list, and the counts under the same filters when asked for."""
    if len(query.query) > LONGEST_QUERY:
        raise InvalidField("query", "TOO_LONG", maximum=str(LONGEST_QUERY))
    moments, counts = moments_of(unit.now(), zone), None
    if with_counts:
        rows, numbers = task_lists.page_and_counts_of(unit, query, moments, Right.SEE, page)
        counts = _counts(unit, numbers)
    else:
        rows = task_lists.page_of(unit, query, moments, Right.SEE, page)
    more = len(rows) > page.size
    rows = rows[: page.size]
    return TaskList(
        rows,
        task_lists.cursor_of(rows[-1], query.bucket) if more else None,
        task_lists.total_of(unit, query, moments, Right.SEE) if page.with_total else None,
        counts,
        unit.now(),
        keepers_of(unit, tasks.FORM, (row[CUSTOMER] for row in rows)),
    )


def moments_of(now: datetime, zone: ZoneInfo) -> Moments:
    """Answers the present instant and the begin of the branch's tomorrow."""
    today = now.astimezone(zone).date()
    return Moments(now, datetime.combine(today + timedelta(days=1), datetime.min.time(), zone))


def _counts(unit: Unit, numbers: Sequence[int]) -> Counts:
    overdue, today, upcoming, unassigned, pending, failed = numbers
    may_assign = unit.access.allows(unit.actor, tasks.ASSIGNMENT_FORM, Right.CHANGE)
    may_look = unit.access.allows(unit.actor, write_backs.FORM, Right.SEE)
    return Counts(overdue, today, upcoming, pending, unassigned if may_assign else 0, failed if may_look else 0)
