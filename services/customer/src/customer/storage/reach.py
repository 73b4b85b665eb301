"""Whose rows are whose, and what may be done to them: the one place where row scope meets the archive's tables."""

from crm.common.v1 import access_pb2
from sqlalchemy import ColumnElement

from chassis.access import RowColumns
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
    owner=(customers.c.owner_number, customers.c.seat_number),
    community=customers.c.community_id,
    bureau=customers.c.bureau_id,
)


def customers_within(unit: Unit, form: str, action: int) -> ColumnElement[bool]:
    """Answers the condition on customers the caller may do this to; what hangs on a customer is reached through it."""
    return unit.rows(form, action, _COLUMNS)
