"""The few places where databases differ; every function has a plain form that any of them understands."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Protocol, cast

from sqlalchemy import (
    TIMESTAMP,
    Boolean,
    ColumnElement,
    Connection,
    Date,
    String,
    Table,
    TypeDecorator,
    Unicode,
    Uuid,
    and_,
    case,
    func,
    insert,
    literal,
    text,
    true,
)
from sqlalchemy import cast as sql_cast

from chassis.dialects import is_postgresql, lift_limits
from chassis.merging import CreateWorking
from chassis.sql import LONGEST, day_text, id_ending, id_text, utc_text

_ROWS_A_STATEMENT = 1_000
Split = Callable[[Iterable[str]], Iterable[Sequence[str | None]]]


class _CopyCursor(Protocol):
    """The part of psycopg's cursor used here."""

    def copy(self, statement: str) -> Any:
        """Opens a COPY."""
        ...


def bring_in(connection: Connection, table: Table, blocks: Iterable[bytes], split: Split, *, fast: bool = True) -> None:
    """Brings lines in COPY text into a table: by COPY where there is one, else by array inserts."""
    if fast and is_postgresql(connection):
        with _copy(connection, table, "(NULL '')") as copy:
            for block in blocks:
                copy.write(block)
        return
    columns = [column.key for column in table.columns]
    readers = [_reader(column.type) for column in table.columns]
    rows = iter(split(_lines(blocks)))
    while batch := list(islice(rows, _ROWS_A_STATEMENT)):
        values = [
            {
                key: read(cell) if cell is not None else None
                for key, read, cell in zip(columns, readers, row, strict=True)
            }
            for row in batch
        ]
        connection.execute(insert(table), values)


def add_rows(connection: Connection, table: Table, rows: Sequence[Sequence[Any]], *, fast: bool = True) -> None:
    """Adds rows of values to a table, in the order of its columns: by COPY where there is one, else by an array insert."""
    if not rows:
        return
    if fast and is_postgresql(connection):
        with _copy(connection, table, "") as copy:
            for row in rows:
                copy.write_row(row)
        return
    keys = [column.key for column in table.columns]
    connection.execute(insert(table), [dict(zip(keys, row, strict=True)) for row in rows])


def prepare(connection: Connection, *tables: Table) -> None:
    """Makes the working tables of a load, which vanish with its transaction, and lifts the time limit of statements."""
    lift_limits(connection)
    if is_postgresql(connection):
        # A load sorts and joins its own rows once; it may use more memory than a caller's question.
        connection.execute(text("SET LOCAL work_mem = '32MB'"))
    for table in tables:
        connection.execute(CreateWorking(table))


def analyse(connection: Connection, table: Table) -> None:
    """Tells the planner how large a working table is; elsewhere it finds out for itself."""
    if is_postgresql(connection):
        connection.execute(text(f"ANALYZE {table.name}"))


def has_pieces(connection: Connection, column: ColumnElement[Any], pieces: Sequence[str]) -> ColumnElement[bool]:
    """Answers the condition that a text of blank-separated pieces has all of these."""
    if is_postgresql(connection):
        have = func.string_to_array(column, text("' '"))
        return have.op("@>")(func.string_to_array(" ".join(pieces), text("' '")))
    return and_(true(), *((literal(" ") + column + " ").contains(f" {piece} ", autoescape=True) for piece in pieces))


def as_text(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Writes a value as the history shows it, the same way Python would."""
    if isinstance(column.type, Boolean):
        return case((column == true(), "true"), else_="false")
    if isinstance(column.type, TIMESTAMP):
        return utc_text(column)
    if isinstance(column.type, Date):
        return day_text(column)
    if isinstance(column.type, Uuid):
        return id_text(column)
    if isinstance(column.type, String):
        return column
    return sql_cast(column, Unicode(LONGEST))


def numbered(change_id: ColumnElement[Any], number: int) -> ColumnElement[Any]:
    """Answers an id of its own for the n-th field of a changed row: the last byte of the row's change id counts."""
    return id_ending(change_id, literal(f"{number:02x}"))


def _copy(connection: Connection, table: Table, options: str) -> Any:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    cursor = cast("_CopyCursor", connection.connection.cursor())
    return cursor.copy(f"COPY {table.name} ({names}) FROM STDIN {options}")


def _lines(blocks: Iterable[bytes]) -> Iterator[str]:
    rest = b""
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            yield line.decode()


def _reader(kind: Any) -> Callable[[str], Any]:
    plain = kind.impl_instance if isinstance(kind, TypeDecorator) else kind
    if isinstance(plain, Uuid | String):
        return str
    if isinstance(plain, Boolean):
        return lambda cell: cell == "true"
    python: Any = plain.python_type
    return getattr(python, "fromisoformat", python)
