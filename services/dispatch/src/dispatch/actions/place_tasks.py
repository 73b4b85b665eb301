"""Place tasks whose owner could not be looked up when they came in."""

import json
from collections.abc import Mapping
from typing import Any

from chassis.database import Unit
from dispatch.actions.announce import announce
from dispatch.actions.doer import doer
from dispatch.actions.traces import before, trace_changes
from dispatch.domain.intake import ItemInput
from dispatch.domain.task import Placement
from dispatch.domain.words import LOOKUP_UNAVAILABLE
from dispatch.storage import tasks, work_orders


def owed_lookups(unit: Unit, limit: int) -> dict[str, ItemInput]:
    """Answers what the owners of waiting tasks are to be looked up by."""
    waiting = tasks.unplaced(unit, LOOKUP_UNAVAILABLE, limit)
    return {task_id: ItemInput(**json.loads(text)) for task_id, text in work_orders.lookups(unit, waiting).items()}


def place_tasks(unit: Unit, placements: Mapping[str, Placement]) -> int:
    """Takes the answers of a later look-up; answers how many tasks found an owner."""
    placed: list[Any] = []
    for task_id in sorted(placements):
        task = tasks.locked(unit, task_id)
        if task is None or task.ended or task.placement != LOOKUP_UNAVAILABLE:
            continue
        was = before(task)
        event = task.settle_owner(doer(unit), placements[task_id])
        work_orders.looked_up(unit, task_id)
        trace_changes(unit, task, was)
        if event is not None:
            placed.append(event)
    announce(unit, *placed)
    return len(placed)
