"""Finds the customers behind numbers and addresses, many at once: one question a kind, never one a row."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, union

from chassis.database import Unit
from customer.domain.owner import Candidate
from customer.domain.words import normalised
from customer.storage.reach import CUSTOMER, OWNER, SEE, customers_within
from customer.storage.tables import accounts, addresses, customers, subscribers

Found = dict[str, list[Candidate]]
# An address shared by hundreds, such as a dormitory's, says no more than one shared by twenty.
_MOST_CUSTOMERS = 20

_ADDRESS = ("address", "addresses.text")
_CANDIDATE = (
    customers.c.owner_number,
    func.coalesce(customers.c.seat_number, "").label("seat"),
    customers.c.id,
    customers.c.name,
    customers.c.bureau_id,
    customers.c.community_id,
)


def by_subscriber_number(unit: Unit, numbers: Iterable[str]) -> Found:
    """Answers the customers that have these numbers or lines."""
    source = subscribers.join(customers, customers.c.id == subscribers.c.customer_id)
    return _found(unit, subscribers.c.number, source, numbers, "subscribers.number")


def by_account_number(unit: Unit, numbers: Iterable[str]) -> Found:
    """Answers the customers that have these accounts."""
    return _found(
        unit,
        accounts.c.account_number,
        accounts.join(customers, customers.c.id == accounts.c.customer_id),
        numbers,
        "accounts.account_number",
    )


def by_customer_number(unit: Unit, numbers: Iterable[str]) -> Found:
    """Answers the customers with these numbers."""
    return _found(unit, customers.c.customer_number, customers, numbers)


def by_address(unit: Unit, texts: Iterable[str]) -> Found:
    """Answers the customers at these addresses, by the text as it is compared."""
    keys = sorted({normalised(text) for text in texts if text})
    if not keys:
        return {}
    places = union(
        select(customers.c.address_key.label("place"), customers.c.id.label("customer_id")).where(
            customers.c.address_key.in_(keys)
        ),
        select(addresses.c.text_key, addresses.c.customer_id).where(addresses.c.text_key.in_(keys)),
    ).subquery("places")
    return _found(unit, places.c.place, places.join(customers, customers.c.id == places.c.customer_id), keys, *_ADDRESS)


def _found(unit: Unit, key: ColumnElement[Any], source: Any, values: Iterable[str], *by: str) -> Found:
    """Answers candidates by value. A person finds nobody `by` a column that is not open in full: whoever could, would
    learn the hidden digits of a number by trying them all. Our own services place what older systems send.
    """
    wanted = sorted({value for value in values if value})
    if not wanted:
        return {}
    question: Select[*tuple[Any, ...]] = (
        select(key, *_CANDIDATE)
        .select_from(source)
        .where(key.in_(wanted), customers_within(unit, OWNER, SEE), *_open(unit, by))
        .order_by(customers.c.id)
    )
    found: Found = defaultdict(list)
    for row in unit.session.execute(question):
        if len(found[row[0]]) < _MOST_CUSTOMERS:
            found[row[0]].append(Candidate(row[1], row[2] or "", *row[3:]))
    return found


def _open(unit: Unit, columns: Iterable[str]) -> list[ColumnElement[bool]]:
    if unit.actor.kind == "service":
        return []
    return [customers_within(unit, CUSTOMER, SEE, column) for column in columns]
