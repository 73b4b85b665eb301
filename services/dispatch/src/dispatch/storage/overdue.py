"""Tasks that passed their due time and of which nobody has been told yet; claimed in two steps."""

from sqlalchemy import select, update

from chassis.database import Unit
from dispatch.domain.task import Task
from dispatch.storage.tables import tasks

t = tasks.c


def unsaid(unit: Unit, limit: int) -> list[str]:
    """Answers ids of tasks to tell of, soonest due first."""
    question = (
        select(t.id)
        .where(t.ended_at.is_(None), t.due_at < unit.now(), t.overdue_said_at.is_(None))
        .order_by(t.due_at, t.id)
        .limit(limit)
    )
    return list(unit.session.scalars(question))


def claim(unit: Unit, task_id: str) -> Task | None:
    """Answers the task when telling of it has fallen to us, None when somebody else has or it has ended.

    The version stays: being told that a task is late must not make a save of it stale.
    """
    result = unit.session.connection().execute(
        update(tasks)
        .where(t.id == task_id, t.ended_at.is_(None), t.due_at < unit.now(), t.overdue_said_at.is_(None))
        .values(overdue_said_at=unit.now())
    )
    return unit.session.get(Task, task_id) if result.rowcount == 1 else None
