"""Bulk load: our import of customers, CSV and XLSX, beside PostgreSQL's COPY of the same rows into the same indexed table.

`python -m tests.bench.customer_load [rows]` runs it alone.
"""

import csv
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import psycopg
import xlsxwriter
from sqlalchemy import text

from chassis.access import AccessBook
from chassis.clock import SystemClock
from chassis.database import Database
from chassis.identity import Actor
from chassis.ids import new_id
from customer.actions.claim_import import claim_import
from customer.actions.start_import import Upload, start_import
from customer.domain.import_job import ImportForm, ImportJob
from customer.imports.spool import Spool
from customer.imports.worker import LEASE, ImportWorker
from customer.messaging.directory import Directory
from customer.messaging.publish import encode
from customer.storage import tables
from demo_branch.customers import customers
from local_stack.postgres import SERVING, PostgresServer
from local_stack.processes import free_port
from tests.bench.figures import Figure
from tests.bench.whole_branch import WholeBranch

ROWS = 100_000
CSV_AIM, XLSX_AIM = 0.25, 0.15
_BY = Actor("system", "ods-files", "ods-files", frozenset({"importer"}))
_MEBIBYTE = 1024 * 1024


@dataclass
class Bench:
    """A customer service below its door, on a server of its own."""

    worker: ImportWorker
    database: Database
    url: str

    def load(self, path: Path) -> float:
        """Answers the seconds from the claim of the job to its commit; refuses a load that left rows out."""
        job_id = new_id()
        self.worker.spool.data(job_id).write_bytes(path.read_bytes())
        upload = Upload(job_id, job_id, ImportForm.CUSTOMER, path.name, job_id)
        self.database.run_sync(_BY, start_import, upload)
        began = time.perf_counter()
        job = self.database.run_sync(_BY, claim_import, self.worker.holder, LEASE)
        if job is None:
            raise RuntimeError("the import was not claimed")
        self.worker.load(job)
        took = time.perf_counter() - began
        self._check(job_id)
        return took

    def copy(self) -> float:
        """Answers the seconds of COPY of the loaded rows into a table with the same indexes."""
        with psycopg.connect(self.url.replace("+psycopg", "")) as connection:
            with connection.cursor().copy("COPY customers TO STDOUT") as out:
                blocks = [bytes(block) for block in out]
            connection.execute("CREATE TABLE raw (LIKE customers INCLUDING ALL)")
            connection.commit()
            began = time.perf_counter()
            with connection.cursor().copy("COPY raw FROM STDIN") as into:
                for block in blocks:
                    into.write(block)
            connection.commit()
            return time.perf_counter() - began

    def empty(self) -> None:
        """Empties the archive for the next run."""
        with self.database.engine.begin() as connection:
            connection.execute(text("DROP TABLE IF EXISTS raw"))
            connection.execute(text("TRUNCATE customers, changes, outbox, requests, import_jobs CASCADE"))

    def _check(self, job_id: str) -> None:
        def find(unit: Any) -> ImportJob:
            return unit.session.get_one(ImportJob, job_id)

        job = self.database.run_sync(_BY, find)
        if job.created != job.read or not job.read:
            raise RuntimeError(f"the load is not whole: {job}")


def measure(rows: int = ROWS) -> list[Figure]:
    """Loads the same rows from CSV, from XLSX and by COPY, one after another in one run."""
    with tempfile.TemporaryDirectory(prefix="crm-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        as_csv, as_xlsx = write_files(folder, rows)
        with serving(folder) as bench:
            peak: dict[str, int] = {}
            took = {kind: _timed(bench, path, kind, peak) for kind, path in (("CSV", as_csv), ("XLSX", as_xlsx))}
            copied = bench.copy()
    raw = f"COPY {rows / copied:,.0f} rows/s"
    figures = [
        Figure(f"load {rows:,} customers, {kind}", f"{rows / took[kind]:,.0f} rows/s", raw, copied / took[kind], aim)
        for kind, aim in (("CSV", CSV_AIM), ("XLSX", XLSX_AIM))
    ]
    memory = ", ".join(f"{kind} {size} MiB" for kind, size in peak.items())
    return [*figures, Figure("peak memory of loader and reader", memory)]


def _timed(bench: Bench, path: Path, kind: str, peak: dict[str, int]) -> float:
    bench.empty()
    with _watched() as highest:
        took = bench.load(path)
    peak[kind] = highest() // _MEBIBYTE
    return took


@contextmanager
def _watched() -> Generator[Callable[[], int]]:
    """Watches the resident memory of this process and its children."""
    over = threading.Event()
    highest = [0]
    me = psutil.Process()

    def watch() -> None:
        while not over.wait(0.2):
            try:
                family = [me, *(child for child in me.children(recursive=True) if "python" in child.name())]
                highest[0] = max(highest[0], sum(one.memory_info().rss for one in family))
            except psutil.NoSuchProcess:
                continue

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    yield lambda: highest[0]
    over.set()
    thread.join()


@contextmanager
def serving(folder: Path) -> Generator[Bench]:
    """A PostgreSQL with the settings the suite runs it with, and the archive's tables in it."""
    server = PostgresServer(folder / "postgres", free_port(), secrets.token_urlsafe(12), dict(SERVING))
    server.start()
    branch = WholeBranch()
    url = server.url("postgres")
    database = Database(
        url, clock=SystemClock(), plumbing=tables.plumbing, encode=encode, access=AccessBook(branch), pool_size=2
    )
    try:
        tables.metadata.create_all(database.engine)
        spool = Spool(folder / "imports", 1024 * _MEBIBYTE)
        spool.folder.mkdir()
        yield Bench(ImportWorker(database, Directory(branch).organisation, spool, "Asia/Shanghai"), database, url)
    finally:
        database.close()
        server.stop()


def write_files(folder: Path, rows: int) -> tuple[Path, Path]:
    """Writes the demo branch's customers as CSV and as XLSX."""
    as_csv, as_xlsx = folder / "customers.csv", folder / "customers.xlsx"
    made = (one.customer for one in customers(rows, today=datetime.now(UTC).date()))
    with (
        as_csv.open("w", encoding="utf-8", newline="") as stream,
        xlsxwriter.Workbook(str(as_xlsx), {"constant_memory": True}) as book,
    ):
        lines, sheet = csv.writer(stream), book.add_worksheet()
        for number, row in enumerate(made):
            if number == 0:
                header = list(row.__slots__)
                lines.writerow(header)
                sheet.write_row(0, 0, header)
            cells = [getattr(row, column) for column in row.__slots__]
            lines.writerow(cells)
            sheet.write_row(number + 1, 0, cells)
    return as_csv, as_xlsx


if __name__ == "__main__":
    for figure in measure(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS):
        sys.stdout.write(figure.row() + "\n")
