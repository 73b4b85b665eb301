"""The history of records: who, when, from where, which field, old and new value. Append-only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, Table, select

from chassis.identity import Actor
from chassis.ids import new_id
from chassis.paging import Page


@dataclass(frozen=True)
class Trace:
    """One field of one record, changed once. `root_id` is the record whose page shows it."""

    form: str
    record_id: str
    root_id: str
    field: str
    old: str | None
    new: str | None
    cause: str = ""


def as_row(trace: Trace, actor: Actor, at: datetime) -> dict[str, object]:
    """Answers the row of the `changes` table for a trace."""
    return {
        "id": new_id(),
        "changed_at": at,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_name": actor.name or None,
        "actor_ip": actor.ip or None,
        "form": trace.form,
        "record_id": trace.record_id,
        "root_id": trace.root_id,
        "field": trace.field,
        "old_value": trace.old or None,
        "new_value": trace.new or None,
        "cause": trace.cause or None,
    }


def of_root(changes: Table, root_id: str, page: Page) -> Select[tuple[object, ...]]:
    """Asks for the changes shown with one record, newest first; the cursor is the id of the last change seen."""
    conditions: list[ColumnElement[bool]] = [changes.c.root_id == root_id]
    if page.after is not None:
        conditions.append(changes.c.id < page.after[0])
    return select(changes).where(*conditions).order_by(changes.c.id.desc()).limit(page.size + 1)


def since(changes: Table, record_id: str, seen_at: datetime | None, limit: int = 20) -> Select[tuple[object, ...]]:
    """Asks for what changed on one record, newest first, to tell the author of a stale save what they missed."""
    conditions: list[ColumnElement[bool]] = [changes.c.record_id == record_id]
    if seen_at is not None:
        conditions.append(changes.c.changed_at > seen_at)
    return select(changes).where(*conditions).order_by(changes.c.id.desc()).limit(limit)


Rows = Sequence[Row[tuple[object, ...]]]
