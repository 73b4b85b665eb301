"""Answers one customer whole."""

from dataclasses import dataclass

from chassis.database import Unit
from customer.domain.customer import Customer
from customer.storage import tables
from customer.storage.customers import Rows, below, coming_appointments, customer_within_reach


@dataclass(frozen=True)
class CustomerWhole:
    """A customer with everything that hangs on it."""

    customer: Customer
    accounts: Rows
    subscribers: Rows
    contacts: Rows
    addresses: Rows
    appointments: Rows


def get_customer(unit: Unit, customer_id: str) -> CustomerWhole:
    """Answers a customer within the caller's reach; six questions however much hangs on it."""
    customer = customer_within_reach(unit, customer_id)
    accounts, subscribers = tables.accounts, tables.subscribers
    contacts, addresses = tables.contacts, tables.addresses
    return CustomerWhole(
        customer,
        accounts=below(unit, accounts, customer.id, accounts.c.account_number),
        subscribers=below(unit, subscribers, customer.id, subscribers.c.kind, subscribers.c.number),
        contacts=below(unit, contacts, customer.id, contacts.c.name),
        addresses=below(unit, addresses, customer.id, addresses.c.kind, addresses.c.text),
        appointments=coming_appointments(unit, customer.id),
    )
