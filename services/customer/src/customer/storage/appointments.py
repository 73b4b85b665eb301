"""Questions asked of the booked services."""

from sqlalchemy import select

from chassis.database import Unit
from customer.domain.appointment import Appointment
from customer.domain.errors import RecordNotFound
from customer.storage.ids import is_id
from customer.storage.reach import APPOINTMENT, customers_within
from customer.storage.tables import appointments, customers


def appointment_within_reach(unit: Unit, appointment_id: str, action: int) -> Appointment:
    """Answers a booking at a customer the caller may do this to."""
    if is_id(appointment_id):
        found = unit.session.scalars(
            select(Appointment)
            .join(customers, customers.c.id == appointments.c.customer_id)
            .where(appointments.c.id == appointment_id, customers_within(unit, APPOINTMENT, action))
        ).first()
        if found is not None:
            return found
    raise RecordNotFound(form=APPOINTMENT, id=appointment_id)
