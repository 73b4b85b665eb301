"""Questions asked of the customers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, false, func, or_, select, union, union_all

from chassis.database import Unit
from chassis.errors import InvalidField
from chassis.paging import Page
from customer.domain.customer import Customer
from customer.domain.errors import RecordNotFound
from customer.storage import tables
from customer.storage.ids import is_id
from customer.storage.reach import CUSTOMER, SEE, customers_within
from customer.storage.search import Way, ways_to
from customer.storage.tables import customers, joined_key

AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]
Rows = Sequence[AnyRow]

# Only what a list shows: an entity a row would cost more than the query (recipes C7).
_LISTED = [
    customers.c[column.key] for column in customers.c if column.key not in {"name_pieces", "phone_tail", "address_key"}
]
_ORDERS: dict[str, ColumnElement[Any]] = {
    "name": customers.c.name_key,
    "customer_number": customers.c.customer_number,
    "joined_on": joined_key,
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


def list_page(unit: Unit, wanted: CustomerFilter, page: Page, action: int = SEE) -> CustomerPage:
    """Answers a page of the customers within reach, for looking at them or for what else is asked."""
    order = _order(unit, wanted.order_by)
    conditions = _conditions(unit, wanted)
    if action != SEE:
        conditions.append(customers_within(unit, CUSTOMER, action))
    ways = _ways(unit, wanted.query) if wanted.query.strip() else None
    total = _total(unit, conditions, ways) if page.with_total else None
    if page.after is not None:
        conditions.append(order.behind(page.after))
    found: ColumnElement[bool] = and_(*conditions)
    if ways is not None:
        firsts = [_first_of(way, found, order, page.size + 1) for way in ways]
        found = customers.c.id.in_(union_all(*firsts)) if firsts else false()
    rows = unit.session.execute(select(*_LISTED).where(found).order_by(*order.keys()).limit(page.size + 1)).all()
    more = len(rows) > page.size
    rows = rows[: page.size]
    return CustomerPage(rows, order.cursor(rows[-1]) if more else None, total)


def _ways(unit: Unit, query: str) -> list[Way]:
    """Answers the ways a query finds customers, each kept to the customers whose column it goes by is open."""
    ways = ways_to(unit.session.connection(), query)
    return [
        replace(way, condition=and_(way.condition, customers_within(unit, CUSTOMER, SEE, way.column)))
        if way.column
        else way
        for way in ways
    ]


def _first_of(way: Way, found: ColumnElement[bool], order: "_Order", size: int) -> AnySelect:
    """The first customers of one way, in the order asked for: the page has none that is not among them."""
    keys = order.keys() if way.by_name and order.name == "name" else order.fenced_keys()
    first = select(customers.c.id).where(found, way.condition).order_by(*keys).limit(size).subquery()
    return select(first.c.id)


def _total(unit: Unit, conditions: list[ColumnElement[bool]], ways: list[Way] | None) -> int:
    counted = select(func.count()).select_from(customers).where(*conditions)
    if ways is not None:
        if not ways:
            return 0
        arms = [select(customers.c.id).where(*conditions, way.condition) for way in ways]
        counted = select(func.count()).select_from(union(*arms).subquery())
    return unit.session.scalar(counted) or 0


def anyone(unit: Unit, record: str) -> Customer | None:
    """Answers a customer by id or number, in reach or not: for who explains rules, never for who asks for a customer."""
    wanted = customers.c.id == record if is_id(record) else customers.c.customer_number == record
    return unit.session.scalars(select(Customer).where(wanted)).first()


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
    conditions = [customers_within(unit, CUSTOMER, SEE)]
    for name, column, words in (("kind", customers.c.kind, wanted.kinds), ("group", customers.c.group, wanted.groups)):
        if words:
            conditions += [column.in_(words), customers_within(unit, CUSTOMER, SEE, name)]
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


@dataclass(frozen=True)
class _Order:
    """An order of the list: by one column, and by id where that is the same."""

    written: str
    name: str
    column: ColumnElement[Any]
    descending: bool

    def keys(self) -> list[ColumnElement[Any]]:
        return [self._directed(self.column), self._directed(customers.c.id)]

    def fenced_keys(self) -> list[ColumnElement[Any]]:
        """The same order, but not by an index: all 张 stand at its end, a walk to them would read a million others."""
        column = self.column if self.name == "joined_on" else self.column.concat("")
        return [self._directed(func.coalesce(column, column)), self._directed(customers.c.id)]

    def behind(self, after: tuple[Any, ...]) -> ColumnElement[bool]:
        """The condition on rows behind the last one seen."""
        if len(after) != 3 or after[0] != self.written or not is_id(str(after[2])):
            raise InvalidField("page.cursor", "CURSOR_INVALID")
        try:
            key = date.fromisoformat(after[1]) if self.name == "joined_on" else str(after[1])
        except (TypeError, ValueError) as error:
            raise InvalidField("page.cursor", "CURSOR_INVALID") from error
        key_id = customers.c.id
        # Oracle compares no rows as a whole; the first condition alone lets the index start at the right place.
        if self.descending:
            return and_(self.column <= key, or_(self.column < key, key_id < after[2]))
        return and_(self.column >= key, or_(self.column > key, key_id > after[2]))

    def cursor(self, last: AnyRow) -> tuple[Any, ...]:
        """The values by which the page after this row begins."""
        if self.name == "joined_on":
            return (self.written, (last.joined_on or date(1, 1, 1)).isoformat(), last.id)
        return (self.written, last.name_key if self.name == "name" else last.customer_number, last.id)

    def _directed(self, key: ColumnElement[Any]) -> ColumnElement[Any]:
        return key.desc() if self.descending else key


def _order(unit: Unit, order_by: str) -> _Order:
    name = order_by.lstrip("-") or "name"
    column = _ORDERS.get(name)
    if column is None:
        raise InvalidField("order_by", "NOT_A_CHOICE", choices=", ".join(_ORDERS))
    if name != "customer_number" and not unit.access.opens(unit.actor, CUSTOMER, name):
        # A place in an order tells of the value. The usual order gives way to the number; one asked for is refused.
        if order_by != "name":
            raise InvalidField("order_by", "COLUMN_NOT_OPEN")
        return _Order(order_by, "customer_number", customers.c.customer_number, descending=False)
    return _Order(order_by, name, column, order_by.startswith("-"))
