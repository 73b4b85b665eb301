"""Facts the archive announces."""

from dataclasses import dataclass
from datetime import date, datetime

from customer.domain.birthday import Birthday

MOST = 500
"""Most rows one event carries."""


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """What other services need of a customer."""

    customer_id: str
    version: int
    customer_number: str
    name: str
    kind: str
    group: str
    bureau_id: str
    community_id: str
    owner_number: str
    seat_number: str
    birthday: Birthday | None
    store_anniversary: date | None


@dataclass(frozen=True)
class CustomersChanged:
    """Customers appeared or changed."""

    customers: tuple[CustomerFacts, ...]


@dataclass(frozen=True, slots=True)
class AppointmentFacts:
    """What other services need of a booked service."""

    appointment_id: str
    version: int
    appointment_number: str
    customer_id: str
    kind: str
    starts_at: datetime
    place: str
    cancelled: bool


@dataclass(frozen=True)
class AppointmentsChanged:
    """Booked services appeared or changed."""

    appointments: tuple[AppointmentFacts, ...]
