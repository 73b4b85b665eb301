"""Loading by sets: a working table that vanishes with its transaction, and an update of many rows from another question.

PostgreSQL's ON CONFLICT is unknown to Oracle, and Oracle's UPDATE joins no other table; MERGE is what both have.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Executable, Select, Table
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql.expression import ClauseElement

Compiler = Any


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
