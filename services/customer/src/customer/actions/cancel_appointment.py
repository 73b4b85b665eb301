"""Cancels a booked service."""

from chassis.database import Unit
from customer.actions.create_appointment import Booked, booked
from customer.domain.appointment import BOOKED, CANCELLED
from customer.domain.errors import CustomerStale
from customer.storage.appointments import appointment_within_reach
from customer.storage.history import changed_since
from customer.storage.reach import APPOINTMENT, CHANGE, facts


def cancel_appointment(unit: Unit, appointment_id: str, version: int, reason: str) -> Booked:
    """Takes a booking back and announces it; a stale version is refused with what changed meanwhile."""
    appointment = appointment_within_reach(unit, appointment_id, CHANGE)
    current = appointment.version or 1
    if version != current:
        place = facts(booked(unit, appointment).customer)
        missed = changed_since(unit, appointment.id, max(current - version, 1), unit.columns(APPOINTMENT, place))
        raise CustomerStale(form=APPOINTMENT, id=appointment.id, version=str(current), **missed)
    fact = appointment.cancel()
    root = appointment.customer_id
    unit.trace(APPOINTMENT, appointment.id, "status", BOOKED, CANCELLED, root_id=root)
    if reason:
        unit.trace(APPOINTMENT, appointment.id, "cancel_reason", None, reason, root_id=root)
    unit.record(fact)
    return booked(unit, appointment)
