"""Domain events → subject and protobuf payload."""

from collections.abc import Callable
from typing import Any

from crm.common.v1 import person_pb2
from crm.dispatch.v1 import dispatch_events_pb2 as pb
from crm.dispatch.v1 import dispatch_pb2

from chassis.database import Outgoing
from chassis.declarations import column_of
from dispatch.domain import events
from dispatch.domain.task_record import TaskRecord
from dispatch.domain.words import Doer
from dispatch.packing import moment, task_message

PREFIX = "crm.dispatch.task."
_SENSITIVE = tuple(each.name for each in dispatch_pb2.Task.DESCRIPTOR.fields if column_of(each).sensitivity)
_KEPT_BACK: tuple[Any, ...] = (*_SENSITIVE, "description", "result_json")
ACTOR_KINDS = {
    "person": person_pb2.Actor.KIND_PERSON,
    "system": person_pb2.Actor.KIND_SYSTEM,
    "service": person_pb2.Actor.KIND_SERVICE,
}


def encode(event: object) -> Outgoing:
    """Answers an event as it leaves."""
    word, entity_id, message = ENCODERS[type(event)](event)
    if not isinstance(message, pb.TasksGenerated):
        message.customer_keepers.extend(getattr(event, "keepers", ()))
    subject = f"{PREFIX}{word}.v1"
    return Outgoing(subject, message.SerializeToString(), message.DESCRIPTOR.full_name, entity_id)


Encoded = tuple[str, str, Any]


def _actor(by: Doer) -> person_pb2.Actor:
    return person_pb2.Actor(kind=ACTOR_KINDS[by.kind], id=by.id, name=by.name, ip=by.ip)


def _told(task: TaskRecord, *, overdue: bool = False) -> dispatch_pb2.Task:
    """A task as others hear of it. Where it is and what stands in it in words stays here: who may see that asks for it."""
    message = task_message(task, overdue=overdue)
    for name in _KEPT_BACK:
        message.ClearField(name)
    return message


def _created(event: events.TaskCreated) -> Encoded:
    return "created", event.task.id, pb.TaskCreated(task=_told(event.task))


def _generated(event: events.TasksGenerated) -> Encoded:
    message = pb.TasksGenerated(
        rule=event.rule, date=event.on.isoformat(), count=event.count, owner_numbers=event.owner_numbers
    )
    return "generated", event.run_id, message


def _assigned(event: events.TaskAssigned) -> Encoded:
    task = _told(event.task)
    return (
        "assigned",
        event.task.id,
        pb.TaskAssigned(task=task, previous_owner_number=event.previous_owner_number or ""),
    )


def _accepted(event: events.TaskAccepted) -> Encoded:
    return "accepted", event.task.id, pb.TaskAccepted(task=_told(event.task))


def _completed(event: events.TaskCompleted) -> Encoded:
    task = _told(event.task)
    return "completed", event.task.id, pb.TaskCompleted(task=task, by=_actor(event.by), at=moment(event.at))


def _cancelled(event: events.TaskCancelled) -> Encoded:
    task = _told(event.task)
    message = pb.TaskCancelled(task=task, by=_actor(event.by), at=moment(event.at), reason=event.reason)
    return "cancelled", event.task.id, message


def _moved(event: events.TaskMoved) -> Encoded:
    return "moved", event.task.id, pb.TaskMoved(task=_told(event.task))


def _overdue(event: events.TaskBecameOverdue) -> Encoded:
    return "overdue", event.task.id, pb.TaskBecameOverdue(task=_told(event.task, overdue=True))


def _written_back(event: events.TaskWrittenBack) -> Encoded:
    return "written-back", event.task.id, pb.TaskWrittenBack(task=_told(event.task))


ENCODERS: dict[type, Callable[[Any], Encoded]] = {
    events.TaskCreated: _created,
    events.TasksGenerated: _generated,
    events.TaskAssigned: _assigned,
    events.TaskAccepted: _accepted,
    events.TaskCompleted: _completed,
    events.TaskCancelled: _cancelled,
    events.TaskMoved: _moved,
    events.TaskBecameOverdue: _overdue,
    events.TaskWrittenBack: _written_back,
}
