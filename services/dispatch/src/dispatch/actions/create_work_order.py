"""Take work orders of an external system in: their items become tasks, row by row, once.

Orders that come close together are written together (rpc/intake.py); each is judged and answered on its own.
"""

import hashlib
import json
from collections.abc import Sequence
from contextvars import Context, copy_context
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

from chassis.database import Unit
from chassis.errors import Denied, InvalidField, is_refusal
from dispatch.actions.announce import Keepers, announce_known, keepers_of_all
from dispatch.actions.order_document import read_document
from dispatch.actions.traces import trace_created
from dispatch.domain.branch import Branch
from dispatch.domain.errors import ExternalIdReused
from dispatch.domain.events import TaskCreated
from dispatch.domain.intake import Draft, IntakeFacts, ItemInput, Refused, read_items
from dispatch.domain.task import Placement, Task
from dispatch.domain.words import LOOKUP_UNAVAILABLE, Right, TaskState
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


@dataclass(frozen=True)
class Submitted:
    """An order as it was handed in, who is answerable for each of its items, and the context of the call: it carries the trace."""

    new: NewOrder
    placements: Sequence[Placement]
    context: Context


@dataclass(frozen=True)
class _Made:
    """An order that is new, not yet written."""

    order: WorkOrder
    answers: Sequence[Draft | Refused]
    rows: Sequence[Task | None]

    @property
    def tasks(self) -> list[Task]:
        """The tasks of the items that were accepted."""
        return [task for task in self.rows if task is not None]

    def items(self) -> list[dict[str, Any]]:
        """The rows of the items."""
        pairs = zip(self.answers, self.rows, strict=True)
        return [_item(self.order, position, answer, task) for position, (answer, task) in enumerate(pairs)]

    def taken(self) -> Taken:
        """The answer."""
        views = [_view(task, answer) for task, answer in zip(self.rows, self.answers, strict=True)]
        return Taken(OrderView(self.order, views), repeated=False)


def create_work_order(unit: Unit, new: NewOrder, placements: Sequence[Placement], branch: Branch) -> Taken:
    """Takes an order in. `placements` holds who is answerable for each item, looked up before this transaction."""
    (answer,) = create_work_orders(unit, [Submitted(new, placements, copy_context())], branch)
    if isinstance(answer, Exception):
        raise answer
    return answer


def create_work_orders(unit: Unit, submitted: Sequence[Submitted], branch: Branch) -> list[Taken | Exception]:
    """Takes orders of one system in, no two under the same number: one statement a table, one answer or refusal an order."""
    if not unit.access.sees(unit.actor, work_orders.FORM, Right.CREATE, owners=(unit.actor.id,)):
        # An order is its system's own: rules that reach none of those let nothing be handed in.
        raise Denied(form=work_orders.FORM)
    numbers = [each.new.external_id for each in submitted if each.new.external_id]
    known = work_orders.by_external_ids(unit, unit.actor.id, numbers)
    keepers = keepers_of_all(unit, (place.customer_id for each in submitted for place in each.placements))
    answers = [_judged(unit, each, known.get(each.new.external_id), branch, keepers) for each in submitted]
    made = [answer for answer in answers if isinstance(answer, _Made)]
    work_orders.add(unit, [each.order for each in made], [item for each in made for item in each.items()])
    tasks.add(unit, [task for each in made for task in each.tasks])
    return [answer.taken() if isinstance(answer, _Made) else answer for answer in answers]


def _judged(
    unit: Unit, each: Submitted, known: WorkOrder | None, branch: Branch, keepers: Keepers
) -> _Made | Taken | Exception:
    try:
        # What is recorded meanwhile goes on in the trace of this order's own call.
        return each.context.copy().run(_judge, unit, each, known, branch, keepers)
    except Exception as error:
        if not is_refusal(error):
            raise
        return cast("Exception", error)


def _judge(unit: Unit, each: Submitted, known: WorkOrder | None, branch: Branch, keepers: Keepers) -> _Made | Taken:
    new = each.new
    _check(new)
    attributes = read_document(new.document_json)
    content = _hash(new)
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
    answers = read_items(new.items, [_facts(unit, place, branch) for place in each.placements])
    rows = [_row(unit, order, place, answer) for answer, place in zip(answers, each.placements, strict=True)]
    order.state = order_state([OrderState.ACKNOWLEDGED if task else OrderState.REJECTED for task in rows])
    made = _Made(order, answers, rows)
    if not made.tasks:
        order.completed_at = unit.now()
    for task in made.tasks:
        trace_created(unit, task, cause=order.id)
    announce_known(unit, [TaskCreated(task) for task in made.tasks], keepers)
    return made


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
