"""Remove a work order whose tasks have all ended."""

from chassis.database import Unit
from dispatch.domain.errors import OrderHasOpenTasks
from dispatch.domain.words import Right
from dispatch.storage import tasks, work_orders


def delete_work_order(unit: Unit, order_id: str) -> None:
    """Removes an order of the calling system; its tasks stay as the branch's own record."""
    found = work_orders.find(unit, order_id, Right.DELETE).id
    waiting = [task for task in tasks.of_work_order(unit, found) if not task.ended]
    order = work_orders.find(unit, order_id, Right.DELETE, lock=True)
    if waiting:
        raise OrderHasOpenTasks(open=str(len(waiting)))
    work_orders.remove(unit, order)
    unit.trace(work_orders.FORM, order.id, "*", order.external_id, None)
