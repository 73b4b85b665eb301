"""What dispatch keeps of customers and bookings that belong to another service: facts with a version, newest wins."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class CustomerCopy:
    """What the generator needs of a customer."""

    customer_id: str
    version: int
    customer_number: str | None
    name: str | None
    customer_group: str | None
    bureau_id: str | None
    community_id: str | None
    owner_number: str | None
    seat_number: str | None
    birthday_key: str | None
    store_key: str | None
    store_opened_on: date | None


@dataclass(frozen=True, slots=True)
class AppointmentCopy:
    """What the generator needs of a booked service; day and words of the start are in the branch's zone."""

    appointment_id: str
    version: int
    customer_id: str
    kind: str
    starts_at: datetime
    starts_on: date
    starts_words: str
    place: str | None
    cancelled: bool
