"""Tasks by the thousand, for files, under the same conditions as the list that people look at."""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, and_, func, or_, select

from chassis.database import Unit
from dispatch.domain.task import Task
from dispatch.storage.reach import TASK_FORM, WHOSE
from dispatch.storage.tables import tasks
from dispatch.storage.task_lists import Moments, TaskQuery, conditions_of
from dispatch.storage.tasks import known_id


def count(unit: Unit, query: TaskQuery, moments: Moments, actions: Sequence[int]) -> int:
    """Answers how many tasks a filter finds where the caller may do all of these."""
    question = select(func.count()).select_from(tasks).where(*_where(unit, query, actions))
    return unit.session.scalar(question, vars(moments)) or 0


def pieces(
    unit: Unit, query: TaskQuery, moments: Moments, actions: Sequence[int], size: int
) -> Iterator[Sequence[Task]]:
    """Yields the tasks themselves, soonest due first."""
    t = tasks.c
    behind: list[ColumnElement[bool]] = []
    while True:
        question = select(Task).where(*_where(unit, query, actions), *behind).order_by(t.due_at, t.id).limit(size)
        found = list(unit.session.scalars(question, vars(moments)))
        if found:
            yield found
        if len(found) < size:
            return
        last = found[-1]
        behind = [and_(t.due_at >= last.due_at, or_(t.due_at > last.due_at, t.id > last.id))]
        unit.session.expunge_all()


def anyones(unit: Unit, record: str) -> Task | None:
    """Answers a task by id or external number, in reach or not: for who explains rules, never for who asks for a task."""
    wanted = tasks.c.id == record if known_id(record) else tasks.c.external_id == record
    return unit.session.scalars(select(Task).where(wanted).order_by(tasks.c.id).limit(1)).first()


def _where(unit: Unit, query: TaskQuery, actions: Sequence[int]) -> list[ColumnElement[bool]]:
    see, *further = actions
    return [*conditions_of(unit, query, see), *(unit.rows(TASK_FORM, action, WHOSE) for action in further)]
