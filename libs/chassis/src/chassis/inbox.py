"""An event's effect and the note that it happened are one transaction: whatever is delivered twice takes effect once."""

from typing import TYPE_CHECKING

from sqlalchemy import insert, select

if TYPE_CHECKING:
    from chassis.database import Unit


def once(unit: "Unit", consumer: str, event_id: str) -> bool:
    """Notes the event for this consumer; answers False when it was noted before.

    Two deliveries at the same moment: the second fails on the key, is looked at again and then answers False.
    """
    table = unit.plumbing.inbox
    seen = unit.session.execute(
        select(table.c.event_id).where(table.c.consumer == consumer, table.c.event_id == event_id)
    ).first()
    if seen is not None:
        return False
    unit.session.execute(insert(table).values(consumer=consumer, event_id=event_id, received_at=unit.now()))
    return True


def bury(unit: "Unit", consumer: str, event_id: str, subject: str, payload: bytes, headers: str, error: str) -> None:
    """Writes a dead letter: what could not be taken, and why, for an operator to look at."""
    unit.session.execute(
        insert(unit.plumbing.dead_letters).values(
            id=unit.new_id(),
            consumer=consumer,
            event_id=event_id,
            subject=subject,
            payload=payload,
            headers=headers,
            error=error[:1000],
            state="dead",
            received_at=unit.now(),
        )
    )
