"""Whose rows are whose, and what may be done to them: the one place where row scope meets the archive's tables."""

from typing import Protocol

from crm.common.v1 import access_pb2
from sqlalchemy import ColumnElement

from chassis.access import RowColumns, RowFacts
from chassis.database import Unit
from customer.storage.tables import customers

SEE = access_pb2.ACTION_SEE
CREATE = access_pb2.ACTION_CREATE
CHANGE = access_pb2.ACTION_CHANGE
IMPORT = access_pb2.ACTION_IMPORT

CUSTOMER = "customer.customer"
OWNER = "customer.owner"
APPOINTMENT = "customer.appointment"

_COLUMNS = RowColumns(
    # Who answers for a customer is who keeps it: both scopes go by the same two columns.
    owner=(customers.c.owner_number, customers.c.seat_number),
    community=customers.c.community_id,
    bureau=customers.c.bureau_id,
)


class Kept(Protocol):
    """A customer, entity or row, as far as rules go by it."""

    @property
    def owner_number(self) -> str:
        """Staff number of the owner manager."""
        ...

    @property
    def seat_number(self) -> str | None:
        """Staff number of the seat manager."""
        ...

    @property
    def community_id(self) -> str:
        """Id of the community."""
        ...

    @property
    def bureau_id(self) -> str:
        """Id of the bureau."""
        ...


def customers_within(unit: Unit, form: str, action: int, column: str = "") -> ColumnElement[bool]:
    """Answers the condition on customers the caller may do this to; what hangs on a customer is reached through it.

    With a `column` only customers where it is open in full: for what searches or filters by it.
    """
    return unit.rows(form, action, _COLUMNS, column)


def facts(customer: Kept) -> RowFacts:
    """Answers what rules go by of one customer."""
    keepers = tuple(number for number in (customer.owner_number, customer.seat_number) if number)
    return RowFacts(keepers, keepers, customer.community_id, customer.bureau_id)
