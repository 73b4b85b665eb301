"""Finds one value that is to be seen in full."""

from dataclasses import dataclass
from typing import Any

from crm.common.v1 import access_pb2
from sqlalchemy import select

from chassis.database import Unit
from chassis.rights import HIDDEN, MASKED, RowFacts
from customer.domain.customer import Customer
from customer.domain.errors import FieldRefused, RecordNotFound
from customer.storage import tables
from customer.storage.appointments import appointment_within_reach
from customer.storage.customers import customer_within_reach
from customer.storage.ids import is_id
from customer.storage.reach import APPOINTMENT, CUSTOMER, facts

UNMASK = access_pb2.ACTION_UNMASK
_BELOW = {
    "accounts": tables.accounts,
    "subscribers": tables.subscribers,
    "contacts": tables.contacts,
    "addresses": tables.addresses,
}
SENSITIVE = {
    CUSTOMER: frozenset(
        {
            "phone",
            "id_card",
            "address",
            "accounts.bank_account",
            "subscribers.number",
            "contacts.phone",
            "addresses.text",
        }
    ),
    APPOINTMENT: frozenset({"place", "contact_phone"}),
}
"""Columns whose single values can be asked for."""


@dataclass(frozen=True)
class MaskedValue:
    """A value, and the row it belongs to."""

    value: str
    record_id: str
    label: str
    facts: RowFacts


def find_masked_value(unit: Unit, form: str, record_id: str, column: str, item_id: str) -> MaskedValue:
    """Answers a value that the caller sees masked and may see in full; a hidden one is as if it were not there."""
    if column not in SENSITIVE.get(form, frozenset()):
        raise FieldRefused("column", "COLUMN_UNKNOWN" if form in SENSITIVE else "FORM_UNKNOWN")
    if form == APPOINTMENT:
        record: Any = appointment_within_reach(unit, record_id, UNMASK)
        customer = unit.session.get_one(Customer, record.customer_id)
    else:
        record = customer = customer_within_reach(unit, record_id, action=UNMASK)
    place = facts(customer)
    columns = unit.columns(form, place)
    right = columns.right(column, sensitive=True)
    if right == HIDDEN or (right == MASKED and not columns.unmask):
        raise RecordNotFound(form=form, id=record_id)
    return MaskedValue(_value(unit, record, column, item_id), record.id, customer.customer_number, place)


def _value(unit: Unit, record: Any, column: str, item_id: str) -> str:
    group, _, name = column.rpartition(".")
    if not group:
        return str(getattr(record, name) or "")
    table = _BELOW[group]
    found = None
    if is_id(item_id):
        found = unit.session.scalar(
            select(table.c[name]).where(table.c.id == item_id, table.c.customer_id == record.id)
        )
    if found is None:
        raise FieldRefused("item_id", "ITEM_UNKNOWN")
    return str(found)
