"""Three expressions that PostgreSQL and Oracle spell differently, each in one place."""

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from chassis.columns import Id, Version, Words

ID_TEXT = Words(36)


class epoch(FunctionElement[int]):  # noqa: N801  reads as a function beside func.*
    """Whole seconds since 1970 of an instant: cheaper to carry into a message than a date and time."""

    type = Version
    inherit_cache = True
    name = "epoch"


class id_text(FunctionElement[str]):  # noqa: N801
    """An id as its 36 characters, without an object in between."""

    type = ID_TEXT
    inherit_cache = True
    name = "id_text"


class fresh_id(FunctionElement[str]):  # noqa: N801
    """An id made by the database, one for each row of a statement."""

    type = Id
    inherit_cache = True
    name = "fresh_id"


Compiler = Any


def _argument(element: FunctionElement[Any], compiler: Compiler, **kw: Any) -> str:
    argument: ColumnElement[Any] = next(iter(element.clauses))
    return compiler.process(argument, **kw)


@compiles(epoch)
def _epoch(element: epoch, compiler: Compiler, **kw: Any) -> str:
    return f"CAST(FLOOR(EXTRACT(epoch FROM {_argument(element, compiler, **kw)})) AS BIGINT)"


@compiles(epoch, "oracle")
def _epoch_oracle(element: epoch, compiler: Compiler, **kw: Any) -> str:
    utc = f"CAST(SYS_EXTRACT_UTC({_argument(element, compiler, **kw)}) AS DATE)"
    return f"ROUND(({utc} - DATE '1970-01-01') * 86400)"


@compiles(id_text)
def _id_text(element: id_text, compiler: Compiler, **kw: Any) -> str:
    return f"CAST({_argument(element, compiler, **kw)} AS VARCHAR(36))"


@compiles(id_text, "oracle")
def _id_text_oracle(element: id_text, compiler: Compiler, **kw: Any) -> str:
    # Stored as 32 hex characters there.
    pattern = "'^(.{8})(.{4})(.{4})(.{4})(.{12})$', '\\1-\\2-\\3-\\4-\\5'"
    return f"REGEXP_REPLACE({_argument(element, compiler, **kw)}, {pattern})"


@compiles(fresh_id)
def _fresh_id(_element: fresh_id, _compiler: Compiler, **_kw: Any) -> str:
    return "uuidv7()"


@compiles(fresh_id, "oracle")
def _fresh_id_oracle(_element: fresh_id, _compiler: Compiler, **_kw: Any) -> str:
    # Unique and rising, though no UUIDv7 by the letter: Oracle has no such function.
    return "LOWER(RAWTOHEX(SYS_GUID()))"
