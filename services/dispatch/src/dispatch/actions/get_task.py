"""Answer one task with its history, what was written back, and what the caller may do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chassis.database import Unit
from dispatch.actions.doer import doer
from dispatch.domain.task import Task
from dispatch.domain.words import Right
from dispatch.domain.write_back import WriteBack
from dispatch.storage import tasks, write_backs
from dispatch.storage.reach import Keepers, facts_within, keepers_of

MOST_HISTORY = 200


@dataclass(frozen=True)
class TaskPage:
    """A task whole."""

    task: Task
    history: Sequence[Any]
    write_backs: Sequence[WriteBack]
    allowed: Sequence[str]
    keepers: Keepers


def get_task(unit: Unit, task_id: str) -> TaskPage:
    """Answers a task in reach."""
    task = tasks.find(unit, task_id, tasks.FORM, Right.SEE)
    records = [task.id, *([task.run_id] if task.run_id else [])]
    return TaskPage(
        task,
        tasks.history(unit, records, MOST_HISTORY),
        write_backs.of_task(unit, task.id),
        [verb for verb in task.allowed(doer(unit)) if _granted(unit, task, verb)],
        keepers_of(unit, tasks.FORM, [task.customer_id]),
    )


def _granted(unit: Unit, task: Task, verb: str) -> bool:
    form = tasks.ASSIGNMENT_FORM if verb == "assign" else tasks.FORM
    row = facts_within(unit, task, form)
    return unit.access.rights(unit.actor).sees(form, Right.CHANGE, row)
