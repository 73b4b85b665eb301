"""Loads fields of the branch's own: a record keeps them as one JSON text, a file brings some of them as columns.

Their values are staged one column each, so that differences and history stay questions of sets. Only the new text of a record that
exists is put together outside the database, in pieces of rows that the plan has found: no two databases write JSON alike, and the
same values must always be the same text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, Table, select, update

from chassis.columns import LongText, Version, Words
from customer.domain.customer import EXTRA, merged_extra
from customer.domain.extra import LONGEST_EXTRA, as_stored
from customer.storage.dialect import add_rows, analyse

_ROWS_AT_ONCE = 2_000
_KNOWN = ("updated", "skipped")


class Overtaken(Exception):
    """Somebody changed a record between plan and load; the load starts again."""


@dataclass(frozen=True)
class ExtraLoad:
    """The fields of the branch's own that a file brings, by name, and the working table of what their records held."""

    names: tuple[str, ...]
    held: Table

    def columns(self, table: Table) -> list[tuple[str, ColumnElement[Any]]]:
        """Answers each field by its path, with its column in a working table."""
        return [(f"{EXTRA}.{name}", table.c[key]) for name, key in zip(self.names, value_keys(self.names), strict=True)]

    def lay_over(self, connection: Connection, table: Table, staged: Table, plan: Table, *, fast: bool) -> None:
        """Lays the values of the file over those of the records that exist; a row that differs in them alone becomes
        `updated`. Raises `Overtaken`.
        """
        joined = plan.join(staged, staged.c.line == plan.c.line).join(table, table.c.id == plan.c.record_id)
        known = [plan.c.line, plan.c.outcome, plan.c.version, table.c.version, table.c.extra]
        asked = select(*known, *(column for _, column in self.columns(staged))).select_from(joined)
        asked = asked.where(plan.c.outcome.in_(_KNOWN))
        found = connection.execute(asked, execution_options={"yield_per": _ROWS_AT_ONCE})
        for rows in found.partitions():
            add_rows(connection, self.held, list(self._differing(rows)), fast=fast)
        analyse(connection, self.held)
        differing = plan.c.line.in_(select(self.held.c.line))
        connection.execute(update(plan).where(plan.c.outcome == "skipped", differing).values(outcome="updated"))

    def _differing(self, rows: Sequence[Row[*tuple[Any, ...]]]) -> Iterator[Sequence[Any]]:
        """Yields a row of the working table for each record that is written: what it is to hold, and what it held."""
        for line, outcome, planned, version, held, *values in rows:
            if planned != version:
                raise Overtaken
            before: dict[str, str] = held or {}
            after = merged_extra(before, dict(zip(self.names, values, strict=True)))
            if outcome == "updated" or after != before:
                yield line, as_stored(after), *(before.get(name) for name in self.names)


def value_keys(names: Sequence[str]) -> list[str]:
    """Answers what the columns of these fields are called in working tables: a field's own name may be too long for one."""
    return [f"x{number:02d}" for number in range(len(names))]


def value_columns(names: Sequence[str]) -> list[Column[Any]]:
    """Makes the columns that take the fields in: the whole as it is stored, then each value."""
    return [Column(EXTRA, LongText), *(Column(key, Words(LONGEST_EXTRA)) for key in value_keys(names))] if names else []


def line_column() -> Column[Any]:
    """Makes the column that says which row of the file it is about."""
    return Column("line", Version, primary_key=True, autoincrement=False)
