"""Announces what happened to a task, with who keeps its customer: live updates reach them by the same rules as lists."""

from dataclasses import replace
from typing import Any

from chassis.database import Unit
from dispatch.storage import copies


def announce(unit: Unit, event: Any) -> None:
    """Records a fact about a task. What is about no customer the branch knows is nobody's customer's."""
    customer_id = event.task.customer_id
    copy = copies.customers(unit, [customer_id]).get(customer_id) if customer_id else None
    if copy is not None:
        event = replace(event, keepers=tuple(number for number in (copy.owner_number, copy.seat_number) if number))
    unit.record(event)
