"""The release before stays at work while its schema grows under it, and beside the new release afterwards."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Engine, Table

from chassis.schema_window import attribute
from tests.migrations import filling
from tests.migrations.revisions import Step, later_steps, steps, write

pytestmark = pytest.mark.slow
ROWS, TOGETHER = 200, 3
"""Rows in every table, and requests that each release sends beside the other."""
NEVER_OUT = {"grants"}
"""Tables that came and went inside one release: no release before is at work on them."""


@dataclass
class Release:
    """A release at work: it knows the tables as they were when it was built, and nothing of what came since."""

    engine: Engine
    tables: list[Table]
    first: int
    requests: int = 0
    slowest: float = 0.0
    faults: list[BaseException] = field(default_factory=list[BaseException])
    pause: float = 0.01

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Sends requests while the body runs."""
        over = threading.Event()
        thread = threading.Thread(target=self._work, args=(over,))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def sends(self, more: int) -> None:
        """Waits for this many further requests."""
        wanted, until = self.requests + more, time.monotonic() + 60
        while self.requests < wanted:
            assert time.monotonic() < until, "the load stands still"
            time.sleep(0.01)

    def _work(self, over: threading.Event) -> None:
        for number in count(self.first):
            began = time.monotonic()
            try:
                with self.engine.begin() as connection:
                    self._request(connection, number)
            except BaseException as error:
                self.faults.append(error)
            self.requests += 1
            self.slowest = max(self.slowest, time.monotonic() - began)
            if over.wait(self.pause):
                return

    def _request(self, connection: Connection, number: int) -> None:
        """Writes a row into every table, reads it, changes it, and takes the one before away."""
        for table in self.tables:
            new = filling.row(table, number)
            connection.execute(table.insert().values(new))
            assert connection.execute(sa.select(table).where(_is(table, new))).one()._asdict() == new
            free = [each.name for each in table.columns if not each.primary_key and not each.foreign_keys]
            if free:
                changed = connection.execute(table.update().where(_is(table, new)).values({free[0]: new[free[0]]}))
                assert changed.rowcount == 1
        if number > self.first:
            for table in reversed(self.tables):
                gone = connection.execute(table.delete().where(_is(table, filling.row(table, number - 1))))
                assert gone.rowcount == 1


def _is(table: Table, row: dict[str, object]) -> sa.ColumnElement[bool]:
    return sa.and_(*(column == row[column.name] for column in table.primary_key))


def known(engine: Engine, step: Step) -> list[Table]:
    """Answers the tables a release is at work on."""
    contracted = bool(attribute(step.script, "contract_of"))
    return [table for table in filling.tables(engine) if not (contracted and table.name in NEVER_OUT)]


def failures(step: Step, engine: Engine) -> list[BaseException]:
    """Makes a step under the load of the release before, then has both at work; answers what failed."""
    filling.fill(engine, ROWS)
    old = Release(engine, known(engine, step), 1_000)
    with old.at_work():
        old.sends(TOGETHER)
        step.up(engine)
        new = Release(engine, filling.tables(engine), 20_000)
        with new.at_work():
            new.sends(TOGETHER)
            old.sends(TOGETHER)
    print(f"{step}: {old.requests} + {new.requests} requests, slowest {max(old.slowest, new.slowest):.3f} s")
    engine.dispose()
    return [*old.faults, *new.faults]


@pytest.mark.parametrize("step", later_steps(), ids=str)
def test_no_request_fails(step: Step, fresh_database: Callable[..., str]) -> None:
    assert failures(step, step.stand_before(fresh_database())) == []


def test_from_the_first_revision_to_the_last_with_the_first_release_at_work(fresh_database: Callable[..., str]) -> None:
    """Whoever skipped releases is upgraded in one go, and still at work meanwhile."""
    for folder in sorted({step.folder for step in later_steps()}):
        line = steps(folder)
        engine = line[1].stand_before(fresh_database())
        filling.fill(engine, ROWS)
        gone = NEVER_OUT if any(attribute(each.script, "contract_of") for each in line) else set[str]()
        old = Release(engine, [table for table in filling.tables(engine) if table.name not in gone], 1_000)
        with old.at_work():
            old.sends(TOGETHER)
            line[-1].up(engine)
            old.sends(TOGETHER)
        assert old.faults == []
        engine.dispose()


@pytest.mark.parametrize(
    "forth",
    [
        'op.alter_column("calls", "note", new_column_name="remark")',
        'op.drop_column("calls", "note")',
        'op.add_column("calls", sa.Column("kind", sa.Unicode(4), nullable=False, server_default="x"))\n'
        '    op.alter_column("calls", "kind", server_default=None)',
        'op.create_check_constraint("ck_calls", "calls", "id < 20000")',
    ],
    ids=["renamed", "dropped", "must be filled", "refused"],
)
def test_a_narrower_schema_is_noticed(forth: str, fresh_database: Callable[..., str], tmp_path: Path) -> None:
    columns = 'sa.Column("id", sa.BigInteger(), primary_key=True), sa.Column("note", sa.Unicode(10))'
    write(tmp_path, "0001", f'op.create_table("calls", {columns})')
    step = write(tmp_path, "0002", forth)
    assert failures(step, step.stand_before(fresh_database())) != []
