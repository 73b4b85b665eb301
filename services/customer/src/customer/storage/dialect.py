"""The few places where databases differ; every function has a plain form that any of them understands."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Protocol, cast

from sqlalchemy import (
    TIMESTAMP,
    Boolean,
    ColumnElement,
    Connection,
    Executable,
    Select,
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
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ClauseElement

_ROWS_A_STATEMENT = 1_000
_LONGEST = 4_000
Split = Callable[[Iterable[str]], Iterable[Sequence[str | None]]]


class _CopyCursor(Protocol):
    """The part of psycopg's cursor used here."""

    def copy(self, statement: str) -> Any:
        """Opens a COPY."""
        ...


def is_postgresql(connection: Connection) -> bool:
    """Tells whether the fast ways are there."""
    return connection.dialect.name == "postgresql"


def bring_in(connection: Connection, table: Table, blocks: Iterable[bytes], split: Split, *, fast: bool = True) -> None:
    """Brings lines in COPY text into a table: by COPY where there is one, else by array inserts."""
    if fast and is_postgresql(connection):
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        cursor = cast("_CopyCursor", connection.connection.cursor())
        with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN (NULL '')") as copy:
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


def prepare(connection: Connection, *tables: Table) -> None:
    """Makes the working tables of a load, which vanish with its transaction, and lifts the time limit of statements."""
    if is_postgresql(connection):
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        # A load sorts and joins its own rows once; it may use more memory than a caller's question.
        connection.execute(text("SET LOCAL work_mem = '32MB'"))
    for table in tables:
        table.create(connection)


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
        return func.to_char(func.timezone("UTC", column), 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')
    if isinstance(column.type, String):
        return column
    return sql_cast(column, Unicode(_LONGEST))


def numbered(change_id: ColumnElement[Any], number: int) -> ColumnElement[Any]:
    """Answers an id of its own for the n-th field of a changed row: the last byte of the row's change id counts."""
    return sql_cast(func.substr(sql_cast(change_id, Unicode(36)), 1, 34).concat(f"{number:02x}"), Uuid(as_uuid=False))


class JsonOf(ColumnElement[Any]):
    """A JSON object of named columns, without those that are empty."""

    inherit_cache = True
    type = Unicode(_LONGEST)
    _traverse_internals: Any = ()

    def __init__(self, columns: dict[str, ColumnElement[Any]]) -> None:
        self.columns = columns
        self.inherit_cache = False


@compiles(JsonOf)
def _json_of(element: JsonOf, compiler: Any, **options: Any) -> str:
    # SQL/JSON constructors are the same in PostgreSQL 16 and Oracle 19c.
    parts = [f"'{name}' VALUE {compiler.process(column, **options)}" for name, column in element.columns.items()]
    return f"JSON_OBJECT({', '.join(parts)} ABSENT ON NULL RETURNING {_TEXT.get(compiler.dialect.name, 'CLOB')})"


_TEXT = {"postgresql": "TEXT"}


class MergeUpdate(Executable, ClauseElement):
    """`MERGE … WHEN MATCHED THEN UPDATE`: the one form of set-based update that PostgreSQL and Oracle both know."""

    inherit_cache = False
    is_dml = True

    def __init__(
        self, table: Table, source: Select[*tuple[Any, ...]], key: tuple[str, ...], fields: Iterable[str]
    ) -> None:
        self.table = table
        self.source = source
        self.key = key
        self.fields = tuple(fields)


@compiles(MergeUpdate)
def _merge_update(element: MergeUpdate, compiler: Any, **options: Any) -> str:
    columns = element.table.c
    source = compiler.process(element.source, **options)
    on = " AND ".join(f"t.{columns[key].name} = s.{key}" for key in element.key)
    sets = [f"{columns[field].name} = s.new_{field}" for field in element.fields]
    return (
        f"MERGE INTO {element.table.name} t USING ({source}) s ON ({on}) "
        f"WHEN MATCHED THEN UPDATE SET {', '.join(sets)}, version = t.version + 1"
    )


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
