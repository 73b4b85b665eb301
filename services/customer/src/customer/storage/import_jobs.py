"""Questions asked of the import jobs."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, not_, or_, select, update

from chassis.access import RowColumns
from chassis.database import Unit
from chassis.leases import run_out
from chassis.paging import Page
from customer.domain.errors import RecordNotFound
from customer.domain.import_job import ImportJob, ImportState
from customer.storage.ids import is_id
from customer.storage.reach import SEE
from customer.storage.tables import import_jobs

# Renewed while a file is being loaded.
LEASE = timedelta(seconds=15)
FORM = "customer.import"
_SCOPE = RowColumns(owner=(import_jobs.c.actor_id,))


def job_within_reach(unit: Unit, job_id: str, action: int = SEE, *, lock: bool = False) -> ImportJob:
    """Answers an import the caller may see, locked for a change when asked."""
    if not is_id(job_id):
        raise RecordNotFound(form=FORM, id=job_id)
    question = select(ImportJob).where(import_jobs.c.id == job_id, unit.rows(FORM, action, _SCOPE))
    found = unit.session.scalars(question.with_for_update() if lock else question).first()
    if found is None:
        raise RecordNotFound(form=FORM, id=job_id)
    return found


def jobs_newest_first(unit: Unit, page: Page) -> tuple[Sequence[ImportJob], int | None]:
    """Answers a page of imports (one more than asked for when there are more) and, when asked, how many there are."""
    reach = unit.rows(FORM, SEE, _SCOPE)
    conditions: list[ColumnElement[bool]] = [reach]
    if page.after is not None:
        conditions.append(import_jobs.c.id < page.after[0])
    total = None
    if page.with_total:
        total = unit.session.scalar(select(func.count()).select_from(import_jobs).where(reach))
    found = select(ImportJob).where(*conditions).order_by(import_jobs.c.id.desc()).limit(page.size + 1)
    return unit.session.scalars(found).all(), total


def somebody_loads(unit: Unit) -> bool:
    """Tells whether a file is being loaded: one at a time."""
    held = and_(import_jobs.c.state == ImportState.RUNNING, not_(run_out(import_jobs.c.held_until, unit.now(), LEASE)))
    return unit.session.scalar(select(func.count()).select_from(import_jobs).where(held)) != 0


def next_in_line(unit: Unit) -> ImportJob | None:
    """Answers the oldest import that waits, or whose loader was killed."""
    waits = or_(
        import_jobs.c.state == ImportState.WAITING,
        and_(import_jobs.c.state == ImportState.RUNNING, run_out(import_jobs.c.held_until, unit.now(), LEASE)),
    )
    return unit.session.scalars(select(ImportJob).where(waits).order_by(import_jobs.c.id).limit(1)).first()


def hold(unit: Unit, job: ImportJob, holder: str, until: datetime) -> bool:
    """Takes an import for loading; False when somebody else was quicker."""
    same: Any = import_jobs.c.holder == job.holder if job.holder else import_jobs.c.holder.is_(None)
    taken = unit.session.execute(
        update(import_jobs)
        .where(import_jobs.c.id == job.id, import_jobs.c.state == job.state, same)
        .values(
            state=ImportState.RUNNING,
            holder=holder,
            held_until=until,
            attempts=import_jobs.c.attempts + 1,
            percent=0,
            read=0,
        )
    )
    return _rows(taken) == 1


def keep_hold(unit: Unit, job_id: str, holder: str, until: datetime, read: int, percent: int) -> bool:
    """Renews the hold and tells progress; False once the import was cancelled or taken over."""
    kept = unit.session.execute(
        update(import_jobs)
        .where(import_jobs.c.id == job_id, import_jobs.c.holder == holder, import_jobs.c.state == ImportState.RUNNING)
        .values(held_until=until, read=read, percent=percent)
    )
    return _rows(kept) == 1


def _rows(result: Any) -> int:
    return result.rowcount
