"""Loads staged rows into the archive by sets: plan → new records → history by difference → changed records.

The plan says of every row what becomes of it: `created`, `updated`, `skipped` or `failed`. Everything after it reads the
plan, so that no row is ever looked up by what was just written (recipes C9: that took minutes on a million rows).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    case,
    func,
    insert,
    literal,
    null,
    or_,
    select,
)

from chassis.identity import Actor
from chassis.merging import MergeUpdate
from chassis.sql import JsonOf
from customer.domain.customer import EXTRA
from customer.domain.loading import STAGED
from customer.storage.dialect import analyse, as_text, numbered
from customer.storage.extra_load import ExtraLoad, Overtaken
from customer.storage.loads import Load
from customer.storage.tables import accounts, customers


@dataclass(frozen=True)
class Cause:
    """Who brings the rows, when, and by which import: what the history says of every change."""

    actor: Actor
    at: datetime
    job_id: str


@dataclass(frozen=True)
class BulkLoad:
    """One load in progress: its working tables and what the file decides."""

    load: Load
    staged: Table
    plan: Table
    fields: frozenset[str]
    """Staged fields the file decides."""
    extras: ExtraLoad | None = None
    """The fields of the branch's own that the file brings, if any."""

    def make_plan(self, connection: Connection, *, fast: bool = True) -> dict[str, int]:
        """Decides what becomes of each row; answers how many rows share each outcome. Raises `Overtaken`."""
        analyse(connection, self.staged)
        connection.execute(insert(self.plan).from_select([c.name for c in self.plan.c], self._outcomes()))
        analyse(connection, self.plan)
        if self.extras is not None:
            self.extras.lay_over(connection, self.load.table, self.staged, self.plan, fast=fast)
        counted = select(self.plan.c.outcome, func.count().label("row_count")).group_by(self.plan.c.outcome)
        return {str(row.outcome): int(row.row_count) for row in connection.execute(counted)}

    def failures(self, connection: Connection) -> Iterator[tuple[int, str]]:
        """Yields (row number, reason code) of the rows that failed, in order."""
        failed = select(self.plan.c.line, self.plan.c.reason).where(self.plan.c.outcome == "failed")
        yield from connection.execute(failed.order_by(self.plan.c.line))

    def create(self, connection: Connection, changes: Table, cause: Cause) -> None:
        """Adds the new records, each with one line of history that holds the whole record."""
        table = self.load.table
        copied = [*self.load.traced, *self.load.derived, *([EXTRA] if self.extras else [])]
        rows = self._rows("created")
        source = rows.with_only_columns(
            self.plan.c.record_id, literal(1), *(self._source(field) for field in copied), maintain_column_froms=True
        )
        connection.execute(
            insert(table).from_select([table.c.id, table.c.version, *(table.c[f] for f in copied)], source)
        )
        told = {field: as_text(self._source(field)) for field in self.load.traced}
        whole = JsonOf(told | dict(self.extras.columns(self.staged) if self.extras else ()))
        self._trace(connection, changes, cause, rows, self.plan.c.change_id, "*", null(), whole)

    def update(self, connection: Connection, changes: Table, cause: Cause, planned: int) -> None:
        """Writes the history of every field that differs, then the differing records. Raises `Overtaken`."""
        table = self.load.table
        rows = self._rows("updated").join(table, table.c.id == self.plan.c.record_id)
        fields = self.load.decided(self.fields)
        pairs = [(field, table.c[field], self._source(field)) for field in fields]
        if self.extras is not None:
            rows = self._beside_held(rows, self.extras)
            pairs += self._extra_pairs(self.extras)
        for number, (field, old, new) in enumerate(pairs, start=1):
            differing = rows.where(old.is_distinct_from(new))
            change_id = numbered(self.plan.c.change_id, number)
            self._trace(connection, changes, cause, differing, change_id, field, as_text(old), as_text(new))
        written = [*fields, *(field for field in self.load.derived if field in self.fields)]
        values = {field: self._source(field) for field in written}
        rows = self._rows("updated")
        if self.extras is not None:
            rows = self._beside_held(rows, self.extras)
            values[EXTRA] = self.extras.held.c[EXTRA]
        source = rows.with_only_columns(
            self.plan.c.record_id.label("id"),
            self.plan.c.version.label("version"),
            *(value.label(f"new_{field}") for field, value in values.items()),
            maintain_column_froms=True,
        )
        merged = connection.execute(MergeUpdate(table, source, values))
        if merged.rowcount != planned:
            raise Overtaken

    def _beside_held(self, rows: Select[*tuple[Any, ...]], extras: ExtraLoad) -> Select[*tuple[Any, ...]]:
        return rows.join(extras.held, extras.held.c.line == self.plan.c.line)

    def _extra_pairs(self, extras: ExtraLoad) -> list[tuple[str, ColumnElement[Any], ColumnElement[Any]]]:
        """Answers each field of the branch's own by its path, as the record held it and as the file says."""
        held, said = extras.columns(extras.held), extras.columns(self.staged)
        return [(path, old, new) for (path, old), (_, new) in zip(held, said, strict=True)]

    def touched(self, columns: list[ColumnElement[Any]]) -> Select[*tuple[Any, ...]]:
        """Asks for columns of the records that were added or changed."""
        table = self.load.table
        return (
            select(*columns)
            .select_from(self.plan.join(table, table.c.id == self.plan.c.record_id))
            .where(self.plan.c.outcome.in_(("created", "updated")))
        )

    def _rows(self, outcome: str) -> Select[*tuple[Any, ...]]:
        joined = self.plan.join(self.staged, self.staged.c.line == self.plan.c.line)
        return select(self.plan.c.line).select_from(joined).where(self.plan.c.outcome == outcome)

    def _source(self, field: str) -> ColumnElement[Any]:
        if field == "customer_id":
            return self.plan.c.root_id
        if field == "account_id":
            return self.plan.c.account_id
        return self.staged.c[field]

    def _trace(
        self,
        connection: Connection,
        changes: Table,
        cause: Cause,
        rows: Select[*tuple[Any, ...]],
        change_id: ColumnElement[Any],
        field: str,
        old: ColumnElement[Any],
        new: ColumnElement[Any],
    ) -> None:
        actor = cause.actor
        values: dict[str, ColumnElement[Any]] = {
            "id": change_id,
            "changed_at": literal(cause.at, changes.c.changed_at.type),
            "actor_kind": literal(actor.kind),
            "actor_id": literal(actor.id),
            "actor_name": literal(actor.name or None, changes.c.actor_name.type),
            "actor_ip": literal(actor.ip or None, changes.c.actor_ip.type),
            "form": literal(self.load.history_form),
            "record_id": self.plan.c.record_id,
            "root_id": func.coalesce(self.plan.c.root_id, self.plan.c.record_id),
            "field": literal(field),
            "old_value": old,
            "new_value": new,
            "cause": literal(cause.job_id),
        }
        source = rows.with_only_columns(*values.values(), maintain_column_froms=True)
        connection.execute(insert(changes).from_select(list(values), source))

    def _outcomes(self) -> Select[*tuple[Any, ...]]:
        """What becomes of each row: first why it fails, then whether its record is there and differs."""
        judged = self._judged().subquery("judged")
        table = self.load.table
        joined = judged.outerjoin(table, and_(*(table.c[field] == judged.c[field] for field in self._key())))
        differs = or_(
            *(table.c[field].is_distinct_from(judged.c[field]) for field in self.load.decided(self.fields)),
        )
        outcome = case(
            (judged.c.reason.is_not(None), "failed"),
            (table.c.id.is_(None), "created"),
            (differs, "updated"),
            else_="skipped",
        )
        return select(
            judged.c.line,
            func.coalesce(table.c.id, judged.c.id),
            judged.c.change_id,
            judged.c.customer_id if self.load.owned else null(),
            judged.c.account_id if self.load.accounted else null(),
            table.c.version,
            outcome,
            judged.c.reason,
        ).select_from(joined)

    def _key(self) -> list[str]:
        return ["customer_id" if field == "customer_number" and self.load.owned else field for field in self.load.key]

    def _judged(self) -> Select[*tuple[Any, ...]]:
        """The staged rows with the ids of what they name, and the reason why a row cannot be taken."""
        staged = self.staged
        earlier = func.row_number().over(
            partition_by=[staged.c[field] for field in self.load.key], order_by=staged.c.line
        )
        columns: list[ColumnElement[Any]] = [staged.c.line, staged.c.id, staged.c.change_id]
        columns += [staged.c[field] for field in STAGED[self.load.form]]
        reasons: list[tuple[ColumnElement[bool], Any]] = [(earlier > 1, "DUPLICATE_IN_FILE")]
        source: Any = staged
        if self.load.owned:
            source = source.outerjoin(customers, customers.c.customer_number == staged.c.customer_number)
            columns.append(customers.c.id.label("customer_id"))
            reasons.append((customers.c.id.is_(None), "CUSTOMER_UNKNOWN"))
        if self.load.accounted:
            source = source.outerjoin(accounts, accounts.c.account_number == staged.c.account_number)
            columns.append(accounts.c.id.label("account_id"))
            named = staged.c.account_number.is_not(None)
            reasons.append((and_(named, accounts.c.id.is_(None)), "ACCOUNT_UNKNOWN"))
            reasons.append((and_(named, accounts.c.customer_id != customers.c.id), "ACCOUNT_OF_OTHER_CUSTOMER"))
        return select(*columns, case(*reasons, else_=null()).label("reason")).select_from(source)
