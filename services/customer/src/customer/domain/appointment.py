"""The booked service (预约): install, remove, relocate, visit."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from customer.domain.errors import AppointmentNotBooked, FieldRefused
from customer.domain.events import AppointmentFacts, AppointmentsChanged

BOOKED = "booked"
CANCELLED = "cancelled"
LONGEST = {"place": 300, "contact_name": 100, "contact_phone": 30, "note": 1000}
FIELDS = (
    "appointment_number",
    "customer_id",
    "kind",
    "starts_at",
    "place",
    "contact_name",
    "contact_phone",
    "status",
    "note",
)
"""Every field that has a history."""


class AppointmentKind(StrEnum):
    """What is booked."""

    INSTALL = "install"
    REMOVE = "remove"
    RELOCATE = "relocate"
    VISIT = "visit"


@dataclass
class Appointment:
    """A service booked at a customer's."""

    id: str
    appointment_number: str
    customer_id: str
    kind: AppointmentKind
    starts_at: datetime
    status: str = BOOKED
    place: str | None = None
    contact_name: str | None = None
    contact_phone: str | None = None
    note: str | None = None
    version: int | None = None

    def check(self, now: datetime) -> None:
        """Refuses a booking in the past or with too long a text."""
        if self.starts_at <= now:
            raise FieldRefused("starts_at", "IN_THE_PAST")
        for field, longest in LONGEST.items():
            if len(getattr(self, field) or "") > longest:
                raise FieldRefused(field, "TOO_LONG", maximum=str(longest))

    def cancel(self) -> AppointmentsChanged:
        """Takes the booking back. The version in the fact is the one it will have once stored."""
        if self.status != BOOKED:
            raise AppointmentNotBooked(status=self.status)
        self.status = CANCELLED
        return self.changed(version=(self.version or 1) + 1)

    def changed(self, version: int | None = None) -> AppointmentsChanged:
        """Answers the fact that this booking appeared or changed."""
        return AppointmentsChanged(
            (
                AppointmentFacts(
                    appointment_id=self.id,
                    version=version or self.version or 1,
                    appointment_number=self.appointment_number,
                    customer_id=self.customer_id,
                    kind=self.kind,
                    starts_at=self.starts_at,
                    place=self.place or "",
                    cancelled=self.status == CANCELLED,
                ),
            )
        )
