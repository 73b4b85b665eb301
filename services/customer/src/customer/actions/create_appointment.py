"""Books a service at a customer's."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from chassis.clock import business_day
from chassis.creating import refuse_closed_columns
from chassis.database import Unit
from chassis.requests import first_answer, remember
from customer.domain.appointment import FIELDS, Appointment
from customer.domain.customer import Customer
from customer.domain.errors import FieldRefused
from customer.storage.appointments import appointment_within_reach
from customer.storage.customers import customer_within_reach
from customer.storage.reach import APPOINTMENT, CREATE, CUSTOMER, facts

CALL = "CreateAppointment"


@dataclass(frozen=True)
class Booked:
    """A booking and the customer it is at, who decides what of it is shown to whom."""

    appointment: Appointment
    customer: Customer


def booked(unit: Unit, appointment: Appointment) -> Booked:
    """Answers a booking beside its customer."""
    return Booked(appointment, unit.session.get_one(Customer, appointment.customer_id))


def create_appointment(unit: Unit, request_id: str, values: Mapping[str, Any], zone: ZoneInfo) -> Booked:
    """Books a service and announces it; the same request again answers the booking it made."""
    content = json.dumps({name: str(value) for name, value in values.items() if value}, sort_keys=True)
    known = first_answer(unit, CALL, request_id, content)
    if known is not None:
        return booked(unit, appointment_within_reach(unit, known, CREATE))
    for field in ("kind", "starts_at"):
        if not values.get(field):
            raise FieldRefused(field, "REQUIRED")
    customer = customer_within_reach(unit, values["customer_id"], APPOINTMENT, CREATE)
    refuse_closed_columns(unit, APPOINTMENT, facts(customer), values)
    appointment_id = unit.new_id()
    appointment = Appointment(
        id=appointment_id,
        # The end of a UUIDv7 is random; the column is unique should two ever meet on a day.
        appointment_number=f"A{business_day(unit.now(), zone):%y%m%d}-{appointment_id[-10:].upper()}",
        customer_id=customer.id,
        kind=values["kind"],
        starts_at=values["starts_at"],
        place=values.get("place") or _known(unit, customer, "address"),
        contact_name=values.get("contact_name") or _known(unit, customer, "name"),
        contact_phone=values.get("contact_phone") or _known(unit, customer, "phone"),
        note=values.get("note") or None,
    )
    appointment.check(unit.now())
    unit.session.add(appointment)
    unit.session.flush()
    whole = {field: str(value) for field in FIELDS if (value := getattr(appointment, field)) is not None}
    unit.trace(
        APPOINTMENT, appointment.id, "*", None, json.dumps(whole, ensure_ascii=False), root_id=appointment.customer_id
    )
    unit.record(appointment.changed())
    remember(unit, CALL, request_id, content, appointment.id)
    return Booked(appointment, customer)


def _known(unit: Unit, customer: Customer, column: str) -> str | None:
    """Answers what the caller may see of the customer in full: a booking is no way around a mask."""
    shown: str | None = getattr(customer, column)
    return shown if unit.access.shows(unit.actor, CUSTOMER, facts(customer), column) else None
