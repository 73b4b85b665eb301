"""Who looked at which record: noted before the answer leaves, in the outbox a moment later.

A note must not make anybody wait for a disk, and must not be lost when a process is killed: so it goes into a spool
(spool.py), and from there, with those of the same moment, as one event into the outbox. Only answers that are about to leave
are noted, so a refused call is none; at worst one is recorded whose answer got lost on the way. ADR 0010 says what a power
cut may cost.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from crm.common.v1 import access_pb2, person_pb2, view_events_pb2
from google.protobuf import descriptor_pool
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from chassis.clock import Clock
from chassis.database import Database
from chassis.errors import DatabaseUnavailable
from chassis.identity import Actor, caller
from chassis.plumbing import Plumbing
from chassis.spool import Segment, Spool, SpoolFull

log = structlog.get_logger()
Call = Callable[[Any, Any], Awaitable[Any]]
TYPE = "crm.common.v1.RecordsViewed"
GATHER, PAUSE = 0.1, 2.0
"""Seconds for which looks are gathered; longer while the database is away."""
LOOK_ROUND = 60.0
"""Seconds after which the files of processes that died are looked for again."""


def view_of(method: str) -> access_pb2.View | None:
    """Answers what record `/package.Service/Method` shows according to its contract, or None."""
    service, _, name = method.lstrip("/").partition("/")
    try:
        options = descriptor_pool.Default().FindMethodByName(f"{service}.{name}").GetOptions()
    except KeyError:
        return None
    return options.Extensions[access_pb2.view] if options.HasExtension(access_pb2.view) else None


@dataclass(eq=False)
class Views:
    """Notes the looks of one service."""

    service: str
    database: Database
    plumbing: Plumbing
    clock: Clock
    folder: Path
    _noted: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        try:
            self._spool = Spool(self.folder)
        except OSError as error:
            raise SystemExit(
                f"{self.service}: {self.folder} takes no files ({error.strerror}); it keeps who looked at what and needs a megabyte"
            ) from error

    def noting(self, method: str, inner: Call) -> Call:
        """Answers the handler with noting around it; the handler itself when the method shows no record."""
        view = view_of(method)
        if view is None:
            return inner

        async def noted(request: Any, context: Any) -> Any:
            answer = await inner(request, context)
            actor = caller()
            if actor.kind == "person":
                self._note(view.form, getattr(request, view.id_field), actor)
            return answer

        return noted

    async def run(self) -> None:
        """Runs for ever: brings what was noted into the outbox, also what a process left behind that died."""
        try:
            await self._retried(self._bring_in_left_behind)
            while True:
                try:
                    await asyncio.wait_for(self._noted.wait(), LOOK_ROUND)
                except TimeoutError:
                    await self._retried(self._bring_in_left_behind)
                    continue
                await asyncio.sleep(GATHER)
                self._noted.clear()
                await self._retried(self._bring_in)
        except asyncio.CancelledError:
            # What fails now is brought in by the next process.
            with contextlib.suppress(Exception):
                await self._bring_in()
            self.close()
            raise

    def close(self) -> None:
        """Lets go of the files; a `run` that is cancelled does it by itself."""
        self._spool.close()

    def _note(self, form: str, record_id: str, actor: Actor) -> None:
        view = view_events_pb2.RecordViewed(
            actor=person_pb2.Actor(kind=person_pb2.Actor.KIND_PERSON, id=actor.id, name=actor.name, ip=actor.ip),
            form=form,
            record_id=_canonical(record_id),
        )
        view.at.FromDatetime(self.clock.now())
        try:
            # Messages that follow each other are one message: repeated fields add up.
            self._spool.add(view_events_pb2.RecordsViewed(views=[view]).SerializeToString())
        except SpoolFull as error:
            # What cannot be recorded is not shown.
            raise DatabaseUnavailable(detail="looks at records wait for the database") from error
        self._noted.set()

    async def _retried(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
                return
            except Exception as error:
                log.warning("looks at records are brought in later", error=repr(error))
                await asyncio.sleep(PAUSE)

    async def _bring_in(self) -> None:
        for segment in self._spool.take():
            await asyncio.to_thread(self._insert, segment)
            self._spool.brought_in(segment)
            self.database.recorded.set()

    async def _bring_in_left_behind(self) -> None:
        if await asyncio.to_thread(self._insert_left_behind):
            self.database.recorded.set()

    def _insert_left_behind(self) -> int:
        with self._spool.left_behind() as segments:
            return sum(self._insert(segment) for segment in segments)

    def _insert(self, segment: Segment) -> bool:
        """Makes one event of a file; a file that had its event keeps it."""
        looks = segment.read()
        if not looks:
            return False
        row = {
            "id": segment.id,
            "waiting": True,
            "subject": f"crm.{self.service}.record.viewed.v1",
            "type": TYPE,
            "entity_id": None,
            "payload": looks,
            "traceparent": None,
            "recorded_at": self.clock.now(),
        }
        with contextlib.suppress(IntegrityError), self.database.engine.begin() as connection:
            connection.execute(insert(self.plumbing.outbox), row)
        return True


def _canonical(record_id: str) -> str:
    """One id, one spelling: whoever asks in capitals is found all the same."""
    try:
        return str(UUID(record_id))
    except ValueError:
        return record_id[:64]
