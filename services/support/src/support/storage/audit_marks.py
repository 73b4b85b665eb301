"""How far sources outside have been read."""

from datetime import datetime

from sqlalchemy import insert, select, update

from chassis.database import Unit as Work
from support.storage.audit_tables import audit_marks


def read_until(work: Work, source: str) -> datetime | None:
    """Answer how far a source was read."""
    return work.session.execute(select(audit_marks.c.read_until).where(audit_marks.c.source == source)).scalar()


def move_mark(work: Work, source: str, to: datetime) -> None:
    """Note how far a source was read; never back."""
    before = read_until(work, source)
    if before is None:
        work.session.execute(insert(audit_marks).values(source=source, read_until=to))
    elif before < to:
        work.session.execute(update(audit_marks).where(audit_marks.c.source == source).values(read_until=to))
