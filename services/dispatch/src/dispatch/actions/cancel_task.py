"""Cancel a task with a reason."""

from chassis.database import Unit
from dispatch.actions.announce import announce
from dispatch.actions.doer import doer
from dispatch.actions.follow_work_order import follow_work_order
from dispatch.actions.traces import before, expect_version, trace_changes
from dispatch.domain.task import Task
from dispatch.domain.words import Right
from dispatch.storage import tasks


def cancel_task(unit: Unit, task_id: str, version: int, reason: str) -> Task:
    """Cancels a task the caller has seen in this version."""
    task = tasks.find(unit, task_id, tasks.FORM, Right.CHANGE, lock=True)
    expect_version(unit, task, version)
    cancel_locked(unit, task, reason)
    follow_work_order(unit, task)
    return task


def cancel_locked(unit: Unit, task: Task, reason: str, cause: str = "") -> None:
    """Cancels a task that is locked already, with trace and event; the caller sees to its work order."""
    was = before(task)
    event = task.cancel(doer(unit), unit.now(), reason)
    trace_changes(unit, task, was, cause)
    announce(unit, event)
