"""Expressions that PostgreSQL and Oracle spell differently, each in one place with its reason.

| what | why it is here |
|---|---|
| `id_text`, `id_ending`, `fresh_id` | an id is a UUID on PostgreSQL and 32 hex characters on Oracle |
| `epoch`, `utc_text` | an instant keeps its zone on both, but is taken apart by other functions |
| `day_text` | a cast on Oracle writes a day as the session's language says |
| `JsonOf` | the same words on both, but for the type that comes out |
| `pieces`, `any_of` | Oracle takes no list of more than 1,000 values (ORA-01795) |
| `claim` | Oracle locks no row of a question that is cut off (ORA-02014), so a queue is taken from in two steps |

A page is `.limit()`: both know FETCH FIRST. A flag is compared with `== true()`, the empty text is NULL (`chassis.columns`), and names
keep to 30 bytes (`new_metadata`). Set-based loading is in `chassis.merging`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Table, Unicode, or_, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from chassis.columns import Id, Version, Words

T = TypeVar("T")
Compiler = Any
LONGEST = 4_000
"""Characters of a text in a condition or expression."""
LONGEST_LIST = 500


class epoch(FunctionElement[int]):  # noqa: N801  reads as a function beside func.*
    """Whole seconds since 1970 of an instant: cheaper to carry into a message than a date and time."""

    type = Version
    inherit_cache = True
    name = "epoch"


class fresh_id(FunctionElement[str]):  # noqa: N801
    """An id made by the database, one for each row of a statement."""

    type = Id
    inherit_cache = True
    name = "fresh_id"


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


def _arguments(element: FunctionElement[Any], compiler: Compiler, **kw: Any) -> list[str]:
    return [compiler.process(argument, **kw) for argument in element.clauses]


@compiles(utc_text)
def _utc_text(element: utc_text, compiler: Compiler, **kw: Any) -> str:
    (at,) = _arguments(element, compiler, **kw)
    return f"""to_char(timezone('UTC', {at}), 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')"""


@compiles(utc_text, "oracle")
def _utc_text_oracle(element: utc_text, compiler: Compiler, **kw: Any) -> str:
    (at,) = _arguments(element, compiler, **kw)
    return f"""TO_CHAR(SYS_EXTRACT_UTC({at}), 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')"""


@compiles(day_text)
def _day_text(element: day_text, compiler: Compiler, **kw: Any) -> str:
    (day,) = _arguments(element, compiler, **kw)
    return f"CAST({day} AS VARCHAR(10))"


@compiles(day_text, "oracle")
def _day_text_oracle(element: day_text, compiler: Compiler, **kw: Any) -> str:
    # A CAST would write it as the session's NLS_DATE_FORMAT says.
    (day,) = _arguments(element, compiler, **kw)
    return f"TO_CHAR({day}, 'YYYY-MM-DD')"


@compiles(id_text)
def _id_text(element: id_text, compiler: Compiler, **kw: Any) -> str:
    (value,) = _arguments(element, compiler, **kw)
    return f"CAST({value} AS VARCHAR(36))"


@compiles(id_text, "oracle")
def _id_text_oracle(element: id_text, compiler: Compiler, **kw: Any) -> str:
    # Stored as 32 hex characters there.
    (value,) = _arguments(element, compiler, **kw)
    return f"REGEXP_REPLACE({value}, '^(.{{8}})(.{{4}})(.{{4}})(.{{4}})(.{{12}})$', '\\1-\\2-\\3-\\4-\\5')"


@compiles(id_ending)
def _id_ending(element: id_ending, compiler: Compiler, **kw: Any) -> str:
    value, last = _arguments(element, compiler, **kw)
    return f"CAST(substr(CAST({value} AS VARCHAR(36)), 1, 34) || {last} AS UUID)"


@compiles(id_ending, "oracle")
def _id_ending_oracle(element: id_ending, compiler: Compiler, **kw: Any) -> str:
    value, last = _arguments(element, compiler, **kw)
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
def _json_of(element: JsonOf, compiler: Compiler, **kw: Any) -> str:
    # SQL/JSON constructors are the same in PostgreSQL 16 and Oracle 19c.
    parts = [f"'{name}' VALUE {compiler.process(column, **kw)}" for name, column in element.columns.items()]
    return f"JSON_OBJECT({', '.join(parts)} ABSENT ON NULL RETURNING {_TEXT.get(compiler.dialect.name, 'CLOB')})"


_TEXT = {"postgresql": "TEXT"}


@compiles(epoch)
def _epoch(element: epoch, compiler: Compiler, **kw: Any) -> str:
    return f"CAST(FLOOR(EXTRACT(epoch FROM {_arguments(element, compiler, **kw)[0]})) AS BIGINT)"


@compiles(epoch, "oracle")
def _epoch_oracle(element: epoch, compiler: Compiler, **kw: Any) -> str:
    utc = f"CAST(SYS_EXTRACT_UTC({_arguments(element, compiler, **kw)[0]}) AS DATE)"
    return f"ROUND(({utc} - DATE '1970-01-01') * 86400)"


@compiles(fresh_id)
def _fresh_id(_element: fresh_id, _compiler: Compiler, **_kw: Any) -> str:
    return "uuidv7()"


@compiles(fresh_id, "oracle")
def _fresh_id_oracle(_element: fresh_id, _compiler: Compiler, **_kw: Any) -> str:
    # Unique and rising, though no UUIDv7 by the letter: Oracle has no such function.
    return "LOWER(RAWTOHEX(SYS_GUID()))"


def pieces(values: Sequence[T], size: int = LONGEST_LIST) -> Iterator[Sequence[T]]:
    """Yields the values, so many at a time: for a statement each."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def any_of(column: ColumnElement[Any], values: Sequence[Any]) -> ColumnElement[bool]:
    """Answers the condition that a column has one of these values, however many: for one statement."""
    if len(values) <= LONGEST_LIST:
        return column.in_(values)
    return or_(*(column.in_(some) for some in pieces(values)))


def claim(
    session: Session, table: Table, ids: Sequence[str], still: Sequence[ColumnElement[bool]], values: Mapping[str, Any]
) -> list[str]:
    """Takes rows of a queue that were found free a moment ago; answers those that nobody else has taken meanwhile.

    What makes a row free stands in the update itself, so of two takers one has it. The other waits for the first one's
    transaction, not for the whole queue.
    """
    taken: list[str] = []
    for row_id in ids:
        done: Any = session.execute(update(table).where(table.c.id == row_id, *still).values(**values))
        if done.rowcount == 1:
            taken.append(row_id)
    return taken
