"""Lists and counts of tasks: only the columns a list shows, no entities, one statement each."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select

from chassis.database import Unit
from chassis.errors import InvalidField
from chassis.paging import Page
from dispatch.domain.words import WriteBackState
from dispatch.storage.sql import epoch, id_text
from dispatch.storage.tables import tasks
from dispatch.storage.tasks import FORM, WHOSE, known_id

t = tasks.c


class Bucket(IntEnum):
    """Which tasks; the numbers are the contract's."""

    ALL = 0
    TODO = 1
    OVERDUE = 2
    TODAY = 3
    UPCOMING = 4
    UNASSIGNED = 5
    ENDED = 6


@dataclass(frozen=True)
class TaskQuery:
    """What a list is asked for; empty means everything in reach."""

    bucket: int = Bucket.ALL
    mine: bool = False
    kinds: tuple[str, ...] = ()
    customer_id: str = ""
    owner_number: str = ""
    bureau_id: str = ""
    community_id: str = ""
    query: str = ""
    source: str = ""


@dataclass(frozen=True)
class Moments:
    """The instant of the question, and when the branch's tomorrow begins."""

    now: datetime
    tomorrow: datetime


LIST_COLUMNS = (
    id_text(t.id),
    t.version,
    t.kind,
    t.title,
    t.source,
    t.external_id,
    id_text(t.customer_id),
    t.customer_name,
    id_text(t.bureau_id),
    id_text(t.community_id),
    t.owner_number,
    t.priority,
    epoch(t.due_at),
    t.state,
    t.write_back,
    t.occasion_on,
    t.placement,
    t.place,
    t.result_code,
    epoch(t.created_at),
    epoch(t.ended_at),
    t.seat_number,
)
ID, DUE, ENDED = 0, 12, 20  # places of the cursor's values among them


def page_of(unit: Unit, query: TaskQuery, moments: Moments, see: int, page: Page) -> list[Any]:
    """Answers one row more than the page holds when there is another page."""
    where = [*_scope(unit, query, see), *_bucket(query.bucket, moments)]
    ended = query.bucket == Bucket.ENDED
    if page.after is not None:
        where.append(_after(page.after, newest_first=ended))
    order = (t.ended_at.desc(), t.id.desc()) if ended else (t.due_at, t.id)
    question: Any = select(*LIST_COLUMNS).where(*where).order_by(*order).limit(page.size + 1)
    rows: Any = unit.session.execute(question)
    return rows.all()


def cursor_of(row: Any, bucket: int) -> tuple[int, str]:
    """Answers the values a cursor holds for the last row of a page."""
    return (row[ENDED] if bucket == Bucket.ENDED else row[DUE]), row[ID]


def total_of(unit: Unit, query: TaskQuery, moments: Moments, see: int) -> int:
    """Answers how many rows the list has in all."""
    where = [*_scope(unit, query, see), *_bucket(query.bucket, moments)]
    return unit.session.scalar(select(func.count()).select_from(tasks).where(*where)) or 0


def counts_of(unit: Unit, query: TaskQuery, moments: Moments, see: int) -> Any:
    """Answers overdue, today, upcoming, unassigned, pending and failed write-backs, over the rows the list would show."""
    scope = _scope(unit, query, see)
    overdue, today = t.due_at < moments.now, t.due_at < moments.tomorrow

    def number(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    def written(state: WriteBackState) -> Any:
        return select(func.count()).select_from(tasks).where(t.write_back == state, *scope).scalar_subquery()

    return unit.session.execute(
        select(
            number(overdue),
            number(and_(today, t.due_at >= moments.now)),
            number(t.due_at >= moments.tomorrow),
            number(t.owner_number.is_(None)),
            written(WriteBackState.PENDING),
            written(WriteBackState.FAILED),
        ).where(t.ended_at.is_(None), *scope)
    ).one()


def _scope(unit: Unit, query: TaskQuery, see: int) -> list[ColumnElement[bool]]:
    where = [unit.rows(FORM, see, WHOSE)]
    if query.mine:
        where.append(or_(t.owner_number == unit.actor.id, t.seat_number == unit.actor.id))
    if query.kinds:
        where.append(t.kind.in_(query.kinds))
    if query.owner_number:
        where.append(t.owner_number == query.owner_number)
    if query.source:
        where.append(t.source == query.source)
    if query.query:
        parts = (
            t.title.icontains(query.query, autoescape=True),
            t.customer_name.icontains(query.query, autoescape=True),
        )
        where.append(or_(t.external_id == query.query, *parts))
    for column, wanted in (
        (t.customer_id, query.customer_id),
        (t.bureau_id, query.bureau_id),
        (t.community_id, query.community_id),
    ):
        if wanted:
            where.append(column == wanted if known_id(wanted) else false())
    return where


def _bucket(bucket: int, moments: Moments) -> list[ColumnElement[bool]]:
    waiting = t.ended_at.is_(None)
    conditions: dict[int, list[ColumnElement[bool]]] = {
        Bucket.TODO: [waiting],
        Bucket.OVERDUE: [waiting, t.due_at < moments.now],
        Bucket.TODAY: [waiting, t.due_at >= moments.now, t.due_at < moments.tomorrow],
        Bucket.UPCOMING: [waiting, t.due_at >= moments.tomorrow],
        Bucket.UNASSIGNED: [waiting, t.owner_number.is_(None)],
        Bucket.ENDED: [t.ended_at.is_not(None)],
    }
    return conditions.get(bucket, [])


def _after(values: tuple[Any, ...], *, newest_first: bool) -> ColumnElement[bool]:
    if len(values) != 2 or not isinstance(values[0], int) or not known_id(str(values[1])):
        raise InvalidField("page.cursor", "CURSOR_INVALID")
    at, last = datetime.fromtimestamp(values[0], UTC), str(values[1])
    # The first condition is implied by the second; it lets the walk begin at the right place of the index.
    if newest_first:
        return and_(t.ended_at <= at, or_(t.ended_at < at, t.id < last))
    return and_(t.due_at >= at, or_(t.due_at > at, t.id > last))
