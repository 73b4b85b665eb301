"""Steps of a revision that commit as they go, for tables with a million rows; each can be run again after it was cut off.

A revision is one transaction, except for these: what stands before them in a revision is committed with them, so it must be
a step from here as well, or stand after them.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

from alembic import op
from sqlalchemy import Column, ColumnElement, TableClause, inspect, select, text
from sqlalchemy.sql.elements import TextClause

from chassis.schema_turns import patiently, unhurried

BATCH = 2_000
"""Rows a statement of `in_batches` changes: locked for some ten milliseconds."""


def add_column(name: str, added: Column[Any]) -> None:
    """Adds a column unless an earlier try did. With a constant `server_default` no row is touched."""
    if added.name not in {each["name"] for each in inspect(op.get_bind()).get_columns(name)}:
        op.add_column(name, added)


def create_index(
    name: str, on: str, columns: Sequence[str | TextClause], *, unique: bool = False, **options: Any
) -> None:
    """Builds an index while others read and write. What an earlier try left half built is built anew."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        # Oracle's ONLINE belongs to its Enterprise Edition alone: docs/migrations.md.
        if name not in {each["name"] for each in inspect(connection).get_indexes(on)}:
            op.create_index(name, on, list(columns), unique=unique)
        return
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        with unhurried(connection):
            if not _whole(connection, name):
                op.drop_index(name, table_name=on, postgresql_concurrently=True, if_exists=True)
                op.create_index(name, on, list(columns), unique=unique, postgresql_concurrently=True, **options)


def _whole(connection: Any, name: str) -> bool:
    question = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")
    return bool(connection.scalar(question, {"name": name}))


def in_batches(
    changed: TableClause, key: str, values: dict[str, Any], where: ColumnElement[bool], *, size: int = BATCH
) -> None:
    """Updates the rows that `where` finds, some thousand at a time, each batch committed. A row once changed must not be found again."""
    keys: ColumnElement[Any] = changed.c[key]
    last: Any = None
    while True:
        with _committed():
            connection = op.get_bind()
            further = where if last is None else where & (keys > last)
            found = connection.scalars(select(keys).where(further).order_by(keys).limit(size)).all()
            if not found:
                return
            last = found[-1]
            batch = changed.update().where(where, keys >= found[0], keys <= last).values(values)
            patiently(lambda batch=batch, connection=connection: connection.execute(batch), lambda: None)


@contextmanager
def _committed() -> Generator[None]:
    """Commits what is done inside."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        with op.get_context().autocommit_block():
            yield
        return
    # Alembic's block asks for the isolation level first, and Oracle tells that only to who may look into V$TRANSACTION.
    yield
    connection.execute(text("COMMIT"))
