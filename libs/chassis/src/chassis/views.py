"""Who looked at which record: noted while the call is being answered, committed before the answer leaves.

The note is an outbox row written beside the handler, those of concurrent calls in one statement and commit, so the caller
seldom waits for it. It does not wait for the relay yet: once answers were good their rows are put together to one event
(protobuf messages that follow each other are one message); when a call was refused its row is deleted; and when the
process died before it could tell, a sweep releases it. So no look is lost; at worst one is recorded whose answer got lost
on the way.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from crm.common.v1 import access_pb2, person_pb2, view_events_pb2
from google.protobuf import descriptor_pool
from sqlalchemy import Connection, delete, false, insert, select, true, update
from sqlalchemy.exc import IntegrityError

from chassis.clock import Clock
from chassis.database import Database
from chassis.errors import DatabaseUnavailable
from chassis.identity import Actor, caller
from chassis.ids import new_id
from chassis.plumbing import Plumbing
from chassis.telemetry import traceparent

log = structlog.get_logger()
Call = Callable[[Any, Any], Awaitable[Any]]
TYPE = "crm.common.v1.RecordsViewed"
# Oracle takes a thousand values in one list.
MOST = 500
# Good answers are gathered for so long; longer while the database is away.
LINGER, PAUSE = 0.5, 2.0
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

    @property
    def id(self) -> str:
        """Id of its row."""
        return str(self.row["id"])


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
    _writing: bool = False
    _settling: "asyncio.Task[None] | None" = None
    _held: Connection | None = None
    _sql: str = ""
    # One thread writes: a second beside it would only split what goes together. The other settles.
    _writer: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "views"))
    _settler: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "views-settled"))

    def __post_init__(self) -> None:
        self._quick = self.database.engine.execution_options(isolation_level="AUTOCOMMIT")

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
                if not look.stored.done():
                    await asyncio.shield(look.stored)
                look.stored.result()
                seen = True
            finally:
                self._end(look, seen)
            return answer

        return noted

    async def run(self) -> None:
        """Runs for ever: releases what a process left behind that died in the middle of a call."""
        since: datetime | None = None
        try:
            while True:
                now = self.clock.now()
                if await asyncio.to_thread(self._release_orphans, since, now - ORPHANED):
                    self.database.recorded.set()
                since = now - 3 * ORPHANED
                await asyncio.sleep(ORPHANED.total_seconds())
        finally:
            self.close()

    def close(self) -> None:
        """Lets go of the connection; the next look opens another."""
        self._let_go()

    def _begin(self, form: str, record_id: str, actor: Actor) -> _Look:
        now = self.clock.now()
        view = view_events_pb2.RecordViewed(
            actor=person_pb2.Actor(kind=person_pb2.Actor.KIND_PERSON, id=actor.id, name=actor.name, ip=actor.ip),
            form=form,
            record_id=_canonical(record_id),
        )
        view.at.FromDatetime(now)
        payload = view_events_pb2.RecordsViewed(views=[view]).SerializeToString()
        look = _Look(self._row(False, payload, now, view.record_id), asyncio.get_running_loop().create_future())
        self._looks.append(look)
        self._write()
        return look

    def _row(self, waiting: bool, payload: bytes, now: datetime, record_id: str = "") -> dict[str, object]:
        return {
            "id": new_id(),
            "waiting": waiting,
            "subject": f"crm.{self.service}.record.viewed.v1",
            "type": TYPE,
            "entity_id": record_id or None,
            "payload": payload,
            "traceparent": traceparent() or None,
            "recorded_at": now,
        }

    def _end(self, look: _Look, seen: bool) -> None:
        if seen:
            self._kept.append(look.id)
            self._settle()
        elif look in self._looks:
            self._looks.remove(look)
        else:
            # Only a row that is there can be taken back.
            look.stored.add_done_callback(partial(self._withdraw, look))

    def _withdraw(self, look: _Look, stored: "asyncio.Future[None]") -> None:
        if not stored.cancelled() and stored.exception() is None:
            self._withdrawn.append(look.id)
            self._settle()

    def _write(self) -> None:
        if self._writing or not self._looks:
            return
        self._writing = True
        batch = self._looks[:MOST]
        del self._looks[:MOST]
        loop = asyncio.get_running_loop()
        written = loop.run_in_executor(self._writer, self._insert, [look.row for look in batch])
        written.add_done_callback(partial(self._written, batch))

    def _written(self, batch: list[_Look], written: "asyncio.Future[None]") -> None:
        self._writing = False
        error = None if written.cancelled() else written.exception()
        for look in batch:
            if error is None:
                look.stored.set_result(None)
            else:
                look.stored.set_exception(DatabaseUnavailable(detail=type(error).__name__))
        self._write()

    def _insert(self, rows: list[dict[str, object]]) -> None:
        """Writes rows in one commit and one round trip, on a connection held for it; on a new one when that has died."""
        try:
            self._insert_quickly(rows)
        except Exception:
            self._let_go()
            try:
                with self._quick.connect() as connection:
                    connection.execute(insert(self.plumbing.outbox), rows)
            except IntegrityError:
                # The first attempt did commit: its connection died on the way back.
                return

    def _insert_quickly(self, rows: list[dict[str, object]]) -> None:
        connection = self._held = self._held or self._quick.connect()
        raw = connection.connection.dbapi_connection
        if len(rows) > 1 or raw is None or connection.dialect.driver != "psycopg":
            connection.execute(insert(self.plumbing.outbox), rows)
            connection.commit()
            return
        # The usual case goes past SQLAlchemy, which would take three times what the driver takes (measured).
        if not self._sql:
            self._sql = str(insert(self.plumbing.outbox).compile(dialect=connection.dialect, column_keys=list(rows[0])))
        cursor = raw.cursor()
        cursor.execute(self._sql, rows[0])
        cursor.close()

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.invalidate()
            held.close()

    def _settle(self) -> None:
        if self._settling is None:
            self._settling = asyncio.get_running_loop().create_task(self._settle_all())

    async def _settle_all(self) -> None:
        pause = LINGER
        try:
            while self._kept or self._withdrawn:
                if max(len(self._kept), len(self._withdrawn)) < MOST or pause > LINGER:
                    await asyncio.sleep(pause)
                pause = LINGER if await self._settled(self._kept[:MOST], self._withdrawn[:MOST]) else PAUSE
        finally:
            self._settling = None

    async def _settled(self, kept: list[str], withdrawn: list[str]) -> bool:
        """Says of committed rows what became of their calls; answers False when that must be tried again."""
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._settler, self._say, kept, withdrawn, self.clock.now())
        except Exception as error:
            log.warning("looks at records are settled later", looks=len(kept), error=repr(error))
            return False
        del self._kept[: len(kept)], self._withdrawn[: len(withdrawn)]
        if kept:
            self.database.recorded.set()
        return True

    def _say(self, kept: list[str], withdrawn: list[str], now: datetime) -> None:
        table = self.plumbing.outbox
        with self.database.engine.begin() as connection:
            # What is not there, or waits already, was said before by an attempt whose answer got lost.
            ours = (table.c.id.in_(kept), table.c.waiting == false(), table.c.sent_at.is_(None))
            rows = connection.execute(select(table.c.id, table.c.payload).where(*ours).with_for_update()).all()
            gone = [*withdrawn, *(row.id for row in rows)]
            if gone:
                connection.execute(delete(table).where(table.c.id.in_(gone), table.c.waiting == false()))
            if rows:
                together = b"".join(bytes(row.payload) for row in rows)
                connection.execute(insert(table), self._row(True, together, now))

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
