"""Announces what happened to tasks, with who keeps their customers: live updates reach them by the same rules as lists."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chassis.database import Unit
from dispatch.storage import copies

Keepers = Mapping[str, tuple[str, ...]]


def keepers_of_all(unit: Unit, customer_ids: Iterable[str | None]) -> Keepers:
    """Answers who keeps these customers, in one question; one the branch does not know is nobody's."""
    wanted = sorted({each for each in customer_ids if each})
    found = copies.customers(unit, wanted) if wanted else {}
    return {
        customer_id: tuple(number for number in (copy.owner_number, copy.seat_number) if number)
        for customer_id, copy in found.items()
    }


def announce(unit: Unit, *events: Any) -> None:
    """Records facts about tasks; asks once for all of them who keeps their customers."""
    announce_known(unit, events, keepers_of_all(unit, (event.task.customer_id for event in events)))


def announce_known(unit: Unit, events: Sequence[Any], keepers: Keepers) -> None:
    """Records facts about tasks whose customers' keepers are known."""
    for event in events:
        kept_by = keepers.get(event.task.customer_id or "")
        unit.record(replace(event, keepers=kept_by) if kept_by is not None else event)
