"""Customers follow the organisation: into another bureau with their community, and to a successor."""

from dataclasses import replace

from chassis.database import Unit
from chassis.identity import Actor
from customer.domain.events import CustomerFacts, CustomersChanged
from customer.domain.organisation_events import Doer, UnitsMoved, WorkHandedOver
from customer.storage import following
from customer.storage.facts import customers_changed
from customer.storage.reach import CUSTOMER


def follow_units(unit: Unit, event: UnitsMoved) -> None:
    """Puts the customers of communities into their new bureau, and those a merger left over."""
    _act_for(unit, event.by)
    for community_id, bureau_id in event.communities.items():
        _move(unit, following.moved(community_id, bureau_id), bureau_id, event.cause)
    if event.ended_bureau_id:
        _move(unit, following.left_in(event.ended_bureau_id), event.into_bureau_id, event.cause)


def take_over(unit: Unit, event: WorkHandedOver) -> None:
    """Gives somebody's customers to a successor."""
    _act_for(unit, event.by)
    giver, taker = event.from_number, event.to_number
    for rows in following.batches(unit, following.kept_by(giver, event.community_ids)):
        following.give(unit, rows, giver, taker)
        known = customers_changed(rows).customers
        after = [
            replace(
                facts,
                version=facts.version + 1,
                owner_number=_instead(facts.owner_number, giver, taker),
                seat_number=_instead(facts.seat_number, giver, taker),
            )
            for facts in known
        ]
        _tell(unit, list(zip(known, after, strict=True)), event.cause)


def _move(unit: Unit, condition: following.Condition, bureau_id: str, cause: str) -> None:
    for rows in following.batches(unit, condition):
        following.put_in_bureau(unit, rows, bureau_id)
        known = customers_changed(rows).customers
        after = [replace(facts, version=facts.version + 1, bureau_id=bureau_id) for facts in known]
        _tell(unit, list(zip(known, after, strict=True)), cause)


def _tell(unit: Unit, changes: list[tuple[CustomerFacts, CustomerFacts]], cause: str) -> None:
    for before, after in changes:
        for field in ("bureau_id", "owner_number", "seat_number"):
            old, new = getattr(before, field), getattr(after, field)
            if old != new:
                unit.trace(CUSTOMER, before.customer_id, field, old or None, new, cause=cause)
    if changes:
        unit.record(CustomersChanged(tuple(after for _, after in changes)))
    # A seat manager keeps tens of thousands: what is told is written as we go.
    unit.flush()


def _instead(number: str, giver: str, taker: str) -> str:
    return taker if number == giver else number


def _act_for(unit: Unit, by: Doer) -> None:
    # The history names who reorganised, not the service that follows.
    kind = "person" if by.kind == "person" else "service" if by.kind == "service" else "system"
    unit.actor = Actor(kind=kind, id=by.id, name=by.name, ip=by.ip)
