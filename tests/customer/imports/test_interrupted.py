"""Imports that are cancelled, killed, taken over or overtaken: all of a file, or nothing."""

import multiprocessing
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from chassis.clock import SystemClock
from chassis.database import Database
from customer.actions.cancel_import import cancel_import
from customer.actions.claim_import import MOST_ATTEMPTS, claim_import
from customer.actions.keep_import import keep_import
from customer.domain.errors import ImportEnded
from customer.imports.worker import LEASE, ImportWorker
from customer.messaging.directory import Directory
from customer.messaging.publish import encode
from customer.storage import tables
from tests.customer.small_archive import (
    IMPORTER,
    Papers,
    World,
    another_worker,
    counts,
    customer_row,
    make_worker,
    write_csv,
)

pytestmark = pytest.mark.slow


def big_file(folder: Path, rows: int = 3_000) -> Path:
    return write_csv(folder / "big.csv", [customer_row(customer_number=f"C{n}") for n in range(rows)])


def nothing_stored(world: World) -> bool:
    return not any(world.rows(table) for table in (tables.customers, tables.plumbing.changes, tables.plumbing.outbox))


class CancelHalfWay:
    """Tells progress to nobody; cancels the import once the plan is made."""

    def __init__(self, world: World, job_id: str) -> None:
        self.world, self.job_id = world, job_id

    def reached(self, percent: int) -> None:
        if percent == 85:
            self.world.run(IMPORTER, cancel_import, self.job_id)

    def read_so_far(self, read: int, guess: int) -> None:
        pass


def test_a_cancelled_import_leaves_nothing(world: World) -> None:
    job = world.start(big_file(world.folder))
    claimed = world.run(IMPORTER, claim_import, world.worker.holder, LEASE)
    assert claimed is not None
    progress: Any = CancelHalfWay(world, job.id)
    with pytest.raises(ImportEnded):
        world.worker.load(claimed, progress)
    assert str(world.job(job.id).state) == "cancelled"
    assert nothing_stored(world)
    assert not world.run(IMPORTER, keep_import, job.id, world.worker.holder, LEASE, 1, 1)
    with pytest.raises(ImportEnded):
        world.run(IMPORTER, cancel_import, job.id)


def test_a_waiting_import_is_cancelled_before_it_begins(world: World) -> None:
    job = world.start(big_file(world.folder, 1))
    world.run(IMPORTER, cancel_import, job.id)
    assert world.run(IMPORTER, claim_import, world.worker.holder, LEASE) is None


def test_one_file_at_a_time_and_a_lost_hold_is_taken_over(world: World) -> None:
    job = world.start(big_file(world.folder, 2))
    later = world.start(big_file(world.folder, 2))
    second = another_worker(world)
    assert world.run(IMPORTER, claim_import, world.worker.holder, LEASE) is not None
    assert world.run(IMPORTER, claim_import, second.holder, LEASE) is None
    world.clock.advance(LEASE)
    taken = world.run(IMPORTER, claim_import, second.holder, LEASE)
    assert taken is not None
    assert taken.id == job.id
    with pytest.raises(ImportEnded):
        world.worker.load(taken)  # the first loader wakes up late
    assert nothing_stored(world)
    second.spool.data(job.id).write_bytes(big_file(world.folder, 2).read_bytes())
    second.load(taken)
    assert counts(world.job(job.id)) == ("done", 2, 2, 0, 0, 0)
    following = world.run(IMPORTER, claim_import, second.holder, LEASE)
    assert following is not None
    assert following.id == later.id


def test_a_file_that_ends_its_loader_again_and_again_is_given_up(world: World) -> None:
    job = world.start(big_file(world.folder, 1))
    for _ in range(MOST_ATTEMPTS):
        assert world.run(IMPORTER, claim_import, world.worker.holder, LEASE) is not None
        world.clock.advance(LEASE)
    assert world.run(IMPORTER, claim_import, world.worker.holder, LEASE) is None
    assert (str(world.job(job.id).state), world.job(job.id).reason) == ("refused", "IMPORT_KEPT_FAILING")


def _load_for_ever(url: str, papers: dict[str, bytes], folder: Path, job_id: str, said: Any) -> None:
    """A service's loader in a process of its own, which stops for a long breath before the commit."""
    directory = Directory(Papers(papers))
    database = Database(url, clock=SystemClock(), plumbing=tables.plumbing, encode=encode)
    worker: ImportWorker = make_worker(database, directory, folder)
    job = database.run_sync(IMPORTER, claim_import, worker.holder, LEASE)
    assert job is not None
    assert job.id == job_id

    class Breath:
        def reached(self, percent: int) -> None:
            if percent == 90:
                said.send("loaded, not committed")
                time.sleep(60)

        def read_so_far(self, read: int, guess: int) -> None:
            pass

    progress: Any = Breath()
    worker.load(job, progress)


def test_a_kill_in_the_middle_loses_and_doubles_nothing(world: World) -> None:
    world.customers({"customer_number": "C1", "name": "旧名"})
    job = world.start(big_file(world.folder, 500))
    heard, said = multiprocessing.Pipe()
    url = world.database.engine.url.render_as_string(hide_password=False)
    context = multiprocessing.get_context("spawn")
    loader = context.Process(target=_load_for_ever, args=(url, world.papers.held, world.folder, job.id, said))
    loader.start()
    assert heard.poll(40)
    assert heard.recv() == "loaded, not committed"
    assert loader.pid is not None
    os.kill(loader.pid, signal.SIGKILL)
    loader.join()
    assert len(world.rows(tables.customers)) == 1
    world.clock.at = SystemClock().now() + 2 * LEASE
    again = world.run(IMPORTER, claim_import, world.worker.holder, LEASE)
    assert again is not None
    assert again.id == job.id
    world.worker.load(again)
    assert counts(world.job(job.id)) == ("done", 500, 499, 1, 0, 0)
    assert len(world.rows(tables.customers)) == 500
    assert len([row for row in world.rows(tables.plumbing.changes) if row.cause == job.id and row.field == "*"]) == 499


def test_the_way_without_copy_loads_the_same(world: World) -> None:
    rows = [
        {**customer_row(customer_number=f"C{n}", store_anniversary="2015-06-01"), "note": "a\\b\tc\nd"}
        for n in range(3)
    ]
    world.worker.fast = False
    assert counts(world.load("customer", rows)) == ("done", 3, 3, 0, 0, 0)
    stored = world.rows(tables.customers)[0]
    assert (str(stored.store_anniversary), stored.seat_number, stored.version, stored.note) == (
        "2015-06-01",
        None,
        1,
        "a\\b\tc\nd",
    )
    world.worker.fast = True
    assert counts(world.load("customer", rows)) == ("done", 3, 0, 0, 3, 0)
