"""Loads the rows of one file, all of them in the transaction of this action: a kill or a cancel undoes everything."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from chassis.database import Unit
from chassis.rights import WRITE
from customer.domain.errors import ImportEnded
from customer.domain.events import MOST
from customer.domain.import_job import ImportCounts, ImportJob, ImportState
from customer.domain.loading import extra_names, fields_in
from customer.storage.bulk import BulkLoad, Cause
from customer.storage.dialect import analyse, bring_in, prepare
from customer.storage.facts import events_of
from customer.storage.loads import LOADS, extra_load, plan_table
from customer.storage.reach import CUSTOMER

_WORTH_ANALYSING = 10_000
_EVENTS_AT_ONCE = 20


class StagedRows(Protocol):
    """A file being read."""

    def present(self) -> frozenset[str]:
        """Answers the columns the file has; refuses a file that cannot be read."""
        ...

    def blocks(self) -> Iterator[bytes]:
        """Yields the staged rows as COPY text."""
        ...

    def counts(self) -> tuple[int, int]:
        """Answers, after the last block, how many rows were read and how many of them failed."""
        ...

    def split(self, lines: Iterable[str]) -> Iterable[Sequence[str | None]]:
        """Splits lines of COPY text into their cells."""
        ...

    def close_with(self, failures: Iterator[tuple[int, str]]) -> None:
        """Writes the error file of everything that failed here and there."""
        ...


@dataclass(frozen=True)
class Loading:
    """What is to be loaded, by whom, and where progress is told."""

    job_id: str
    holder: str
    open_rows: Callable[[frozenset[str]], StagedRows]
    """Called with the columns that are closed to who brought the file."""
    reached: Callable[[int], None]
    """Called with the percentage after each step; raises to stop."""
    fast: bool = True
    columns: tuple[str, ...] = ()
    """Columns the file may bring that rules can close."""


def load_import(unit: Unit, loading: Loading) -> ImportCounts:
    """Loads a file and closes its job. Raises `Overtaken` when a record changed under it, and what `open_rows` refuses."""
    job = unit.session.get_one(ImportJob, loading.job_id)
    rows = loading.open_rows(_closed(unit, loading))
    bulk = _stage(unit, loading, job, rows)
    connection = unit.session.connection()
    loading.reached(60)
    planned = bulk.make_plan(connection, fast=loading.fast)
    loading.reached(70)
    cause = Cause(unit.actor, unit.now(), job.id)
    if planned.get("created"):
        bulk.create(connection, unit.plumbing.changes, cause)
    loading.reached(85)
    if planned.get("updated"):
        bulk.update(connection, unit.plumbing.changes, cause, planned["updated"])
    loading.reached(90)
    for number, event in enumerate(events_of(connection, bulk, MOST), start=1):
        unit.record(event)
        if number % _EVENTS_AT_ONCE == 0:
            unit.flush()
    read, refused = rows.counts()
    failed = refused + planned.get("failed", 0)
    if failed:
        rows.close_with(bulk.failures(connection))
    if planned.get("created", 0) >= _WORTH_ANALYSING:
        analyse(connection, bulk.load.table)
    counts = ImportCounts(read, planned.get("created", 0), planned.get("updated", 0), planned.get("skipped", 0), failed)
    _close(unit, loading, counts)
    return counts


def _closed(unit: Unit, loading: Loading) -> frozenset[str]:
    """Answers which columns a rule closes to who brought the file, under the rules in force now.

    A person's rules are looked up. An external system has no positions to go by here: its import right is all it has.
    """
    actor = unit.access.actor_of(unit.actor.id) if unit.actor.kind == "person" else None
    closed = (path for path in loading.columns if actor and unit.access.closes(actor, CUSTOMER, path, WRITE))
    return frozenset(closed)


def _stage(unit: Unit, loading: Loading, job: ImportJob, rows: StagedRows) -> BulkLoad:
    load, present = LOADS[job.form], rows.present()
    names = extra_names(present)
    extras = extra_load(names)
    bulk = BulkLoad(load, load.staged(names), plan_table(), fields_in(job.form, present), extras)
    connection = unit.session.connection()
    prepare(connection, bulk.staged, bulk.plan, *([extras.held] if extras else []))
    bring_in(connection, bulk.staged, rows.blocks(), rows.split, fast=loading.fast)
    rows.counts()
    return bulk


def _close(unit: Unit, loading: Loading, counts: ImportCounts) -> None:
    """Ends the job, unless it was cancelled or taken over meanwhile: then nothing of this transaction stays."""
    job: Any = unit.session.get_one(ImportJob, loading.job_id, with_for_update=True, populate_existing=True)
    if job.state != ImportState.RUNNING or job.holder != loading.holder:
        raise ImportEnded(state=job.state)
    job.finish(counts, unit.clock.now())
