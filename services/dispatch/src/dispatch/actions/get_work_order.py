"""Answer a work order of the calling system."""

from chassis.database import Unit
from dispatch.domain.words import Right
from dispatch.storage import work_orders
from dispatch.storage.work_orders import OrderView


def get_work_order(unit: Unit, order_id: str) -> OrderView:
    """Answers an order in reach with its items."""
    return work_orders.view(unit, work_orders.find(unit, order_id, Right.SEE))
