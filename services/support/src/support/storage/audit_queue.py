"""What waits to be chained. Any action of support records in its own transaction by `queue`."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, insert, select

from chassis.database import Unit as Work
from chassis.sql import pieces
from support.domain.audit import AuditKind, AuditNote
from support.storage.audit_tables import audit_queue

_LENGTHS = {"staff_number": 64, "name": 120, "ip": 64, "device": 80, "form": 64, "record_id": 64, "detail": 300}


def queue(work: Work, *notes: AuditNote) -> None:
    """Record; the entries get their place in the chain a moment after this transaction is committed."""
    if notes:
        work.session.execute(insert(audit_queue), [_row(work, note) for note in notes])


def queue_own(work: Work, kind: AuditKind, *, form: str = "", record_id: str = "", detail: str = "") -> None:
    """Record what the caller of this action does now."""
    actor = work.actor
    note = AuditNote(
        kind, actor.id, work.now(), name=actor.name, ip=actor.ip, form=form, record_id=record_id, detail=detail
    )
    queue(work, note)


def waiting(work: Work, most: int) -> Sequence[tuple[str, AuditNote]]:
    """Answer what waits, oldest first, with its ids."""
    rows = work.session.execute(select(audit_queue).order_by(audit_queue.c.id).limit(most))
    return [
        (
            row.id,
            AuditNote(
                kind=AuditKind(row.kind),
                at=row.at,
                **{name: getattr(row, name) or "" for name in _LENGTHS},
            ),
        )
        for row in rows
    ]


def take_off(work: Work, ids: Iterable[str]) -> None:
    """Forget what was chained."""
    for some in pieces(list(ids)):
        work.session.execute(delete(audit_queue).where(audit_queue.c.id.in_(some)))


def _row(work: Work, note: AuditNote) -> dict[str, object]:
    cut = {name: clean(getattr(note, name))[:length] or None for name, length in _LENGTHS.items()}
    return {"id": work.new_id(), "kind": str(note.kind), "at": note.at, **cut}


def clean(text: str) -> str:
    """Answer a text without what a database or a line of a file cannot hold; it may come from anybody's keyboard."""
    return "".join(letter for letter in text if letter.isprintable()).strip()
