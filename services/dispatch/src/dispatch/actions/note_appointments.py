"""Keep the copies of booked services; their tasks move, go or appear with them."""

from collections.abc import Sequence

from chassis.database import Unit
from dispatch.actions.announce import announce
from dispatch.actions.cancel_task import cancel_locked
from dispatch.actions.generate_tasks import Branch, generate_tasks
from dispatch.actions.traces import before, trace_changes
from dispatch.domain import titles
from dispatch.domain.copies import AppointmentCopy
from dispatch.domain.rules import APPOINTMENT
from dispatch.domain.task import Task
from dispatch.domain.words import TaskKind
from dispatch.storage import copies, tasks

BOOKING_CANCELLED = "预约已取消"


def note_appointments(unit: Unit, facts: Sequence[AppointmentCopy], branch: Branch) -> None:
    """Takes facts about bookings; an older one changes nothing."""
    kept = {fact.appointment_id: fact for fact in copies.keep_appointments(unit, facts)}
    if not kept:
        return
    for task in tasks.of_occasions(unit, APPOINTMENT, list(kept)):
        _follow(unit, task, kept[task.occasion_key or ""])
    coming = [fact.appointment_id for fact in kept.values() if not fact.cancelled]
    if coming:
        # A booking for today or tomorrow cannot wait for the next daily run.
        generate_tasks(unit, APPOINTMENT, None, branch, coming)


def _follow(unit: Unit, task: Task, fact: AppointmentCopy) -> None:
    if fact.cancelled:
        cancel_locked(unit, task, BOOKING_CANCELLED, cause=fact.appointment_id)
        return
    if (task.due_at, task.place) == (fact.starts_at, fact.place):
        return
    was = before(task)
    name = task.customer_name or ""
    words = titles.before_name(TaskKind(fact.kind)) + name + titles.after_name(fact.starts_words)
    event = task.move(fact.starts_at, fact.starts_on, words, fact.place)
    trace_changes(unit, task, was, cause=fact.appointment_id)
    announce(unit, event)
