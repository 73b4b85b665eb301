"""Change a work order: replace its document, or take it back."""

from dataclasses import dataclass

from chassis.database import Unit
from dispatch.actions.cancel_task import cancel_locked
from dispatch.actions.follow_work_order import follow
from dispatch.actions.order_document import read_document
from dispatch.domain.errors import FieldInvalid, StaleVersion
from dispatch.domain.words import Right
from dispatch.domain.work_order import OrderState, WorkOrder
from dispatch.storage import tasks, work_orders
from dispatch.storage.work_orders import OrderView

TAKEN_BACK = "来源系统已撤销"
LONGEST_REASON = 500


@dataclass(frozen=True)
class OrderChange:
    """What the external system asks for."""

    order_id: str
    version: int
    document_json: str
    state: str
    cancellation_reason: str


def update_work_order(unit: Unit, change: OrderChange) -> OrderView:
    """Changes an order of the calling system. Its items have become tasks: they are not changed by a new document."""
    if change.state not in ("", OrderState.CANCELLED):
        raise FieldInvalid("STATE_NOT_SETTABLE", "state", value=change.state)
    if len(change.cancellation_reason) > LONGEST_REASON:
        raise FieldInvalid("TOO_LONG", "cancellation_reason", maximum=str(LONGEST_REASON))
    waiting = [task for task in tasks.of_work_order(unit, _own(unit, change)) if not task.ended]
    order = work_orders.find(unit, change.order_id, Right.CHANGE, lock=True)
    if change.version not in (0, order.version):
        raise StaleVersion(version=str(order.version))
    if change.document_json:
        _replace(unit, order, change.document_json)
    if change.state and order.state != OrderState.CANCELLED:
        reason = change.cancellation_reason or TAKEN_BACK
        order.cancel(reason, unit.now())
        for task in waiting:
            cancel_locked(unit, task, reason, cause=order.id)
        follow(unit, order.id)
    unit.session.flush()
    return work_orders.view(unit, order)


def _own(unit: Unit, change: OrderChange) -> str:
    return work_orders.find(unit, change.order_id, Right.CHANGE).id


def _replace(unit: Unit, order: WorkOrder, document_json: str) -> None:
    if document_json == order.document_json:
        return
    attributes = read_document(document_json)
    unit.trace(work_orders.FORM, order.id, "document", order.document_json, document_json)
    order.document_json = document_json
    for name, value in attributes.items():
        setattr(order, name, value)
    order.version += 1
