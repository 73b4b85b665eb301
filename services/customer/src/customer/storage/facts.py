"""What a load announces: the records it added or changed, many to an event."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, String, type_coerce

from customer.domain.appointment import CANCELLED
from customer.domain.birthday import Birthday
from customer.domain.events import AppointmentFacts, AppointmentsChanged, CustomerFacts, CustomersChanged
from customer.storage.bulk import BulkLoad
from customer.storage.tables import appointments, customers

Event = CustomersChanged | AppointmentsChanged
_PLAIN = String()
# As plain texts: a million enumeration members and birthdays would cost more than the query.
CUSTOMER_COLUMNS = [
    type_coerce(customers.c[name], _PLAIN) if name in {"kind", "group", "birthday"} else customers.c[name]
    for name in (
        "id",
        "version",
        "customer_number",
        "name",
        "kind",
        "group",
        "bureau_id",
        "community_id",
        "owner_number",
        "seat_number",
        "birthday",
        "store_anniversary",
    )
]
_APPOINTMENT = [
    appointments.c[name]
    for name in ("id", "version", "appointment_number", "customer_id", "kind", "starts_at", "place", "status")
]


def events_of(connection: Connection, bulk: BulkLoad, most: int) -> Iterator[Event]:
    """Yields the events of a load, each with at most `most` records."""
    known: dict[str, tuple[list[Any], Callable[[Sequence[Row[*tuple[Any, ...]]]], Event]]] = {
        "customer": (CUSTOMER_COLUMNS, customers_changed),
        "appointment": (_APPOINTMENT, _appointments),
    }
    if bulk.load.form not in known:
        return
    columns, event = known[bulk.load.form]
    found = connection.execute(bulk.touched(columns), execution_options={"yield_per": most})
    for rows in found.partitions():
        yield event(list(rows))


@lru_cache(maxsize=20_000)
def _birthday(text: str | None) -> Birthday | None:
    return Birthday.parse(text) if text else None


def customers_changed(rows: Sequence[Row[*tuple[Any, ...]]]) -> CustomersChanged:
    """Answers what is announced of rows of `CUSTOMER_COLUMNS`."""
    return CustomersChanged(
        tuple(
            CustomerFacts(*row[:9], seat_number=row[9] or "", birthday=_birthday(row[10]), store_anniversary=row[11])
            for row in rows
        )
    )


def _appointments(rows: Sequence[Row[*tuple[Any, ...]]]) -> AppointmentsChanged:
    return AppointmentsChanged(
        tuple(AppointmentFacts(*row[:6], place=row[6] or "", cancelled=row[7] == CANCELLED) for row in rows)
    )
