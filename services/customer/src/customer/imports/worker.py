"""Loads the files that wait, one after another, and survives being killed at any moment.

claim (a hold of 15 s, renewed) → child reads → one transaction loads and closes the job → the file is dropped.
A killed loader leaves a hold that runs out; the next one starts the file from its beginning, with nothing of it loaded.
"""

import asyncio
import contextlib
import dataclasses
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from chassis.database import Database
from chassis.errors import DatabaseUnavailable
from chassis.identity import Actor, service_actor
from chassis.ids import new_id
from customer.actions.claim_import import claim_import
from customer.actions.keep_import import is_over, keep_import
from customer.actions.load_import import Loading, load_import
from customer.actions.refuse_import import refuse_import
from customer.domain.customer import CHANGEABLE, PLACING
from customer.domain.errors import ImportEnded
from customer.domain.extra import NO_EXTRAS, Extras
from customer.domain.import_job import ImportForm, ImportJob
from customer.domain.loading import columns_writing, field_written
from customer.domain.organisation import Organisation
from customer.imports.errors_shown import shown_errors
from customer.imports.extra_columns import with_extras
from customer.imports.forms import forms
from customer.imports.reading import ChildRows
from customer.imports.refusal import FileRefused
from customer.imports.spool import Spool
from customer.storage.extra_load import Overtaken
from customer.storage.import_jobs import LEASE

log = structlog.get_logger()
_KEEP = timedelta(days=30)
_BEAT = 1.0
_LOOK = 2.0
_READING_SHARE = 60


class Stopped(Exception):
    """The import was cancelled or taken over."""


@dataclass
class _Progress:
    """How far the load is; read by the heartbeat in another thread."""

    percent: int = 0
    read: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def reached(self, percent: int) -> None:
        if self.stop.is_set():
            raise Stopped
        self.percent = percent

    def read_so_far(self, read: int, guess: int) -> None:
        self.read = read
        self.reached(min(_READING_SHARE * read // max(guess, 1), _READING_SHARE - 1))


@dataclass
class ImportWorker:
    """One loader."""

    database: Database
    branch: Callable[[], Organisation]
    """Answers the branch as it stands."""
    spool: Spool
    zone: str
    holder: str = field(default_factory=new_id)
    extras: Callable[[], Extras] = lambda: NO_EXTRAS
    """Answers the fields that the branch has added to customers."""
    fast: bool = True
    """False takes the way of databases without COPY."""
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _running: dict[str, _Progress] = field(default_factory=dict[str, _Progress])

    async def run(self) -> None:
        """Runs for ever."""
        await asyncio.to_thread(self.spool.tidy, time.time() - _KEEP.total_seconds())
        while True:
            job = await self.database.run(service_actor("customer"), claim_import, self.holder, LEASE)
            if job is None:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._arrived.wait(), _LOOK)
                self._arrived.clear()
                continue
            await self._load(job)

    def welcome(self, job_id: str, job: ImportJob) -> None:
        """Wakes the loader for a file that arrived; drops the bytes of one that had arrived before."""
        if job.id != job_id:
            self.spool.drop(job_id)
        self._arrived.set()

    def stop(self, job_id: str) -> None:
        """Ends the loading of a cancelled import at once; elsewhere its loader notices within a second."""
        progress = self._running.get(job_id)
        if progress is not None:
            progress.stop.set()
        else:
            self.spool.drop(job_id)

    def errors(self, job: ImportJob, opens: Callable[[str], bool] | None) -> Iterator[bytes]:
        """Yields the refused rows of an import; with `opens` without fields of customers that it does not open."""
        if opens is None or job.form != ImportForm.CUSTOMER:
            return self.spool.read_errors(job.id)
        form = with_extras(forms(ZoneInfo(self.zone))[job.form], self.extras().values())
        return shown_errors(self.spool.errors(job.id), form, lambda column: opens(field_written(column)))

    async def _load(self, job: ImportJob) -> None:
        progress = self._running[job.id] = _Progress()
        beating = asyncio.create_task(self._beat(job, progress))
        try:
            await asyncio.to_thread(self.load, job, progress)
        except (Stopped, ImportEnded):
            log.info("import stopped", job=job.id)
            await asyncio.to_thread(self._drop_if_over, job.id)
        except DatabaseUnavailable:
            log.warning("import waits for the database", job=job.id)
        finally:
            progress.stop.set()
            beating.cancel()
            del self._running[job.id]
        self.database.recorded.set()

    def load(self, job: ImportJob, progress: "_Progress | None" = None) -> None:
        """Loads one file in the calling thread, from its beginning to the end of its job."""
        told = progress or _Progress()
        folder = self.spool.folder / f"{job.id}.work"
        opened: list[ChildRows] = []

        def open_rows(closed: frozenset[str]) -> ChildRows:
            rows = ChildRows(self._task(job, closed), folder, self.spool.errors(job.id), told.read_so_far)
            opened.append(rows)
            return rows

        loading = Loading(job.id, self.holder, open_rows, told.reached, self.fast, self._columns(job))
        try:
            self._attempt(job, loading)
        finally:
            for rows in opened:
                rows.stop()
            shutil.rmtree(folder, ignore_errors=True)
        self.spool.drop(job.id)

    def _attempt(self, job: ImportJob, loading: Loading) -> None:
        run = partial(self.database.run_sync, _brought_by(job), load_import)
        try:
            try:
                counts = run(loading)
            except Overtaken:
                counts = run(loading)
        except FileRefused as refused:
            self.database.run_sync(
                service_actor("customer"), refuse_import, job.id, self.holder, refused.reason, refused.detail
            )
            log.info("import refused", job=job.id, reason=refused.reason)
        else:
            log.info("import done", job=job.id, **dataclasses.asdict(counts))

    def _drop_if_over(self, job_id: str) -> None:
        """Drops the file of a cancelled import; one that another loader took over is still needed."""
        if self.database.run_sync(service_actor("customer"), is_over, job_id):
            self.spool.forget(job_id)

    async def _beat(self, job: ImportJob, progress: _Progress) -> None:
        while not progress.stop.is_set():
            await asyncio.sleep(_BEAT)
            # A database that is away for a moment ends the load by itself, or not at all.
            with contextlib.suppress(DatabaseUnavailable):
                kept = await self.database.run(
                    service_actor("customer"), keep_import, job.id, self.holder, LEASE, progress.read, progress.percent
                )
                if not kept:
                    progress.stop.set()

    def _columns(self, job: ImportJob) -> tuple[str, ...]:
        """Answers what a file of customers may bring that rules can close."""
        if job.form != ImportForm.CUSTOMER:
            return ()
        own = (field for field in CHANGEABLE if field not in PLACING)
        return (*own, *(field.path for field in self.extras().values()))

    def _task(self, job: ImportJob, closed: frozenset[str]) -> dict[str, Any]:
        branch = self.branch()
        extras = self.extras() if job.form == ImportForm.CUSTOMER else NO_EXTRAS
        return {
            "path": str(self.spool.data(job.id)),
            "name": job.name,
            "form": str(job.form),
            "zone": self.zone,
            "communities": [dataclasses.asdict(community) for community in branch.communities],
            "staff": sorted(branch.staff),
            "extras": [dataclasses.asdict(each) for each in extras.values()],
            "closed": sorted(column for field in closed for column in columns_writing(field)),
        }


def _brought_by(job: ImportJob) -> Actor:
    """Who brought the file: the history names them, not the loader."""
    kind: Any = job.actor_kind
    return Actor(kind=kind, id=job.actor_id, name=job.actor_name or "", ip=job.actor_ip or "")
