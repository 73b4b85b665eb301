"""Take a work order of an external system in: its items become tasks, row by row, once."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from chassis.database import Unit
from chassis.errors import InvalidField
from dispatch.actions.order_document import read_document
from dispatch.actions.traces import trace_created
from dispatch.domain.branch import Branch
from dispatch.domain.errors import ExternalIdReused
from dispatch.domain.events import TaskCreated
from dispatch.domain.intake import Draft, IntakeFacts, ItemInput, Refused, read_items
from dispatch.domain.task import Placement, Task
from dispatch.domain.words import LOOKUP_UNAVAILABLE, TaskState
from dispatch.domain.work_order import OrderState, WorkOrder, order_state
from dispatch.storage import tasks, work_orders
from dispatch.storage.work_orders import ItemView, OrderView

MOST_ITEMS = 500
LONGEST_EXTERNAL_ID = 100
OWNER_INACTIVE = "OWNER_INACTIVE"


@dataclass(frozen=True)
class NewOrder:
    """What the external system sent."""

    external_id: str
    document_json: str
    items: Sequence[ItemInput]


@dataclass(frozen=True)
class Taken:
    """The order, and whether it had been taken in before."""

    view: OrderView
    repeated: bool


def create_work_order(unit: Unit, new: NewOrder, placements: Sequence[Placement], branch: Branch) -> Taken:
    """Takes an order in. `placements` holds who is answerable for each item, looked up before this transaction."""
    _check(new)
    attributes = read_document(new.document_json)
    content = _hash(new)
    known = work_orders.by_external_id(unit, unit.actor.id, new.external_id) if new.external_id else None
    if known is not None:
        if known.content_hash != content:
            raise ExternalIdReused(external_id=new.external_id, id=known.id)
        return Taken(work_orders.view(unit, known), repeated=True)
    order = WorkOrder(
        id=unit.new_id(),
        source=unit.actor.id,
        external_id=new.external_id or None,
        document_json=new.document_json or "{}",
        content_hash=content,
        created_at=unit.now(),
        state_changed_at=unit.now(),
        **attributes,
    )
    answers = read_items(new.items, [_facts(unit, place, branch) for place in placements])
    rows = [_row(unit, order, place, answer) for answer, place in zip(answers, placements, strict=True)]
    _write(unit, order, answers, rows)
    return Taken(
        OrderView(order, [_view(task, answer) for task, answer in zip(rows, answers, strict=True)]), repeated=False
    )


def _check(new: NewOrder) -> None:
    if not 1 <= len(new.items) <= MOST_ITEMS:
        raise InvalidField("items", "ITEMS_OUT_OF_RANGE", minimum="1", maximum=str(MOST_ITEMS))
    if len(new.external_id) > LONGEST_EXTERNAL_ID:
        raise InvalidField("external_id", "TOO_LONG", maximum=str(LONGEST_EXTERNAL_ID))


def _hash(new: NewOrder) -> str:
    content = json.dumps([new.document_json, [asdict(item) for item in new.items]], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def _facts(unit: Unit, place: Placement, branch: Branch) -> IntakeFacts:
    response = branch.response(place.community_id or "", place.bureau_id or "")
    return IntakeFacts(unit.now(), branch.calendar_at(place.bureau_id), branch.zone, response)


def _row(unit: Unit, order: WorkOrder, placement: Placement, answer: Draft | Refused) -> Task | None:
    if isinstance(answer, Refused):
        return None
    placement = _active(unit, placement)
    return Task(
        id=unit.new_id(),
        kind=answer.kind,
        title=answer.title,
        source=order.source,
        external_id=order.external_id,
        work_order_id=order.id,
        item_id=answer.item.id or None,
        priority=answer.priority,
        due_at=answer.due_at,
        created_at=unit.now(),
        description=answer.item.description or None,
        place=answer.item.address or None,
        placement=placement.reason,
        owner_number=placement.owner_number,
        seat_number=placement.seat_number,
        customer_id=placement.customer_id,
        customer_name=placement.customer_name,
        bureau_id=placement.bureau_id,
        community_id=placement.community_id,
    )


def _active(unit: Unit, placement: Placement) -> Placement:
    # The archive may still name somebody who has left; the task then waits for a dispatcher.
    person = unit.access.person(placement.owner_number) if placement.owner_number else None
    if person is None or person.active:
        return placement
    return replace(placement, reason=OWNER_INACTIVE, owner_number=None)


def _write(unit: Unit, order: WorkOrder, answers: Sequence[Draft | Refused], rows: Sequence[Task | None]) -> None:
    made = [task for task in rows if task is not None]
    order.state = order_state([OrderState.ACKNOWLEDGED if task else OrderState.REJECTED for task in rows])
    if not made:
        order.completed_at = unit.now()
    items = [_item(order, n, answer, task) for n, (answer, task) in enumerate(zip(answers, rows, strict=True))]
    work_orders.add(unit, order, items)
    tasks.add(unit, made)
    for task in made:
        trace_created(unit, task, cause=order.id)
        unit.record(TaskCreated(task))


def _item(order: WorkOrder, position: int, answer: Draft | Refused, task: Task | None) -> dict[str, Any]:
    refused = answer if isinstance(answer, Refused) else None
    owed = task is not None and task.placement == LOOKUP_UNAVAILABLE
    return {
        "work_order_id": order.id,
        "position": position,
        "item_id": answer.item.id[:64] or None,
        "task_id": task.id if task else None,
        "reason": refused.reason if refused else None,
        "field": refused.field if refused else None,
        "value": refused.value or None if refused else None,
        "lookup_json": json.dumps(asdict(answer.item), ensure_ascii=False) if owed else None,
    }


def _view(task: Task | None, answer: Draft | Refused) -> ItemView:
    refused = answer if isinstance(answer, Refused) else None
    return ItemView(
        item_id=answer.item.id,
        accepted=task is not None,
        reason=(task.placement if task else refused.reason if refused else None) or "",
        field=refused.field if refused else "",
        value=refused.value if refused else "",
        task_id=task.id if task else "",
        state=work_orders.item_state(TaskState.OPEN if task else None),
        owner_number=(task.owner_number if task else None) or "",
    )
