"""An event's effect and the note that it happened are one transaction: whatever is delivered twice takes effect once."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

if TYPE_CHECKING:
    from datetime import datetime

    from chassis.database import Unit

DEAD = "dead"
"""State of a dead letter that waits for an operator."""


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


def bury(
    unit: "Unit",
    *,
    consumer: str,
    event_id: str,
    subject: str,
    payload: bytes,
    headers: str,
    error: str,
    tries: int,
    first_tried_at: "datetime",
) -> None:
    """Writes a dead letter: what could not be taken, and why, for an operator (dead_letters.py).

    One that lies there already, because the broker sent it again, is counted on and does not lie there twice.
    """
    table, now = unit.plumbing.dead_letters, unit.now()
    last = {"error": error[:1000], "tries": tries, "last_tried_at": now}
    mine = (table.c.consumer == consumer, table.c.event_id == event_id, table.c.state == DEAD)
    known: Any = unit.session.execute(update(table).where(*mine).values(**last))
    if known.rowcount:
        return
    unit.session.execute(
        insert(table).values(
            id=unit.new_id(),
            consumer=consumer,
            event_id=event_id,
            subject=subject,
            payload=payload,
            headers=headers,
            state=DEAD,
            received_at=now,
            first_tried_at=first_tried_at,
            **last,
        )
    )
