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

MOST_HISTORY = 200


@dataclass(frozen=True)
class TaskPage:
    """A task whole."""

    task: Task
    history: Sequence[Any]
    write_backs: Sequence[WriteBack]
    allowed: Sequence[str]


def get_task(unit: Unit, task_id: str) -> TaskPage:
    """Answers a task in reach."""
    task = tasks.find(unit, task_id, tasks.FORM, Right.SEE)
    records = [task.id, *([task.run_id] if task.run_id else [])]
    return TaskPage(
        task,
        tasks.history(unit, records, MOST_HISTORY),
        write_backs.of_task(unit, task.id),
        [verb for verb in task.allowed(doer(unit)) if _granted(unit, task, verb)],
    )


def _granted(unit: Unit, task: Task, verb: str) -> bool:
    form = tasks.ASSIGNMENT_FORM if verb == "assign" else tasks.FORM
    owners = [number for number in (task.owner_number, task.seat_number) if number]
    return unit.access.sees(
        unit.actor,
        form,
        Right.CHANGE,
        owners=owners,
        community=task.community_id or "",
        bureau=task.bureau_id or "",
    )
