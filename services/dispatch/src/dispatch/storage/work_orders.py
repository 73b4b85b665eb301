"""Work orders of external systems, their items, and the lists TMF697 asks for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, or_, select, update

from chassis.access import RowColumns
from chassis.database import Unit
from chassis.errors import NotFound
from chassis.sql import id_text
from dispatch.domain.errors import FieldInvalid, FilterUnknown
from dispatch.domain.work_order import WorkOrder, item_state
from dispatch.storage.prepared import add_rows, run
from dispatch.storage.tables import tasks, work_order_items, work_orders
from dispatch.storage.tasks import known_id

FORM = "dispatch.work_order"
o = work_orders.c
i = work_order_items.c
WHOSE = RowColumns(owner=(o.source,))
_FIELDS = [field.name for field in fields(WorkOrder)]
LONGEST_PATTERN = 100


@dataclass(frozen=True)
class ItemView:
    """An item with what became of it."""

    item_id: str
    accepted: bool
    reason: str
    field: str
    value: str
    task_id: str
    state: str
    owner_number: str


@dataclass(frozen=True)
class OrderView:
    """A work order as its system sees it."""

    order: WorkOrder
    items: Sequence[ItemView]


@dataclass(frozen=True)
class Condition:
    """One condition of a list: any of the values will do."""

    attribute: str
    operator: str
    values: tuple[str, ...]


def find(unit: Unit, order_id: str, action: int, *, lock: bool = False) -> WorkOrder:
    """Answers a work order within reach. Raises `NotFound` otherwise."""
    if known_id(order_id):
        question = select(WorkOrder).where(o.id == order_id, unit.rows(FORM, action, WHOSE))
        order = unit.session.scalars(question.with_for_update() if lock else question).first()
        if order is not None:
            return order
    raise NotFound(form=FORM, id=order_id)


def by_external_ids(unit: Unit, source: str, external_ids: Sequence[str]) -> dict[str, WorkOrder]:
    """Answers the orders a system has sent under these numbers before, by number."""
    if not external_ids:
        return {}
    values = {f"key_{n}": external_id for n, external_id in enumerate(external_ids)}
    # Nearly always there is none: the entities are only loaded when there are some.
    found = run(unit, ("known orders", len(values)), lambda: _known_orders(list(values)), {"source": source, **values})
    orders = (unit.session.get_one(WorkOrder, str(row[0])) for row in found)
    return {order.external_id or "": order for order in orders}


def _known_orders(names: Sequence[str]) -> Any:
    keys = [bindparam(name, type_=o.external_key.type) for name in names]
    return select(id_text(o.id)).where(o.source == bindparam("source"), o.external_key.in_(keys))


def locked(unit: Unit, order_id: str) -> WorkOrder | None:
    """Answers a work order for a change by ourselves."""
    return unit.session.scalars(select(WorkOrder).where(o.id == order_id).with_for_update()).first()


def add(unit: Unit, orders: Sequence[WorkOrder], items: Sequence[Mapping[str, Any]]) -> None:
    """Writes new orders with their items."""
    rows = [{name: getattr(order, name) for name in _FIELDS} for order in orders]
    add_rows(unit, work_orders, [{**row, "external_key": row["external_id"] or row["id"]} for row in rows])
    add_rows(unit, work_order_items, items)


def view(unit: Unit, order: WorkOrder) -> OrderView:
    """Answers an order with its items."""
    return views(unit, [order])[0]


def views(unit: Unit, orders: Sequence[WorkOrder]) -> list[OrderView]:
    """Answers orders with their items, in one statement however many there are."""
    items: dict[str, list[ItemView]] = {order.id: [] for order in orders}
    question = (
        select(work_order_items, tasks.c.state, tasks.c.owner_number, tasks.c.placement)
        .select_from(work_order_items.outerjoin(tasks, tasks.c.id == i.task_id))
        .where(i.work_order_id.in_(list(items)))
        .order_by(i.work_order_id, i.position)
    )
    for row in unit.session.execute(question):
        items[row.work_order_id].append(_item(row))
    return [OrderView(order, items[order.id]) for order in orders]


def lookups(unit: Unit, task_ids: Sequence[str]) -> dict[str, str]:
    """Answers what the owners of these tasks are still to be looked up by."""
    question = select(i.task_id, i.lookup_json).where(i.task_id.in_(task_ids), i.lookup_json.is_not(None))
    return {row.task_id: row.lookup_json for row in unit.session.execute(question)}


def looked_up(unit: Unit, task_id: str) -> None:
    """Forgets what the owner of a task was to be looked up by."""
    unit.session.execute(update(work_order_items).where(i.task_id == task_id).values(lookup_json=None))


def remove(unit: Unit, order: WorkOrder) -> None:
    """Removes an order; its tasks stay as history."""
    unit.session.execute(update(tasks).where(tasks.c.work_order_id == order.id).values(work_order_id=None))
    unit.session.execute(delete(work_order_items).where(i.work_order_id == order.id))
    unit.session.delete(order)


def page_of(
    unit: Unit, see: int, conditions: Sequence[Condition], sort: Sequence[str], offset: int, limit: int
) -> tuple[list[WorkOrder], int]:
    """Answers a page of orders as TMF630 pages, by offset, and how many there are in all."""
    where = [unit.rows(FORM, see, WHOSE), *(_condition(each) for each in conditions)]
    order = [_order(name) for name in sort] or [o.created_at.desc()]
    question = select(WorkOrder).where(*where).order_by(*order, o.id.desc()).offset(offset).limit(limit)
    total = unit.session.scalar(select(func.count()).select_from(work_orders).where(*where)) or 0
    return list(unit.session.scalars(question)), total


def _item(row: Any) -> ItemView:
    accepted = row.task_id is not None
    return ItemView(
        item_id=row.item_id or "",
        accepted=accepted,
        reason=(row.placement if accepted else row.reason) or "",
        field=row.field or "",
        value=row.value or "",
        task_id=row.task_id or "",
        state=item_state(row.state if accepted else None),
        owner_number=row.owner_number or "",
    )


def _order(name: str) -> ColumnElement[Any]:
    column = _column(name.lstrip("-+"))
    return column.desc() if name.startswith("-") else column.asc()


def _column(attribute: str) -> ColumnElement[Any]:
    try:
        return ATTRIBUTES[attribute]
    except KeyError as error:
        raise FilterUnknown(attribute=attribute) from error


def _condition(condition: Condition) -> ColumnElement[bool]:
    column = _column(condition.attribute)
    try:
        compare = OPERATORS[condition.operator]
    except KeyError as error:
        raise FilterUnknown(attribute=condition.attribute, operator=condition.operator) from error
    return or_(*(compare(column, _read(condition, column, value)) for value in condition.values))


def _read(condition: Condition, column: ColumnElement[Any], value: str) -> Any:
    if condition.operator == "regex":
        if column.type.python_type is not str or len(value) > LONGEST_PATTERN or condition.attribute == "id":
            raise FieldInvalid("FILTER_VALUE_INVALID", condition.attribute, value=value[:LONGEST_PATTERN])
        return value
    if condition.attribute == "id":
        return value if known_id(value) else None
    if column.type.python_type is not datetime:
        return value
    try:
        at = datetime.fromisoformat(value)
    except ValueError as error:
        raise FieldInvalid("FILTER_VALUE_INVALID", condition.attribute, value=value) from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _same(column: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    # A text that is no id equals no id: NULL = NULL is never true.
    return and_(column == value, column.is_not(None)) if value is not None else and_(o.id.is_(None))


OPERATORS: dict[str, Callable[[ColumnElement[Any], Any], ColumnElement[bool]]] = {
    "eq": _same,
    "gt": lambda column, value: column > value,
    "gte": lambda column, value: column >= value,
    "lt": lambda column, value: column < value,
    "lte": lambda column, value: column <= value,
    "regex": lambda column, value: column.regexp_match(value),
}

ATTRIBUTES: dict[str, ColumnElement[Any]] = {
    "id": o.id,
    "externalId": o.external_id,
    "state": o.state,
    "priority": o.priority,
    "category": o.category,
    "description": o.description,
    "orderDate": o.created_at,
    "startDate": o.start_date,
    "requestedStartDate": o.requested_start,
    "requestedCompletionDate": o.requested_completion,
    "expectedCompletionDate": o.expected_completion,
    "completionDate": o.completed_at,
    "stateChangeDate": o.state_changed_at,
    "cancellationDate": o.cancelled_at,
    "cancellationReason": o.cancellation_reason,
    "notificationContact": o.notification_contact,
    "version": o.doc_version,
    "@type": o.doc_type,
    "@baseType": o.base_type,
    "@schemaLocation": o.schema_location,
}
