"""What a service's tables are in Oracle's words."""

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import DateTime, Index, MetaData, Table
from sqlalchemy.schema import CreateIndex, CreateSequence, CreateTable

from tests.oracle.dialect import LONGEST_NAME, ORACLE

_LATER = re.compile(r"__\[POSTCOMPILE_(\w+)\]")


def ddl(metadata: MetaData) -> Iterator[str]:
    """Yields the statements that make every sequence, table and index, in an order that works."""
    for sequence in metadata._sequences.values():  # pyright: ignore[reportPrivateUsage]  # there is no other list of them
        yield compiled(CreateSequence(sequence))
    for table in metadata.sorted_tables:
        yield compiled(CreateTable(table))
        for index in sorted(table.indexes, key=lambda each: str(each.name)):
            if _for_oracle(index):
                yield compiled(CreateIndex(index))


def _for_oracle(index: Index) -> bool:
    wanted: Any = getattr(index, "_ddl_if", None)
    return wanted is None or wanted.dialect in {None, "oracle"}


def compiled(element: Any, **options: Any) -> str:
    """Answers a construct in Oracle's words, with tidy white space."""
    text = str(element.compile(dialect=ORACLE, **options))
    return "\n".join(line.replace("\t", "    ").rstrip() for line in text.strip().splitlines())


def runnable(statement: str) -> str:
    """Answers a statement with one bind where a list of values will stand."""
    return _LATER.sub(r":\1", statement)


def wrong_tables(table: Table) -> Iterator[str]:
    """Yields what compiles without a word and is wrong: instants that become DATE, names cut or too long."""
    for column in table.columns:
        kind: Any = column.type
        if isinstance(kind, DateTime) and kind.timezone and str(kind.compile(dialect=ORACLE)) == "DATE":
            yield f"{table.name}.{column.name} loses its zone"
    named: list[Any] = [table, *table.columns, *table.indexes, *table.constraints]
    for name in (str(each.name) for each in named if each.name):
        if len(name.encode()) > LONGEST_NAME:
            yield f"{name} is too long"
