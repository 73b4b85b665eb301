"""Questions asked of the customers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select

from chassis.database import Unit
from chassis.errors import InvalidField
from chassis.paging import Page
from customer.domain.customer import Customer
from customer.domain.errors import RecordNotFound
from customer.storage import tables
from customer.storage.ids import is_id
from customer.storage.reach import CUSTOMER, SEE, customers_within
from customer.storage.search import found_by
from customer.storage.tables import customers, joined_key

Rows = Sequence[Row[*tuple[Any, ...]]]

# Only what a list shows: an entity a row would cost more than the query (recipes C7).
_LISTED = [
    customers.c[column.key] for column in customers.c if column.key not in {"name_pieces", "phone_tail", "address_key"}
]
_ORDERS: dict[str, ColumnElement[Any]] = {
    "name": customers.c.name_key,
    "customer_number": customers.c.customer_number,
    "joined_on": joined_key.label("joined_key"),
}


@dataclass(frozen=True)
class CustomerFilter:
    """Which customers are wanted, and in which order."""

    query: str = ""
    kinds: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    community_id: str = ""
    bureau_id: str = ""
    owner_number: str = ""
    order_by: str = "name"


@dataclass(frozen=True)
class CustomerPage:
    """A page of customers, the cursor values of the next one, and how many match when that was asked."""

    rows: Rows
    next_after: tuple[Any, ...] | None
    total: int | None


def customer_within_reach(unit: Unit, customer_id: str, form: str = CUSTOMER, action: int = SEE) -> Customer:
    """Answers a customer the caller may do this to. One out of reach is as if it were not there."""
    if is_id(customer_id):
        question = select(Customer).where(customers.c.id == customer_id, customers_within(unit, form, action))
        found = unit.session.scalars(question).first()
        if found is not None:
            return found
    raise RecordNotFound(form=CUSTOMER, id=customer_id)


def list_page(unit: Unit, wanted: CustomerFilter, page: Page) -> CustomerPage:
    """Answers a page of the customers within reach."""
    conditions = _conditions(unit, wanted)
    descending = wanted.order_by.startswith("-")
    name = wanted.order_by.lstrip("-") or "name"
    order = _ORDERS.get(name)
    if order is None:
        raise InvalidField("order_by", "NOT_A_CHOICE", choices=", ".join(_ORDERS))
    total = None
    if page.with_total:
        total = unit.session.scalar(select(func.count()).select_from(customers).where(*conditions))
    question: Select[*tuple[Any, ...]] = select(*_LISTED).where(*conditions)
    if page.after is not None:
        question = question.where(_behind(wanted.order_by, order, page.after, descending=descending))
    keys = (order, customers.c.id)
    question = question.order_by(*(key.desc() if descending else key for key in keys)).limit(page.size + 1)
    rows = unit.session.execute(question).all()
    more = len(rows) > page.size
    rows = rows[: page.size]
    return CustomerPage(rows, _cursor(wanted.order_by, name, rows[-1]) if more else None, total)


def numbers_taken(unit: Unit, customer_number: str) -> bool:
    """Tells whether a customer has this number, in reach or not."""
    found = unit.session.scalar(select(customers.c.id).where(customers.c.customer_number == customer_number))
    return found is not None


def below(unit: Unit, table: Any, customer_id: str, *order: Any) -> Rows:
    """Answers the rows of a table that hang on a customer."""
    return unit.session.execute(select(table).where(table.c.customer_id == customer_id).order_by(*order)).all()


def coming_appointments(unit: Unit, customer_id: str) -> Rows:
    """Answers the booked services of a customer that are still to come, soonest first."""
    table = tables.appointments
    return unit.session.execute(
        select(table)
        .where(table.c.customer_id == customer_id, table.c.status == "booked", table.c.starts_at >= unit.now())
        .order_by(table.c.starts_at, table.c.id)
    ).all()


def _conditions(unit: Unit, wanted: CustomerFilter) -> list[ColumnElement[bool]]:
    within = customers_within(unit, CUSTOMER, SEE)
    conditions = [within]
    if wanted.query.strip():
        conditions.append(found_by(unit.session.connection(), wanted.query, within))
    if wanted.kinds:
        conditions.append(customers.c.kind.in_(wanted.kinds))
    if wanted.groups:
        conditions.append(customers.c.group.in_(wanted.groups))
    for column, wanted_id in (
        (customers.c.community_id, wanted.community_id),
        (customers.c.bureau_id, wanted.bureau_id),
    ):
        if wanted_id:
            if not is_id(wanted_id):
                raise InvalidField(column.name, "FIELD_INVALID")
            conditions.append(column == wanted_id)
    if wanted.owner_number:
        number = wanted.owner_number
        conditions.append(or_(customers.c.owner_number == number, customers.c.seat_number == number))
    return conditions


def _behind(
    order_by: str, order: ColumnElement[Any], after: tuple[Any, ...], *, descending: bool
) -> ColumnElement[bool]:
    if len(after) != 3 or after[0] != order_by or not is_id(str(after[2])):
        raise InvalidField("page.cursor", "CURSOR_INVALID")
    try:
        key = date.fromisoformat(after[1]) if "joined_on" in order_by else after[1]
    except (TypeError, ValueError) as error:
        raise InvalidField("page.cursor", "CURSOR_INVALID") from error
    key_id = customers.c.id
    # Oracle compares no rows as a whole; the first condition alone lets the index start at the right place.
    if descending:
        return and_(order <= key, or_(order < key, key_id < after[2]))
    return and_(order >= key, or_(order > key, key_id > after[2]))


def _cursor(order_by: str, name: str, last: Row[*tuple[Any, ...]]) -> tuple[Any, ...]:
    if name == "joined_on":
        return (order_by, (last.joined_on or date(1, 1, 1)).isoformat(), last.id)
    return (order_by, last.name_key if name == "name" else last.customer_number, last.id)
