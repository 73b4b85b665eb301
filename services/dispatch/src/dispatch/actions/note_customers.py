"""Keep the copies of customers, and let waiting tasks follow a customer to the next owner."""

from collections.abc import Sequence
from typing import Any

from chassis.database import Unit
from dispatch.actions.announce import announce
from dispatch.actions.doer import doer
from dispatch.actions.traces import before, trace_changes
from dispatch.domain.copies import CustomerCopy
from dispatch.domain.task import Placement, Task
from dispatch.domain.words import PLACED_BY_ARCHIVE, PLACED_BY_HAND
from dispatch.storage import copies, tasks


def note_customers(unit: Unit, facts: Sequence[CustomerCopy]) -> None:
    """Takes facts about customers; an older one changes nothing."""
    known = copies.customers(unit, [fact.customer_id for fact in facts])
    kept = copies.keep_customers(unit, facts)
    moved = {
        fact.customer_id: fact
        for fact in kept
        if fact.customer_id not in known or _keepers(known[fact.customer_id]) != _keepers(fact)
    }
    if moved:
        # New customers too: a booking may have come, and got its task, before the customer it is for.
        _hand_over(unit, moved)


def _hand_over(unit: Unit, moved: dict[str, CustomerCopy]) -> None:
    said: list[Any] = []
    for task in tasks.waiting_of_customers(unit, list(moved)):
        fact = moved[task.customer_id or ""]
        if not _goes_over(task, fact):
            continue
        was = before(task)
        event = task.settle_owner(doer(unit), _placement(fact))
        trace_changes(unit, task, was)
        if event is not None:
            said.append(event)
    announce(unit, *said)


def _goes_over(task: Task, fact: CustomerCopy) -> bool:
    # What a person assigned by hand stays there; a customer without owner takes nothing away from the present one.
    by_hand = task.placement == PLACED_BY_HAND
    return not by_hand and fact.owner_number is not None and (task.owner_number, task.seat_number) != _keepers(fact)


def _placement(fact: CustomerCopy) -> Placement:
    return Placement(
        reason=PLACED_BY_ARCHIVE,
        owner_number=fact.owner_number,
        seat_number=fact.seat_number,
        customer_id=fact.customer_id,
        customer_name=fact.name,
        bureau_id=fact.bureau_id,
        community_id=fact.community_id,
    )


def _keepers(row: CustomerCopy) -> tuple[str | None, str | None]:
    return row.owner_number, row.seat_number
