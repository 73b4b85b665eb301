"""Start writing an outcome back: a consumer of our own events, so that an outcome can never be without its answer."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.database import Unit
from chassis.telemetry import traceparent
from dispatch.actions.settle_write_back import show_on_task
from dispatch.domain.task import owes_answer
from dispatch.domain.task_record import TaskRecord
from dispatch.domain.words import Doer
from dispatch.domain.write_back import NOT_CONFIGURED, WriteBack
from dispatch.storage import tasks, write_backs


@dataclass(frozen=True)
class Outcome:
    """A task ended."""

    task_id: str
    outcome: str
    by: Doer
    at: datetime
    reason: str = ""


def start_write_back(unit: Unit, outcome: Outcome, systems: Collection[str]) -> None:
    """Queues the answer to the system the task came from; `systems` are those we know an address of."""
    task = tasks.locked(unit, outcome.task_id)
    if task is None or not owes_answer(task, outcome.by):
        return
    sequence = write_backs.next_sequence(unit, task.id)
    write_back = WriteBack(
        id=unit.new_id(),
        task_id=task.id,
        system=task.source,
        external_id=task.external_id or "",
        outcome=outcome.outcome,
        body_json=json.dumps(body(task, outcome, sequence), ensure_ascii=False),
        sequence=sequence,
        created_at=unit.now(),
        started_at=unit.now(),
        next_attempt_at=unit.now(),
        traceparent=traceparent() or None,
    )
    if task.source not in systems:
        write_back.fail(NOT_CONFIGURED, unit.now(), 0)
    write_backs.add(unit, write_back)
    if write_back.settled:
        show_on_task(unit, write_back)


def body(task: TaskRecord, outcome: Outcome, sequence: int) -> dict[str, Any]:
    """Answers what the older system is told (README: write-back)."""
    told: dict[str, Any] = {
        "externalId": task.external_id,
        "itemId": task.item_id,
        "taskId": task.id,
        "sequence": sequence,
        "outcome": outcome.outcome,
        "at": outcome.at.isoformat(),
        "by": {"id": outcome.by.id, "name": outcome.by.name},
    }
    if outcome.outcome == "completed":
        told |= {"resultCode": task.result_code, "result": json.loads(task.result_json or "{}")}
    else:
        told["reason"] = outcome.reason
    return told
