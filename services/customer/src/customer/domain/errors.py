"""Refusals of the archive.

CustomerRefusal
├── FieldRefused          a value is wrong; `field` names it, the reason says how
├── RecordNotFound        there is no such record within reach
├── NumberTaken           the number belongs to another record
├── CustomerStale         somebody changed the customer since; `fields`, `by`, `at` say what
├── OutOfReach            a customer may not be put where the caller does not reach
├── AppointmentNotBooked  the booking was cancelled before
└── ImportEnded           the import is over; there is nothing left to stop
"""


class CustomerRefusal(Exception):
    """Root of the refusals: a reason code, a kind and data."""

    reason = "REFUSED"
    kind = "precondition"

    def __init__(self, **data: str) -> None:
        super().__init__(self.reason)
        self.data = data


class FieldRefused(CustomerRefusal):
    """A value is wrong; the reason code says how."""

    kind = "invalid"

    def __init__(self, field: str, reason: str, **data: str) -> None:
        self.reason = reason
        super().__init__(field=field, **data)


class RecordNotFound(CustomerRefusal):
    """There is no such record, or it is out of the caller's reach: the answer does not tell which."""

    reason = "NOT_FOUND"
    kind = "not_found"


class NumberTaken(CustomerRefusal):
    """The number belongs to another record."""

    reason = "NUMBER_TAKEN"
    kind = "exists"


class CustomerStale(CustomerRefusal):
    """Somebody changed the record since the caller read it."""

    reason = "STALE_VERSION"
    kind = "stale"


class OutOfReach(CustomerRefusal):
    """The caller may not put a customer there: it would be out of their own reach."""

    reason = "OUT_OF_REACH"
    kind = "denied"


class AppointmentNotBooked(CustomerRefusal):
    """The booking was cancelled before."""

    reason = "APPOINTMENT_NOT_BOOKED"


class ImportEnded(CustomerRefusal):
    """The import is over; there is nothing left to stop."""

    reason = "IMPORT_ENDED"
