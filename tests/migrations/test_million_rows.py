"""A million rows in every table a revision touches: nobody who reads or writes them waits for two seconds."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine, Table, create_engine, inspect, text

from chassis.schema_turns import MigrationStuck
from tests.migrations import filling
from tests.migrations.lint import touched
from tests.migrations.revisions import Step, later_steps, write

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
MILLION = 1_000_000
AT_MOST = 2.0
STRONG = "('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')"
"""Locks of a table that keep others from reading or writing it."""
CALLS = (
    'op.create_table("calls", sa.Column("id", sa.BigInteger(), primary_key=True), sa.Column("note", sa.Unicode(40)))'
)
BATCHES = (
    'schema_steps.add_column("calls", sa.Column("kind", sa.Unicode(4)))\n'
    '    calls = sa.table("calls", sa.column("id"), sa.column("kind"))\n'
    '    schema_steps.in_batches(calls, "id", {"kind": "old"}, calls.c.kind.is_(None))'
)
AT_ONCE = "op.execute(\"UPDATE calls SET note = note || '!'\")"


def spread(table: Table) -> int:
    """Puts a million rows into a table; fewer where its key does not go so far."""
    small = any(isinstance(column.type, sa.SmallInteger) for column in table.primary_key)
    return 30_000 if small else MILLION


def fill(engine: Engine, table: Table) -> None:
    """Makes the rows in the server; what they point at need not be there."""
    values = {column.name: made(column) for column in table.columns}
    with engine.begin() as connection:
        for index in inspect(connection).get_indexes(table.name):
            if not index.get("duplicates_constraint"):
                connection.execute(text(f'DROP INDEX "{index["name"]}"'))
        connection.execute(text("SET session_replication_role = replica"))
        names = ", ".join(f'"{name}"' for name in values)
        series = f"FROM generate_series(1, {spread(table)}) n"
        connection.execute(text(f'INSERT INTO "{table.name}" ({names}) SELECT {", ".join(values.values())} {series}'))
        connection.execute(text("SET session_replication_role = DEFAULT"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'VACUUM ANALYZE "{table.name}"'))


def made(column: sa.Column[object]) -> str:
    """Answers the expression in n that fills a column."""
    kind = column.type
    if isinstance(kind, sa.Uuid):
        return "lpad(to_hex(n), 32, '0')::uuid"
    if isinstance(kind, sa.Boolean):
        return "n % 4 > 0"
    if isinstance(kind, sa.SmallInteger):
        return "n % 30001"
    if isinstance(kind, sa.Integer):
        return "n"
    if isinstance(kind, sa.Date):
        return "DATE '2000-01-01' + n"
    if isinstance(kind, sa.DateTime):
        return "TIMESTAMPTZ '2000-01-01+00' + n * INTERVAL '1 minute'"
    if isinstance(kind, sa.LargeBinary):
        return "convert_to('bytes ' || n, 'UTF8')"
    assert isinstance(kind, sa.String), f"{column}: no expression for {kind!r}"
    return f"left(n || ' {column.name}', {kind.length or 100})"


class Watch:
    """People at work on tables, and how long each had to wait; how long a lock of a table was held."""

    def __init__(self, engine: Engine, tables: list[Table]) -> None:
        self.longest: dict[str, float] = {"read": 0.0, "write": 0.0, "lock": 0.0}
        self.done = 0
        self._engine, self._tables, self._over = engine, tables, threading.Event()
        self.faults: list[BaseException] = []

    @contextmanager
    def working(self) -> Iterator[None]:
        """Reads, writes and watches while the body runs."""
        work: list[Callable[[], None]] = [self._locks]
        for table in self._tables:
            work += [
                lambda table=table: self._at_work("read", table),
                lambda table=table: self._at_work("write", table),
            ]
        threads = [threading.Thread(target=self._guarded, args=(each,)) for each in work]
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        try:
            yield
        finally:
            time.sleep(0.3)
            self._over.set()
            for thread in threads:
                thread.join()

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            self.faults.append(error)

    def _at_work(self, kind: str, table: Table) -> None:
        key = next(iter(table.primary_key))
        free = next(
            each for each in table.columns if not each.primary_key and isinstance(each.type, sa.String | sa.Boolean)
        )
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            keys = connection.scalars(sa.select(key).order_by(key).limit(500)).all()
            number = 0
            while not self._over.is_set():
                number += 1
                row = key == keys[number % len(keys)]
                began = time.monotonic()
                if kind == "read":
                    connection.execute(sa.select(table).where(row)).all()
                else:
                    connection.execute(table.update().where(row).values({free.name: free}))
                self.longest[kind] = max(self.longest[kind], time.monotonic() - began)
                self.done += 1
                time.sleep(0.01)

    def _locks(self) -> None:
        names = ", ".join(f"'{table.name}'" for table in self._tables)
        question = text(
            f"SELECT pid || ' ' || virtualtransaction || ' ' || relation FROM pg_locks WHERE granted AND mode IN {STRONG} "  # noqa: S608  # names of ours
            f"AND relation IN (SELECT oid FROM pg_class WHERE relname IN ({names}))"
        )
        since: dict[str, float] = {}
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while not self._over.is_set():
                held, now = set(map(str, connection.scalars(question))), time.monotonic()
                since = {each: since.get(each, now) for each in held}
                self.longest["lock"] = max([self.longest["lock"], *(now - began for began in since.values())])
                time.sleep(0.01)

    def check(self) -> None:
        """Nobody failed, nobody waited long, no lock was held long."""
        print({name: round(seconds, 3) for name, seconds in self.longest.items()}, self.done, "statements")
        assert self.faults == []
        assert self.done > 20
        assert {name: seconds for name, seconds in self.longest.items() if seconds > AT_MOST} == {}


@pytest.mark.parametrize("step", later_steps(), ids=str)
def test_the_services_revisions(step: Step, fresh_database: Callable[..., str]) -> None:
    names = touched(step, fresh_database())
    if not names:
        pytest.skip("the revision touches no table that was there before")
    engine = step.stand_before(fresh_database())
    tables = [table for table in filling.tables(engine) if table.name in names]
    for table in tables:
        fill(engine, table)
    forth, back = Watch(engine, tables), Watch(engine, tables)
    with forth.working():
        step.up(engine)
    forth.check()
    with back.working():
        step.down(engine)
    back.check()
    engine.dispose()


@pytest.fixture
def calls(fresh_database: Callable[..., str], tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(fresh_database())
    write(tmp_path, "0001", CALLS).up(engine)
    for table in filling.tables(engine):
        fill(engine, table)
    yield engine
    engine.dispose()


@pytest.mark.parametrize(
    "forth",
    [BATCHES, 'schema_steps.create_index("ix_calls_note", "calls", ["note"])'],
    ids=["a million rows change", "an index"],
)
def test_steps_that_commit_as_they_go(forth: str, calls: Engine, tmp_path: Path) -> None:
    step = write(tmp_path, "0002", forth)
    watch = Watch(calls, filling.tables(calls))
    with watch.working():
        step.up(calls)
    watch.check()


def test_a_million_rows_at_once_are_ended_before_they_hold_anybody_up_for_long(calls: Engine, tmp_path: Path) -> None:
    step = write(tmp_path, "0002", AT_ONCE)
    watch = Watch(calls, filling.tables(calls))
    with watch.working(), pytest.raises(MigrationStuck, match=r"holds locks meanwhile\. Split it"):
        step.up(calls)
    assert watch.longest["write"] > 0.2, "without the limit somebody would have waited for the whole table"
