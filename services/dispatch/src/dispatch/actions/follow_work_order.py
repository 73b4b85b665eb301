"""A work order follows its tasks: called by every action that moves one.

Tasks are always locked before their order, so no two changes wait for each other.
"""

from chassis.database import Unit
from dispatch.domain.task_record import TaskRecord
from dispatch.domain.work_order import OrderState
from dispatch.storage import work_orders


def follow_work_order(unit: Unit, task: TaskRecord) -> None:
    """Gives the order of a task the state its items have now."""
    if task.work_order_id is not None:
        follow(unit, task.work_order_id)


def follow(unit: Unit, order_id: str) -> None:
    """Gives an order the state its items have now."""
    order = work_orders.locked(unit, order_id)
    if order is None:
        return
    unit.session.flush()
    states = [OrderState(item.state) for item in work_orders.view(unit, order).items]
    was = order.follow(states, unit.now())
    if was is not None:
        unit.trace(work_orders.FORM, order.id, "state", was, order.state)
