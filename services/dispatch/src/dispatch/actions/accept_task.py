"""Accept a task: its keeper says it will be done."""

from chassis.database import Unit
from dispatch.actions.announce import announce
from dispatch.actions.doer import doer
from dispatch.actions.follow_work_order import follow_work_order
from dispatch.actions.traces import before, expect_version, trace_changes
from dispatch.domain.task import Task
from dispatch.domain.words import Right
from dispatch.storage import tasks


def accept_task(unit: Unit, task_id: str, version: int) -> Task:
    """Accepts a task the caller has seen in this version."""
    task = tasks.find(unit, task_id, tasks.FORM, Right.CHANGE, lock=True)
    expect_version(unit, task, version)
    was = before(task)
    event = task.accept(doer(unit))
    trace_changes(unit, task, was)
    follow_work_order(unit, task)
    announce(unit, event)
    return task
