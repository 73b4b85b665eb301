"""Expressions and statements that PostgreSQL and Oracle spell differently, each in one place."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Executable, Select, Table, Unicode
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.sql.functions import FunctionElement

from chassis.columns import Id, Words

LONGEST = 4_000
Compiler = Any


class utc_text(FunctionElement[str]):  # noqa: N801  reads as a function beside func.*
    """An instant as Python writes it in UTC."""

    type = Words(40)
    inherit_cache = True
    name = "utc_text"


class day_text(FunctionElement[str]):  # noqa: N801
    """A day as 2026-11-22."""

    type = Words(10)
    inherit_cache = True
    name = "day_text"


class id_text(FunctionElement[str]):  # noqa: N801
    """An id as its 36 characters."""

    type = Words(36)
    inherit_cache = True
    name = "id_text"


class id_ending(FunctionElement[str]):  # noqa: N801
    """An id with another last byte: `id_ending(id, "0a")`."""

    type = Id
    inherit_cache = True
    name = "id_ending"


def _arguments(element: FunctionElement[Any], compiler: Compiler, **options: Any) -> list[str]:
    return [compiler.process(argument, **options) for argument in element.clauses]


@compiles(utc_text)
def _utc_text(element: utc_text, compiler: Compiler, **options: Any) -> str:
    (at,) = _arguments(element, compiler, **options)
    return f"""to_char(timezone('UTC', {at}), 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')"""


@compiles(utc_text, "oracle")
def _utc_text_oracle(element: utc_text, compiler: Compiler, **options: Any) -> str:
    (at,) = _arguments(element, compiler, **options)
    return f"""TO_CHAR(SYS_EXTRACT_UTC({at}), 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')"""


@compiles(day_text)
def _day_text(element: day_text, compiler: Compiler, **options: Any) -> str:
    (day,) = _arguments(element, compiler, **options)
    return f"CAST({day} AS VARCHAR(10))"


@compiles(day_text, "oracle")
def _day_text_oracle(element: day_text, compiler: Compiler, **options: Any) -> str:
    # A CAST would write it as the session's NLS_DATE_FORMAT says.
    (day,) = _arguments(element, compiler, **options)
    return f"TO_CHAR({day}, 'YYYY-MM-DD')"


@compiles(id_text)
def _id_text(element: id_text, compiler: Compiler, **options: Any) -> str:
    (value,) = _arguments(element, compiler, **options)
    return f"CAST({value} AS VARCHAR(36))"


@compiles(id_text, "oracle")
def _id_text_oracle(element: id_text, compiler: Compiler, **options: Any) -> str:
    # Stored as 32 hex characters there.
    (value,) = _arguments(element, compiler, **options)
    return f"REGEXP_REPLACE({value}, '^(.{{8}})(.{{4}})(.{{4}})(.{{4}})(.{{12}})$', '\\1-\\2-\\3-\\4-\\5')"


@compiles(id_ending)
def _id_ending(element: id_ending, compiler: Compiler, **options: Any) -> str:
    value, last = _arguments(element, compiler, **options)
    return f"CAST(substr(CAST({value} AS VARCHAR(36)), 1, 34) || {last} AS UUID)"


@compiles(id_ending, "oracle")
def _id_ending_oracle(element: id_ending, compiler: Compiler, **options: Any) -> str:
    value, last = _arguments(element, compiler, **options)
    return f"SUBSTR({value}, 1, 30) || {last}"


class JsonOf(ColumnElement[Any]):
    """A JSON object of named columns, without those that are empty."""

    inherit_cache = True
    type = Unicode(LONGEST)
    _traverse_internals: Any = ()

    def __init__(self, columns: dict[str, ColumnElement[Any]]) -> None:
        self.columns = columns
        self.inherit_cache = False


@compiles(JsonOf)
def _json_of(element: JsonOf, compiler: Compiler, **options: Any) -> str:
    # SQL/JSON constructors are the same in PostgreSQL 16 and Oracle 19c.
    parts = [f"'{name}' VALUE {compiler.process(column, **options)}" for name, column in element.columns.items()]
    return f"JSON_OBJECT({', '.join(parts)} ABSENT ON NULL RETURNING {_TEXT.get(compiler.dialect.name, 'CLOB')})"


_TEXT = {"postgresql": "TEXT"}


class MergeUpdate(Executable, ClauseElement):
    """`MERGE … WHEN MATCHED THEN UPDATE`: the one form of set-based update that PostgreSQL and Oracle both know.

    A row of the source names its record by `id` and by the `version` it was planned from; a record that moved on stays.
    """

    inherit_cache = False
    is_dml = True

    def __init__(self, table: Table, source: Select[*tuple[Any, ...]], fields: Iterable[str]) -> None:
        self.table = table
        self.source = source
        self.fields = tuple(fields)


@compiles(MergeUpdate)
def _merge_update(element: MergeUpdate, compiler: Compiler, **options: Any) -> str:
    return _merge(element, compiler, "t.id = s.id AND t.version = s.version", **options)


@compiles(MergeUpdate, "oracle")
def _merge_update_oracle(element: MergeUpdate, compiler: Compiler, **options: Any) -> str:
    # A column of the ON condition cannot be written there (ORA-38104).
    return _merge(element, compiler, "t.id = s.id", **options) + " WHERE t.version = s.version"


def _merge(element: MergeUpdate, compiler: Compiler, on: str, **options: Any) -> str:
    columns, quote = element.table.c, compiler.preparer.quote
    source = compiler.process(element.source, **options)
    sets = [f"{quote(columns[field].name)} = s.new_{field}" for field in element.fields]
    return (
        f"MERGE INTO {element.table.name} t USING ({source}) s ON ({on}) "
        f"WHEN MATCHED THEN UPDATE SET {', '.join([*sets, 'version = t.version + 1'])}"
    )


class CreateWorking(CreateTable):
    """Makes a table that vanishes with the transaction. Its name must begin with `ORA$PTT_`: Oracle asks for that."""


@compiles(CreateWorking, "oracle")
def _create_working_oracle(element: CreateWorking, compiler: Compiler, **options: Any) -> str:
    # Private: the making of any other table there ends the transaction.
    return compiler.visit_create_table(element, **options).replace("CREATE TEMPORARY", "CREATE PRIVATE TEMPORARY", 1)
