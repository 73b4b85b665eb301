"""The chained entries and their days. Entries are added here and removed once archived; no statement changes one."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from chassis.database import Unit as Work
from support.domain.audit import FIELDS, GENESIS, AuditEntry, DayHead
from support.storage.audit_tables import audit_chain, audit_days, audit_entries

_ROWS_AT_ONCE = 2000
_ONE = 1


def lock_chain(work: Work) -> tuple[date | None, int, str]:
    """Take the end of the chain for this transaction: its day, how many entries that day has, and the last hash."""
    question = select(audit_chain).where(audit_chain.c.id == _ONE)
    row = work.session.execute(question.with_for_update()).first()
    if row is None:
        # Two at the very first moment: the second fails on the key and looks again.
        work.session.execute(insert(audit_chain).values(id=_ONE, sequence=0, head=GENESIS))
        return None, 0, GENESIS
    return row.day, row.sequence, row.head


def last_day(work: Work) -> date | None:
    """Answer the day the chain ends on, without keeping anybody from adding to it."""
    return work.session.execute(select(audit_chain.c.day).where(audit_chain.c.id == _ONE)).scalar()


def append(work: Work, entries: Sequence[AuditEntry], opening: str) -> None:
    """Add entries of one day at the end of the chain, which the caller has locked. `opening` is what a new day follows."""
    last = entries[-1]
    work.session.execute(insert(audit_entries), [_values(entry) for entry in entries])
    moved = {"entries": last.sequence, "head": last.hash}
    if entries[0].sequence == 1:
        work.session.execute(insert(audit_days).values(day=last.day, opening=opening, **moved))
    else:
        work.session.execute(update(audit_days).where(audit_days.c.day == last.day).values(**moved))
    work.session.execute(
        update(audit_chain).where(audit_chain.c.id == _ONE).values(day=last.day, sequence=last.sequence, head=last.hash)
    )


def day_heads(work: Work) -> list[DayHead]:
    """Answer every day, oldest first."""
    return [_head(row) for row in work.session.execute(select(audit_days).order_by(audit_days.c.day))]


def day_head(work: Work, day: date) -> DayHead | None:
    """Answer one day; None when nothing was chained on it."""
    row = work.session.execute(select(audit_days).where(audit_days.c.day == day)).first()
    return _head(row) if row is not None else None


def head_before(work: Work, day: date) -> str:
    """Answer the hash that a day must follow: the last one of the day before it."""
    rows = work.session.execute(
        select(audit_days.c.head).where(audit_days.c.day < day).order_by(audit_days.c.day.desc()).limit(1)
    )
    return rows.scalar() or GENESIS


def entries_of(work: Work, day: date) -> Iterator[AuditEntry]:
    """Yield the entries of a day in order, so many at a time that a big day fits."""
    last = -(1 << 62)
    while True:
        question = (
            select(audit_entries)
            .where(audit_entries.c.day == day, audit_entries.c.sequence > last)
            .order_by(audit_entries.c.sequence)
            .limit(_ROWS_AT_ONCE)
        )
        rows = work.session.execute(question).all()
        yield from (entry_of(row) for row in rows)
        if len(rows) < _ROWS_AT_ONCE:
            return
        last = rows[-1].sequence


def days_with_entries(work: Work) -> list[date]:
    """Answer the days that have entries, whatever is said of them elsewhere."""
    found: list[date] = []
    # One look into the index a day; grouping would read every entry of half a year.
    later = func.min(audit_entries.c.day)
    day = work.session.execute(select(later)).scalar()
    while day is not None:
        found.append(day)
        day = work.session.execute(select(later).where(audit_entries.c.day > day)).scalar()
    return found


def note_archived(work: Work, day: date, file_name: str, file_hash: str) -> None:
    """Note in which file a day is kept."""
    values = {"file_name": file_name, "file_hash": file_hash, "archived_at": work.now()}
    work.session.execute(update(audit_days).where(audit_days.c.day == day).values(**values))


def remove_archived(work: Work, day: date) -> int:
    """Remove the entries of a day whose file was verified; answers how many. The day's head stays."""
    done = work.session.execute(delete(audit_entries).where(audit_entries.c.day == day))
    work.session.execute(update(audit_days).where(audit_days.c.day == day).values(removed_at=work.now()))
    return done.rowcount  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportUnknownMemberType] - a DELETE answers a cursor


def entry_of(row: Row[Any]) -> AuditEntry:
    """Answer an entry; empty text is NULL in the database."""
    values: dict[str, Any] = {name: "" if (value := getattr(row, name)) is None else value for name in FIELDS}
    return AuditEntry(**values)


def _values(entry: AuditEntry) -> dict[str, object]:
    return {name: None if value == "" else value for name, value in asdict(entry).items()}


def _head(row: Row[Any]) -> DayHead:
    return DayHead(
        day=row.day,
        entries=row.entries,
        opening=row.opening,
        head=row.head,
        file_name=row.file_name or "",
        file_hash=row.file_hash or "",
        removed=row.removed_at is not None,
    )
