"""Days that are old enough leave the database: the file first, verified and noted, then the rows."""

from datetime import date

from chassis.database import Unit as Work
from support.domain.audit import DayHead
from support.storage import audit_entries


def first_day_kept(today: date, months: int) -> date:
    """Answer the first day that stays: the first of a month, so that a month is kept or gone as a whole."""
    month = today.year * 12 + today.month - 1 - months
    return date(month // 12, month % 12 + 1, 1)


def days_to_archive(work: Work, before: date) -> list[DayHead]:
    """Answer the days before one whose entries are still in the database, oldest first."""
    return [head for head in audit_entries.day_heads(work) if head.day < before and not head.removed]


def still_there(work: Work, day: date) -> bool:
    """Tell whether a day's entries are in the database, and keep them there until this transaction ends."""
    audit_entries.lock_chain(work)
    head = audit_entries.day_head(work, day)
    return head is not None and not head.removed


def note_archived(work: Work, day: date, file_name: str, file_hash: str) -> None:
    """Note the file that a day is kept in."""
    audit_entries.note_archived(work, day, file_name, file_hash)


def remove_archived(work: Work, day: date) -> int:
    """Remove the entries of a day that is noted as archived; answers how many."""
    if not still_there(work, day):
        return 0
    head = audit_entries.day_head(work, day)
    if head is None or not head.file_hash:
        return 0
    return audit_entries.remove_archived(work, day)
