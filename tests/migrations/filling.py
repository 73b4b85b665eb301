"""Rows for tables of any shape, as they are found in a database: every column filled, every key kept."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine, MetaData, Table

from chassis.schema_turns import TURNS
from chassis.schema_window import WINDOW

OWN = {"alembic_version", TURNS, WINDOW}
"""Tables of the migrations themselves."""
DAY = date(2026, 1, 1)
MEANT: dict[tuple[str, str], Any] = {
    # Whoever was switched off is suspended after 0002, and a person needs a unit that is there.
    ("grants", "origin"): "own",
    ("policies", "state"): "in_force",
}
"""Columns whose value a revision reads."""
Rows = list[dict[str, Any]]


def tables(engine: Engine) -> list[Table]:
    """Answers the tables of the service as the database has them, those that others point at first."""
    found = MetaData()
    found.reflect(engine)
    return [table for table in found.sorted_tables if table.name not in OWN]


def fill(engine: Engine, rows: int, first: int = 1) -> None:
    """Puts this many rows into every table, numbered from `first`."""
    with engine.begin() as connection:
        for table in tables(engine):
            connection.execute(table.insert(), [row(table, number) for number in range(first, first + rows)])


def row(table: Table, number: int) -> dict[str, Any]:
    """Answers one row: what number n is in one table, it is in the tables that point at it."""
    return {column.name: _value(table, column, number) for column in table.columns}


def _value(table: Table, column: sa.Column[Any], number: int) -> Any:
    if (table.name, column.name) in MEANT:
        return MEANT[table.name, column.name]
    kind = column.type
    if isinstance(kind, sa.Uuid):
        return uuid.UUID(int=number)
    if isinstance(kind, sa.Boolean):
        return number % 2 == 0
    if isinstance(kind, sa.Integer):
        return number
    if isinstance(kind, sa.Date):
        return DAY + timedelta(days=number)
    if isinstance(kind, sa.DateTime):
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
    if isinstance(kind, sa.LargeBinary):
        return f"{column.name} {number}".encode()
    if isinstance(kind, sa.Numeric):
        return number
    if isinstance(kind, sa.String):
        text = f"{number} {column.name}"
        return text[: kind.length] if kind.length else "[]"
    raise AssertionError(f"{table.name}.{column.name}: no value is known for {kind!r}")


def read(engine: Engine, shapes: list[Table]) -> dict[str, Rows]:
    """Answers the rows of tables, by the columns these shapes have."""
    answer: dict[str, Rows] = {}
    with engine.connect() as connection:
        for table in shapes:
            key = [column for column in table.columns if column.primary_key]
            found = connection.execute(sa.select(table).order_by(*key))
            answer[table.name] = [dict(each) for each in found.mappings()]
    return answer
