"""Single tasks: found within reach, locked for a change, written."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import select

from chassis.database import Unit
from chassis.errors import NotFound
from dispatch.domain.task import Task
from dispatch.domain.task_record import TaskRecord
from dispatch.storage.prepared import add_rows
from dispatch.storage.reach import TASK_FORM, WHOSE
from dispatch.storage.tables import plumbing, tasks

FORM = TASK_FORM
ASSIGNMENT_FORM = "dispatch.assignment"
_FIELDS = [field.name for field in fields(TaskRecord)]


def known_id(text: str) -> bool:
    """True for text that can be an id at all."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def find(unit: Unit, task_id: str, form: str, action: int, *, lock: bool = False) -> Task:
    """Answers a task within the caller's reach for `action`. Raises `NotFound` otherwise."""
    if known_id(task_id):
        question = select(Task).where(tasks.c.id == task_id, unit.rows(form, action, WHOSE))
        task = unit.session.scalars(question.with_for_update() if lock else question).first()
        if task is not None:
            return task
    raise NotFound(form=FORM, id=task_id)


def locked(unit: Unit, task_id: str) -> Task | None:
    """Answers a task for a change by ourselves, whoever may see it."""
    return unit.session.scalars(select(Task).where(tasks.c.id == task_id).with_for_update()).first()


def of_work_order(unit: Unit, order_id: str) -> list[Task]:
    """Answers the tasks of a work order for a change, in a fixed order so that two changes cannot lock each other out."""
    question = select(Task).where(tasks.c.work_order_id == order_id).order_by(tasks.c.id).with_for_update()
    return list(unit.session.scalars(question))


def of_occasions(unit: Unit, rule: str, occasion_keys: Sequence[str]) -> list[Task]:
    """Answers the tasks of these occasions that have not ended, for a change."""
    question = (
        select(Task)
        .where(tasks.c.rule == rule, tasks.c.occasion_key.in_(occasion_keys), tasks.c.ended_at.is_(None))
        .order_by(tasks.c.id)
        .with_for_update()
    )
    return list(unit.session.scalars(question))


def waiting_of_customers(unit: Unit, customer_ids: Sequence[str]) -> list[Task]:
    """Answers open tasks of these customers that nobody has accepted, for a change."""
    question = (
        select(Task)
        .where(tasks.c.customer_id.in_(customer_ids), tasks.c.ended_at.is_(None), tasks.c.state == "open")
        .order_by(tasks.c.id)
        .with_for_update()
    )
    return list(unit.session.scalars(question))


def add(unit: Unit, new: Iterable[TaskRecord]) -> None:
    """Writes new tasks in one statement."""
    add_rows(unit, tasks, [{name: getattr(task, name) for name in _FIELDS} for task in new])


def unplaced(unit: Unit, placement: str, limit: int) -> list[str]:
    """Answers ids of open tasks without an owner for the given reason, soonest due first."""
    question = (
        select(tasks.c.id)
        .where(tasks.c.owner_number.is_(None), tasks.c.ended_at.is_(None), tasks.c.placement == placement)
        .order_by(tasks.c.due_at, tasks.c.id)
        .limit(limit)
    )
    return list(unit.session.scalars(question))


def history(unit: Unit, record_ids: Sequence[str], limit: int) -> list[Any]:
    """Answers what happened to these records, newest first."""
    changes = plumbing.changes
    question = select(changes).where(changes.c.root_id.in_(record_ids)).order_by(changes.c.id.desc()).limit(limit)
    return list(unit.session.execute(question))
