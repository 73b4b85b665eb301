"""Give a task to another owner, also one that could not be placed."""

from chassis.database import Unit
from dispatch.actions.announce import announce
from dispatch.actions.doer import doer
from dispatch.actions.follow_work_order import follow_work_order
from dispatch.actions.traces import before, expect_version, trace_changes
from dispatch.domain.errors import PersonUnknown
from dispatch.domain.task import Task
from dispatch.domain.words import Right
from dispatch.storage import tasks, work_orders


def assign_task(unit: Unit, task_id: str, version: int, owner_number: str) -> Task:
    """Assigns a task the caller has seen in this version."""
    task = tasks.find(unit, task_id, tasks.ASSIGNMENT_FORM, Right.CHANGE, lock=True)
    expect_version(unit, task, version)
    check_person(unit, owner_number)
    was = before(task)
    event = task.assign(doer(unit), owner_number)
    if task.work_order_id is not None:
        work_orders.looked_up(unit, task.id)
    trace_changes(unit, task, was)
    follow_work_order(unit, task)
    announce(unit, event)
    return task


def check_person(unit: Unit, staff_number: str) -> None:
    """Refuses somebody the branch does not know or who is gone."""
    person = unit.access.person(staff_number)
    if person is None or not person.active:
        raise PersonUnknown(field="owner_number", value=staff_number)
