"""Write-backs: the queue of the worker, claimed in two steps, and the list operators look at."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from chassis import sql
from chassis.database import Unit
from chassis.errors import InvalidField, NotFound
from chassis.leases import run_out
from chassis.paging import Page
from dispatch.domain.words import WriteBackState
from dispatch.domain.write_back import LONGEST_PAUSE, WriteBack
from dispatch.storage.reach import WHOSE
from dispatch.storage.tables import tasks, write_backs
from dispatch.storage.tasks import known_id

FORM = "dispatch.write_back"
# As long as one try can take.
LEASE = timedelta(seconds=30)
w = write_backs.c


def add(unit: Unit, write_back: WriteBack) -> None:
    """Writes a new one down."""
    unit.session.add(write_back)


def next_sequence(unit: Unit, task_id: str) -> int:
    """Answers the place of the next write-back among those of its task."""
    return (unit.session.scalar(select(func.max(w.sequence)).where(w.task_id == task_id)) or 0) + 1


def of_task(unit: Unit, task_id: str) -> list[WriteBack]:
    """Answers the write-backs of a task, in order."""
    return list(unit.session.scalars(select(WriteBack).where(w.task_id == task_id).order_by(w.sequence)))


def find(unit: Unit, write_back_id: str, action: int) -> WriteBack:
    """Answers one within reach, for a change. Raises `NotFound` otherwise."""
    if known_id(write_back_id):
        reach = exists().where(tasks.c.id == w.task_id, unit.rows(FORM, action, WHOSE))
        question = select(WriteBack).where(w.id == write_back_id, reach).with_for_update()
        found = unit.session.scalars(question).first()
        if found is not None:
            return found
    raise NotFound(form=FORM, id=write_back_id)


def given_up(unit: Unit, before: str | None, size: int) -> list[WriteBack]:
    """Answers so many at most of those given up, newest first, with ids before one: for whoever answers for all of them."""
    where = [w.state == WriteBackState.FAILED, *([w.id < before] if before else [])]
    return list(unit.session.scalars(select(WriteBack).where(*where).order_by(w.id.desc()).limit(size)))


def count_given_up(connection: Connection) -> int:
    """Answers how many are given up."""
    return int(connection.execute(select(func.count()).where(w.state == WriteBackState.FAILED)).scalar_one())


def locked(unit: Unit, write_back_id: str) -> WriteBack | None:
    """Answers one for a change, whoever's task it belongs to."""
    return unit.session.scalars(select(WriteBack).where(w.id == write_back_id).with_for_update()).first()


def overtaken(unit: Unit, write_back: WriteBack) -> bool:
    """Tells whether a later one of the same task has been delivered."""
    later = (w.task_id == write_back.task_id, w.sequence > write_back.sequence, w.state == WriteBackState.DELIVERED)
    return unit.session.scalar(select(func.count()).select_from(write_backs).where(*later)) != 0


def leased(unit: Unit, write_back_id: str, lease: str) -> WriteBack | None:
    """Answers one for its outcome, as long as the lease is still the caller's."""
    question = select(WriteBack).where(w.id == write_back_id, w.lease == lease).with_for_update()
    return unit.session.scalars(question).first()


def page_of(unit: Unit, state: str, action: int, page: Page) -> tuple[list[WriteBack], int | None]:
    """Answers a page, newest first, with one row more when there is another page."""
    reach = exists().where(tasks.c.id == w.task_id, unit.rows(FORM, action, WHOSE))
    where = [reach, *([w.state == state] if state else [])]
    total = None
    if page.with_total:
        total = unit.session.scalar(select(func.count()).select_from(write_backs).where(*where)) or 0
    if page.after is not None:
        if len(page.after) != 1 or not known_id(str(page.after[0])):
            raise InvalidField("page.cursor", "CURSOR_INVALID")
        where.append(w.id < page.after[0])
    question = select(WriteBack).where(*where).order_by(w.id.desc()).limit(page.size + 1)
    return list(unit.session.scalars(question)), total


def due(unit: Unit, system: str, limit: int) -> list[str]:
    """Answers ids of write-backs to one system that may be tried now, never one whose task has an earlier one pending."""
    earlier = aliased(write_backs)
    free = run_out(w.leased_until, unit.now(), LEASE)
    # No pause is that long: the clock was set back, and nobody is to wait for it to catch up.
    skipped = w.next_attempt_at > unit.now() + timedelta(seconds=2 * LONGEST_PAUSE)
    time_has_come = or_(w.next_attempt_at <= unit.now(), skipped)
    blocked = exists().where(
        and_(earlier.c.task_id == w.task_id, earlier.c.sequence < w.sequence, earlier.c.state == WriteBackState.PENDING)
    )
    question = (
        select(w.id)
        .where(w.state == WriteBackState.PENDING, w.system == system, time_has_come, free, ~blocked)
        .order_by(w.next_attempt_at, w.id)
        .limit(limit)
    )
    return list(unit.session.scalars(question))


def claim(unit: Unit, ids: Sequence[str], lease: str, until: datetime) -> list[WriteBack]:
    """Takes what nobody else has taken meanwhile."""
    free = (w.state == WriteBackState.PENDING, run_out(w.leased_until, unit.now(), LEASE))
    mine = sql.claim(unit.session, write_backs, ids, free, {"lease": lease, "leased_until": until})
    return list(unit.session.scalars(select(WriteBack).where(w.id.in_(mine)))) if mine else []
