"""Lists and counts of tasks: only the columns a list shows, no entities, one statement each.

The home page asks these questions all day. Building and compiling a statement costs more than running it, so the finished
text is kept for each caller and question (storage/prepared.py); the moment asked for is a parameter of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, false, func, literal_column, or_, select, true

from chassis.columns import Id, Moment, Version
from chassis.database import Unit
from chassis.errors import InvalidField
from chassis.paging import Page
from chassis.sql import epoch, id_text
from dispatch.domain.words import WriteBackState
from dispatch.storage.prepared import run
from dispatch.storage.reach import WHOSE
from dispatch.storage.tables import tasks
from dispatch.storage.tasks import FORM, known_id

t = tasks.c
Scope = list[ColumnElement[bool]]


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
    id_text(t.id).label("id"),
    t.version,
    t.kind,
    t.title,
    t.source,
    t.external_id,
    id_text(t.customer_id).label("customer_id"),
    t.customer_name,
    id_text(t.bureau_id).label("bureau_id"),
    id_text(t.community_id).label("community_id"),
    t.owner_number,
    t.priority,
    epoch(t.due_at).label("due"),
    t.state,
    t.write_back,
    t.occasion_on,
    t.placement,
    t.place,
    t.result_code,
    epoch(t.created_at).label("created"),
    epoch(t.ended_at).label("ended"),
    t.seat_number,
)
ID, CUSTOMER, DUE, ENDED = 0, 6, 12, 20  # places among them of what is looked at again


# Written out: a parameter more is work in every call.
ONE, NONE = literal_column("1", Version), literal_column("0", Version)
# Not required while compiling: a list of values in the same statement (kinds, bureaus) makes the compiler ask for all of them.
NOW, TOMORROW = bindparam("now", required=False, type_=Moment), bindparam("tomorrow", required=False, type_=Moment)
AFTER_AT, AFTER_ID = (
    bindparam("after_at", required=False, type_=Moment),
    bindparam("after_id", required=False, type_=Id),
)


def page_of(unit: Unit, query: TaskQuery, moments: Moments, see: int, page: Page) -> Sequence[Any]:
    """Answers one row more than the page holds when there is another page."""
    after = _cursor(page.after) if page.after is not None else {}
    question = ("page", query, see, page.size, bool(after))
    return run(unit, question, lambda: _page(query, _scope(unit, query, see), page), {**vars(moments), **after})


def page_and_counts_of(
    unit: Unit, query: TaskQuery, moments: Moments, see: int, page: Page
) -> tuple[Sequence[Any], Any]:
    """Answers page and counts in one statement: every row carries the counts behind its own columns, an empty page too."""
    after = _cursor(page.after) if page.after is not None else {}
    question = ("page and counts", query, see, page.size, bool(after))

    def build() -> Any:
        scope, told = _scope(unit, query, see), _open(unit, see, "write_back")
        rows, counts = _page(query, scope, page).subquery("page"), _counts(scope, told).subquery("counts")
        columns = list(rows.c)
        order = (
            [columns[ENDED].desc(), columns[ID].desc()] if query.bucket == Bucket.ENDED else [columns[DUE], columns[ID]]
        )
        return select(*columns, *counts.c).select_from(counts.outerjoin(rows, true())).order_by(*order)

    found = run(unit, question, build, {**vars(moments), **after})
    return ([] if found[0][ID] is None else found), found[0][len(LIST_COLUMNS) :]


def _page(query: TaskQuery, scope: Scope, page: Page) -> Any:
    ended = query.bucket == Bucket.ENDED
    where = [*scope, *_bucket(query.bucket)]
    if page.after is not None:
        where.append(_behind(newest_first=ended))
    order = (t.ended_at.desc(), t.id.desc()) if ended else (t.due_at, t.id)
    return select(*LIST_COLUMNS).where(*where).order_by(*order).limit(page.size + 1)


def cursor_of(row: Any, bucket: int) -> tuple[int, str]:
    """Answers the values a cursor holds for the last row of a page."""
    return (row[ENDED] if bucket == Bucket.ENDED else row[DUE]), row[ID]


def total_of(unit: Unit, query: TaskQuery, moments: Moments, see: int) -> int:
    """Answers how many rows the list has in all."""

    def build() -> Any:
        return select(func.count()).select_from(tasks).where(*_scope(unit, query, see), *_bucket(query.bucket))

    return run(unit, ("total", query, see), build, vars(moments))[0][0]


def _counts(scope: Scope, told: Scope) -> Any:
    # Overdue, today, upcoming, unassigned, pending and failed write-backs, over the rows the list would show;
    # what was written back only where that column is open (`told`).

    def number(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, ONE), else_=NONE)), NONE)

    def written(state: WriteBackState) -> Any:
        where = (t.write_back == state, *scope, *told)
        return select(func.count()).select_from(tasks).where(*where).scalar_subquery()

    return select(
        number(t.due_at < NOW).label("overdue"),
        number(and_(t.due_at >= NOW, t.due_at < TOMORROW)).label("today"),
        number(t.due_at >= TOMORROW).label("upcoming"),
        number(t.owner_number.is_(None)).label("unassigned"),
        written(WriteBackState.PENDING).label("pending"),
        written(WriteBackState.FAILED).label("failed"),
    ).where(t.ended_at.is_(None), *scope)


def _scope(unit: Unit, query: TaskQuery, see: int) -> Scope:
    where = [unit.rows(FORM, see, WHOSE)]
    if query.mine:
        own = unit.access.own_numbers(unit.actor)
        mine = or_(_among(t.owner_number, own), _among(t.seat_number, own))
        # Who sees only their own needs no second word for it, nor the database.
        if not mine.compare(where[0]):
            where.append(mine)
    if query.kinds:
        where += [t.kind.in_(query.kinds), *_open(unit, see, "kind")]
    if query.owner_number:
        where.append(t.owner_number == query.owner_number)
    if query.source:
        where += [t.source == query.source, *_open(unit, see, "source")]
    if query.query:
        ways = (
            ("external_id", t.external_id == query.query),
            ("title", t.title.icontains(query.query, autoescape=True)),
            ("customer_name", t.customer_name.icontains(query.query, autoescape=True)),
        )
        where.append(or_(*(and_(condition, *_open(unit, see, column)) for column, condition in ways)))
    for column, wanted in (
        (t.customer_id, query.customer_id),
        (t.bureau_id, query.bureau_id),
        (t.community_id, query.community_id),
    ):
        if wanted:
            where.append(column == wanted if known_id(wanted) else false())
    return where


def _open(unit: Unit, see: int, column: str) -> list[ColumnElement[bool]]:
    """Answers the condition on tasks whose column is open in full: what is looked for by a value tells the value.

    None where it is open on every task, which is nearly always: a condition less to plan.
    """
    if unit.access.opens(unit.actor, FORM, column):
        return []
    return [unit.rows(FORM, see, WHOSE, column)]


def _among(column: ColumnElement[Any], values: Sequence[str]) -> ColumnElement[bool]:
    return column == values[0] if len(values) == 1 else column.in_(values)


def _bucket(bucket: int) -> list[ColumnElement[bool]]:
    waiting = t.ended_at.is_(None)
    conditions: dict[int, list[ColumnElement[bool]]] = {
        Bucket.TODO: [waiting],
        Bucket.OVERDUE: [waiting, t.due_at < NOW],
        Bucket.TODAY: [waiting, t.due_at >= NOW, t.due_at < TOMORROW],
        Bucket.UPCOMING: [waiting, t.due_at >= TOMORROW],
        Bucket.UNASSIGNED: [waiting, t.owner_number.is_(None)],
        Bucket.ENDED: [t.ended_at.is_not(None)],
    }
    return conditions.get(bucket, [])


def conditions_of(unit: Unit, query: TaskQuery, see: int) -> list[ColumnElement[bool]]:
    """Answers what a list goes by, for questions that are asked now and then; run with the `Moments` as parameters."""
    return [*_scope(unit, query, see), *_bucket(query.bucket)]


def _behind(*, newest_first: bool) -> ColumnElement[bool]:
    # The first condition is implied by the second; it lets the walk begin at the right place of the index.
    if newest_first:
        return and_(t.ended_at <= AFTER_AT, or_(t.ended_at < AFTER_AT, t.id < AFTER_ID))
    return and_(t.due_at >= AFTER_AT, or_(t.due_at > AFTER_AT, t.id > AFTER_ID))


def _cursor(values: tuple[Any, ...]) -> dict[str, Any]:
    if len(values) != 2 or not isinstance(values[0], int) or not known_id(str(values[1])):
        raise InvalidField("page.cursor", "CURSOR_INVALID")
    return {"after_at": datetime.fromtimestamp(values[0], UTC), "after_id": str(values[1])}
