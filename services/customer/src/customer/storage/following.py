"""Customers changed many at a time because the organisation changed: found, locked and written batch by batch."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, or_, select, update

from chassis.database import Unit
from chassis.sql import any_of
from customer.storage.facts import CUSTOMER_COLUMNS
from customer.storage.tables import customers

Condition = ColumnElement[bool]
AnyRow = Row[*tuple[Any, ...]]
_AT_ONCE = 500


def moved(community_id: str, bureau_id: str) -> ColumnElement[bool]:
    """The customers of a community that are still in another bureau."""
    return and_(customers.c.community_id == community_id, customers.c.bureau_id != bureau_id)


def left_in(bureau_id: str) -> ColumnElement[bool]:
    """The customers of a bureau."""
    return customers.c.bureau_id == bureau_id


def kept_by(staff_number: str, community_ids: Sequence[str]) -> ColumnElement[bool]:
    """The customers somebody keeps, as owner manager or seat manager, in some communities or everywhere."""
    keeps = or_(customers.c.owner_number == staff_number, customers.c.seat_number == staff_number)
    if not community_ids:
        return keeps
    return and_(keeps, any_of(customers.c.community_id, community_ids))


def batches(unit: Unit, condition: ColumnElement[bool]) -> Iterator[Sequence[AnyRow]]:
    """Yield customers under lock until none matches any more: the caller must change each so that it does not."""
    while True:
        # Two steps: Oracle locks no rows of a question that is cut off.
        ids = unit.session.scalars(select(customers.c.id).where(condition).order_by(customers.c.id).limit(_AT_ONCE))
        found = list(ids)
        if not found:
            return
        locked = select(*CUSTOMER_COLUMNS).where(customers.c.id.in_(found), condition).order_by(customers.c.id)
        yield unit.session.execute(locked.with_for_update()).all()


def put_in_bureau(unit: Unit, rows: Sequence[AnyRow], bureau_id: str) -> None:
    """Write the bureau of these customers."""
    _write(unit, rows, {"bureau_id": bureau_id})


def give(unit: Unit, rows: Sequence[AnyRow], giver: str, taker: str) -> None:
    """Write who keeps these customers now, wherever it was the giver."""
    values = {
        name: case((customers.c[name] == giver, taker), else_=customers.c[name])
        for name in ("owner_number", "seat_number")
    }
    _write(unit, rows, values)


def _write(unit: Unit, rows: Sequence[AnyRow], values: Mapping[str, Any]) -> None:
    unit.session.connection().execute(
        update(customers)
        .where(customers.c.id.in_([row.id for row in rows]))
        .values(**values, version=customers.c.version + 1)
    )
