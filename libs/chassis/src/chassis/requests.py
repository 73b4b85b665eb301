"""Requests answered once: the same request id again returns the first answer, with other content it is refused (AIP-155)."""

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from chassis.errors import InvalidField, RequestIdReused

if TYPE_CHECKING:
    from chassis.database import Unit


def first_answer(unit: "Unit", call: str, request_id: str, content: str) -> str | None:
    """Answers what the first request of this id was answered, or None when it is new.

    Raises `RequestIdReused` when the id came with other content, `InvalidField` when it is missing or too long.
    """
    if not 1 <= len(request_id) <= 64:
        raise InvalidField("request_id", "REQUEST_ID_MISSING", maximum="64")
    table = unit.plumbing.requests
    row = unit.session.execute(
        select(table.c.content_hash, table.c.answer).where(
            table.c.actor_id == unit.actor.id, table.c.call == call, table.c.request_id == request_id
        )
    ).first()
    if row is None:
        return None
    if row.content_hash != _hash(content):
        raise RequestIdReused(request_id=request_id)
    return row.answer or ""


def remember(unit: "Unit", call: str, request_id: str, content: str, answer: str) -> None:
    """Keeps the answer beside its effect, in the same transaction. Two at once: the second fails on the key and is retried."""
    unit.session.execute(
        insert(unit.plumbing.requests).values(
            actor_id=unit.actor.id,
            call=call,
            request_id=request_id,
            content_hash=_hash(content),
            answer=answer,
            answered_at=unit.now(),
        )
    )


def _hash(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()
