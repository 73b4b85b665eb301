"""Tasks that follow the organisation: set by set into another bureau, batch by batch to a successor."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, insert, literal, null, or_, select, update

from chassis.database import Unit
from chassis.sql import any_of, fresh_id, id_text
from dispatch.domain.task import Task
from dispatch.storage.tables import customer_copies, plumbing, tasks
from dispatch.storage.tasks import FORM

t = tasks.c
Condition = ColumnElement[bool]


def of_community(community_id: str, bureau_id: str) -> Condition:
    """The tasks of a community that are still in another bureau, those that ended too: who may see them follows."""
    return and_(t.community_id == community_id, or_(t.bureau_id.is_(None), t.bureau_id != bureau_id))


def of_bureau(bureau_id: str) -> Condition:
    """The tasks of a bureau."""
    return t.bureau_id == bureau_id


def put_in_bureau(unit: Unit, condition: Condition, bureau_id: str, cause: str) -> None:
    """Write the bureau of tasks, with a line of history for each: two statements, however many tasks."""
    changes, actor = plumbing.changes.c, unit.actor
    values: dict[str, Any] = {
        "id": fresh_id(),
        "changed_at": literal(unit.now(), changes.changed_at.type),
        "actor_kind": literal(actor.kind),
        "actor_id": literal(actor.id),
        "actor_name": literal(actor.name or None, changes.actor_name.type),
        "actor_ip": literal(actor.ip or None, changes.actor_ip.type),
        "form": literal(FORM),
        "record_id": t.id,
        "root_id": t.id,
        "field": literal("bureau_id"),
        "old_value": id_text(t.bureau_id),
        "new_value": literal(bureau_id),
        "cause": literal(cause) if cause else null(),
    }
    connection = unit.session.connection()
    connection.execute(insert(plumbing.changes).from_select(list(values), select(*values.values()).where(condition)))
    connection.execute(update(tasks).where(condition).values(bureau_id=bureau_id, version=t.version + 1))


def put_copies_in_bureau(unit: Unit, community_id: str, bureau_id: str) -> None:
    """Write the bureau of the copies of a community's customers; the archive's own word on each follows."""
    c = customer_copies.c
    unit.session.connection().execute(
        update(customer_copies).where(c.community_id == community_id).values(bureau_id=bureau_id)
    )


def copies_left_in(unit: Unit, bureau_id: str, into_id: str) -> None:
    """Write another bureau wherever this one is left in the copies."""
    c = customer_copies.c
    unit.session.connection().execute(update(customer_copies).where(c.bureau_id == bureau_id).values(bureau_id=into_id))


def open_of(unit: Unit, staff_number: str, community_ids: Sequence[str], most: int) -> list[Task]:
    """Answer some of the tasks not ended that somebody keeps, for a change."""
    # Two steps: Oracle locks no rows of a question that is cut off.
    condition = _kept_by(staff_number, community_ids)
    ids = list(unit.session.scalars(select(t.id).where(condition).order_by(t.id).limit(most)))
    question = select(Task).where(t.id.in_(ids), condition).order_by(t.id).with_for_update()
    return list(unit.session.scalars(question)) if ids else []


def _kept_by(staff_number: str, community_ids: Sequence[str]) -> Condition:
    keeps = and_(t.ended_at.is_(None), or_(t.owner_number == staff_number, t.seat_number == staff_number))
    if not community_ids:
        return keeps
    return and_(keeps, any_of(t.community_id, community_ids))
