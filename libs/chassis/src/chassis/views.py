"""Who looked at which record: noted while the call is being answered, committed before the answer leaves.

The note is an outbox row written beside the handler, those of concurrent calls in one statement and commit, so the
caller seldom waits for it. It does not yet wait for the relay: it is released once the answer was good, deleted when
the call was refused, and released by a sweep when the process died before it could tell. So no look is lost; at worst
one is recorded whose answer got lost on the way.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from crm.common.v1 import access_pb2, person_pb2, view_events_pb2
from google.protobuf import descriptor_pool
from sqlalchemy import delete, false, insert, true, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chassis.clock import Clock
from chassis.database import Database
from chassis.errors import DatabaseUnavailable
from chassis.identity import Actor, caller
from chassis.ids import new_id
from chassis.plumbing import Plumbing
from chassis.telemetry import traceparent

Call = Callable[[Any, Any], Awaitable[Any]]
TYPE = "crm.common.v1.RecordViewed"
# Oracle takes a thousand values in one list.
MOST = 500
# What nobody waits for is gathered for so long; longer while the database is away.
LINGER, PAUSE = 0.1, 1.0
# Longer than any call may take: after that its process is gone and the look counts.
ORPHANED = timedelta(seconds=60)


def view_of(method: str) -> access_pb2.View | None:
    """Answers what record `/package.Service/Method` shows according to its contract, or None."""
    service, _, name = method.lstrip("/").partition("/")
    try:
        options = descriptor_pool.Default().FindMethodByName(f"{service}.{name}").GetOptions()
    except KeyError:
        return None
    return options.Extensions[access_pb2.view] if options.HasExtension(access_pb2.view) else None


@dataclass(eq=False)
class _Look:
    """One look at a record and whether its row is committed."""

    row: dict[str, object]
    stored: "asyncio.Future[None]"


@dataclass(eq=False)
class _Batch:
    """What goes into one transaction."""

    looks: list[_Look]
    kept: list[str]
    withdrawn: list[str]


@dataclass(eq=False)
class Views:
    """Notes the looks of one service."""

    service: str
    database: Database
    plumbing: Plumbing
    clock: Clock
    _looks: list[_Look] = field(default_factory=list[_Look])
    _kept: list[str] = field(default_factory=list[str])
    _withdrawn: list[str] = field(default_factory=list[str])
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)
    _pump: "asyncio.Task[None] | None" = None
    _linger: float = LINGER
    # One thread: a second transaction beside the first would only split the batches.
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "views"))

    def noting(self, method: str, inner: Call) -> Call:
        """Answers the handler with noting around it; the handler itself when the method shows no record."""
        view = view_of(method)
        if view is None:
            return inner

        async def noted(request: Any, context: Any) -> Any:
            actor = caller()
            if actor.kind != "person":
                return await inner(request, context)
            look = self._begin(view.form, getattr(request, view.id_field), actor)
            seen = False
            try:
                answer = await inner(request, context)
                await look.stored
                seen = True
            finally:
                self._end(look, seen)
            return answer

        return noted

    async def run(self) -> None:
        """Runs for ever: releases what a process left behind that died in the middle of a call."""
        since: datetime | None = None
        while True:
            now = self.clock.now()
            if await asyncio.to_thread(self._release_orphans, since, now - ORPHANED):
                self.database.recorded.set()
            since = now - 3 * ORPHANED
            await asyncio.sleep(ORPHANED.total_seconds())

    def _begin(self, form: str, record_id: str, actor: Actor) -> _Look:
        now = self.clock.now()
        event = view_events_pb2.RecordViewed(
            actor=person_pb2.Actor(kind=person_pb2.Actor.KIND_PERSON, id=actor.id, name=actor.name, ip=actor.ip),
            form=form,
            record_id=_canonical(record_id),
        )
        event.at.FromDatetime(now)
        row: dict[str, object] = {
            "id": new_id(),
            "waiting": False,
            "subject": f"crm.{self.service}.record.viewed.v1",
            "type": TYPE,
            "entity_id": event.record_id or None,
            "payload": event.SerializeToString(),
            "traceparent": traceparent() or None,
            "recorded_at": now,
        }
        look = _Look(row, asyncio.get_running_loop().create_future())
        self._looks.append(look)
        self._wake()
        return look

    def _end(self, look: _Look, seen: bool) -> None:
        if seen:
            self._kept.append(str(look.row["id"]))
        elif look in self._looks:
            self._looks.remove(look)
            return
        else:
            self._withdrawn.append(str(look.row["id"]))
            if not look.stored.cancel() and not look.stored.cancelled():
                look.stored.exception()  # heard, so that asyncio does not complain that nobody did
        self._wake(now=False)

    def _wake(self, *, now: bool = True) -> None:
        if now:
            self._wanted.set()
        if self._pump is None:
            self._pump = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        try:
            while self._looks or self._kept or self._withdrawn:
                if not self._looks:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._wanted.wait(), self._linger)
                self._wanted.clear()
                await self._write(self._take())
        finally:
            self._pump = None

    def _take(self) -> _Batch:
        batch = _Batch(self._looks[:MOST], self._kept[:MOST], self._withdrawn[:MOST])
        del self._looks[:MOST], self._kept[:MOST], self._withdrawn[:MOST]
        return batch

    async def _write(self, batch: _Batch) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._transact, batch)
        except Exception as error:
            refusal = DatabaseUnavailable(detail=type(error).__name__)
            for look in batch.looks:
                if not look.stored.done():
                    look.stored.set_exception(refusal)
            # Their rows are committed; what is to be said of them is said when the database is back.
            self._kept[:0], self._withdrawn[:0] = batch.kept, batch.withdrawn
            self._linger = PAUSE
            return
        self._linger = LINGER
        for look in batch.looks:
            if not look.stored.done():
                look.stored.set_result(None)
        if batch.kept:
            self.database.recorded.set()

    def _transact(self, batch: _Batch) -> None:
        for last in (False, True):
            try:
                self._commit(batch)
                return
            except IntegrityError:
                # The first attempt did commit: its connection died on the way back.
                if not last:
                    raise
                return
            except PoolTimeout:
                raise
            except DBAPIError as error:
                if last or not error.connection_invalidated:
                    raise

    def _commit(self, batch: _Batch) -> None:
        table = self.plumbing.outbox
        with self.database.engine.begin() as connection:
            if batch.kept:
                connection.execute(update(table).where(table.c.id.in_(batch.kept)).values(waiting=true()))
            if batch.withdrawn:
                connection.execute(delete(table).where(table.c.id.in_(batch.withdrawn)))
            if batch.looks:
                connection.execute(insert(table), [look.row for look in batch.looks])

    def _release_orphans(self, since: datetime | None, until: datetime) -> int:
        table = self.plumbing.outbox
        conditions = [table.c.waiting == false(), table.c.sent_at.is_(None), table.c.recorded_at < until]
        if since is not None:
            conditions.append(table.c.recorded_at >= since)
        with self.database.engine.begin() as connection:
            return connection.execute(update(table).where(*conditions).values(waiting=true())).rowcount


def _canonical(record_id: str) -> str:
    """One id, one spelling: whoever asks in capitals is found all the same."""
    try:
        return str(UUID(record_id))
    except ValueError:
        return record_id[:64]
