"""A task as the contract has it; both doors use it: calls and events."""

from datetime import datetime
from typing import Any

from crm.dispatch.v1 import dispatch_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from dispatch.domain.task_record import TaskRecord
from dispatch.domain.words import TaskKind, TaskState, WriteBackState

KINDS: dict[str, Any] = {kind.value: pb.TaskKind.Value(f"TASK_KIND_{kind.name}") for kind in TaskKind}
KIND_WORDS: dict[int, str] = {number: word for word, number in KINDS.items()}
STATES: dict[str, Any] = {state.value: pb.TaskState.Value(f"TASK_STATE_{state.name}") for state in TaskState}
WRITE_BACKS: dict[str | None, Any] = {
    None: pb.WRITE_BACK_STATE_UNSPECIFIED,
    **{state.value: pb.WriteBackState.Value(f"WRITE_BACK_STATE_{state.name}") for state in WriteBackState},
}
WRITE_BACK_WORDS: dict[int, str] = {number: word for word, number in WRITE_BACKS.items() if word}


def moment(at: datetime | None) -> Timestamp | None:
    """An instant in the contract's form."""
    if at is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(at)
    return stamp


def task_message(task: TaskRecord, *, overdue: bool, owner_name: str = "") -> pb.Task:
    """A task whole."""
    # A missing text is None here and an empty one in the contract; the constructor takes None for that.
    fields: dict[str, Any] = {
        "id": task.id,
        "version": task.version,
        "kind": KINDS[task.kind],
        "title": task.title,
        "source": task.source,
        "external_id": task.external_id,
        "customer_id": task.customer_id,
        "customer_name": task.customer_name,
        "bureau_id": task.bureau_id,
        "community_id": task.community_id,
        "owner_number": task.owner_number,
        "owner_name": owner_name,
        "priority": task.priority,
        "due_at": moment(task.due_at),
        "state": STATES[task.state],
        "overdue": overdue,
        "write_back": WRITE_BACKS[task.write_back],
        "occasion_on": task.occasion_on.isoformat() if task.occasion_on else "",
        "placement": task.placement,
        "place": task.place,
        "description": task.description,
        "result_code": task.result_code,
        "result_json": task.result_json,
        "created_at": moment(task.created_at),
        "ended_at": moment(task.ended_at),
        "seat_number": task.seat_number,
    }
    return pb.Task(**fields)
