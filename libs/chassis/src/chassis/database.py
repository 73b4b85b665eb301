"""One action, one `Unit`, one transaction, in one worker thread (style.md §4 says why threads)."""

import asyncio
import contextvars
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from threading import Thread
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import URL, ColumnElement, Connection, event, insert
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.pool import ConnectionPoolEntry

from chassis import ids
from chassis.access import AccessBook, RowColumns
from chassis.clock import Clock
from chassis.dialects import away, full, open_engine, too_slow
from chassis.errors import DatabaseUnavailable, Stale, StorageFull, TooSlow
from chassis.history import Trace, as_row
from chassis.identity import Actor
from chassis.plumbing import Plumbing
from chassis.readers import CLOSE_WITHIN, Line, Readers
from chassis.rights import Columns, RowFacts
from chassis.room import Room
from chassis.shedding import CallerGone, Gate, Lease, Outage, check_caller, served, watch
from chassis.telemetry import span, traceparent

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Outgoing:
    """An event as it leaves: its subject, protobuf bytes, CloudEvents type and the entity it is about."""

    subject: str
    payload: bytes
    type: str
    entity_id: str = ""


Encode = Callable[[Any], Outgoing]


@dataclass
class Unit:
    """What an action works with: a session in a transaction, who asks, one instant, and where facts are recorded."""

    open_session: Callable[[], Session]
    actor: Actor
    clock: Clock
    access: AccessBook
    plumbing: Plumbing
    encode: Encode
    _events: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    _traces: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    _announced: bool = False
    _now: datetime | None = None
    _session: Session | None = None
    # A question that needs no session, only a connection, is spared the making of one.
    held: Connection | None = None

    @property
    def session(self) -> Session:
        """The session of this unit, made when it is first asked for."""
        if self._session is None:
            self._session = self.open_session()
        return self._session

    def connection(self) -> Connection:
        """Answers the connection this unit works on."""
        return self.held if self.held is not None else self.session.connection()

    def close(self) -> None:
        """Puts the session away; what was not committed is gone."""
        if self._session is not None:
            self._session.close()

    def now(self) -> datetime:
        """Answers the instant of this unit: the same each time it is asked."""
        if self._now is None:
            self._now = self.clock.now()
        return self._now

    def new_id(self) -> str:
        """Answers a fresh UUIDv7."""
        return ids.new_id()

    def record(self, event: object) -> None:
        """Records a fact; it leaves with the transaction or not at all."""
        outgoing = self.encode(event)
        self._events.append(
            {
                "id": self.new_id(),
                "waiting": True,
                "subject": outgoing.subject,
                "type": outgoing.type,
                "entity_id": outgoing.entity_id or None,
                "payload": outgoing.payload,
                "traceparent": traceparent() or None,
                "recorded_at": self.now(),
            }
        )

    def trace(
        self,
        form: str,
        record_id: str,
        field: str,
        old: str | None,
        new: str | None,
        cause: str = "",
        root_id: str = "",
    ) -> None:
        """Records the change of one field in the history; `root_id` is the record whose page shows it."""
        self._traces.append(
            as_row(Trace(form, record_id, root_id or record_id, field, old, new, cause), self.actor, self.now())
        )

    def rows(self, form: str, action: int, columns: RowColumns, column: str = "") -> ColumnElement[bool]:
        """Answers the condition that keeps the caller to the rows within reach."""
        return self.access.rows(self.actor, form, action, columns, column)

    def columns(self, form: str, row: RowFacts) -> Columns:
        """Answers how far the columns of a row are open to the caller."""
        return self.access.columns(self.actor, form, row)

    def flush(self) -> bool:
        """Writes what was recorded; tells whether events wait. Called before the commit; a bulk load calls it in between."""
        self.session.flush()
        if self._traces:
            self.session.execute(insert(self.plumbing.changes), self._traces)
            self._traces.clear()
        if self._events:
            self.session.execute(insert(self.plumbing.outbox), self._events)
            self._events.clear()
            self._announced = True
        return self._announced


def _close_for_good(_: object, record: ConnectionPoolEntry) -> None:
    # A pool that was put away is not looked into again: what comes back to it would stay open until it is collected as garbage.
    record.close()


class Database:
    """The service's database: runs actions, each in a transaction of its own."""

    def __init__(
        self,
        url: URL | str,
        *,
        clock: Clock,
        plumbing: Plumbing,
        encode: Encode,
        access: AccessBook | None = None,
        pool_size: int = 8,
        statement_timeout: int = 30_000,
        room: Room | None = None,
    ) -> None:
        """Opens nothing yet. `statement_timeout` is in milliseconds and ends a statement that a gone caller waits for."""
        readers = max(pool_size // 2, 2)
        self.engine = open_engine(
            url,
            statement_timeout=statement_timeout,
            pool_size=pool_size + readers,
            max_overflow=2,
            pool_timeout=5,
            pool_recycle=1800,
        )
        watch(self.engine)
        self._readers = Readers(self.engine, readers)
        self._gate = Gate(pool_size)
        self._outage = Outage()
        self._room = room
        self.recorded = asyncio.Event()
        self._clock = clock
        self._plumbing = plumbing
        self._encode = encode
        self._access = access or AccessBook()
        self._threads = ThreadPoolExecutor(pool_size, thread_name_prefix="unit")

    async def run(
        self, actor: Actor, action: Callable[Concatenate[Unit, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Runs `action(unit, …)` in one transaction and one worker thread, and commits it.

        Raises the action's own refusals, `Stale` for a version that moved on, `DatabaseUnavailable` when it is away,
        `Overloaded` when no thread will be free in time, `StorageFull` when the disk has no room for changes.
        """
        if self._room is not None:
            self._room.check()
        answer, events = await self._in_thread(partial(self._transact, actor, action, args, kwargs))
        if events:
            self.recorded.set()
        return answer

    async def read(
        self, actor: Actor, action: Callable[Concatenate[Unit, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Runs an action that only reads, without a transaction, in a thread that does nothing else (readers.py)."""
        self._outage.refuse()
        return await self._readers.ask(partial(self._read, actor, action, args, kwargs))

    def run_sync(self, actor: Actor, action: Callable[Concatenate[Unit, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs an action in the calling thread: for bulk workers and tests."""
        return self._transact(actor, action, args, kwargs)[0]

    def close(self) -> None:
        """Closes every connection; an action in the middle of its work is not waited for long, its connection closes when it ends."""
        event.listen(self.engine, "checkin", _close_for_good)
        self._readers.close()
        ending = Thread(target=partial(self._threads.shutdown, cancel_futures=True), daemon=True)
        ending.start()
        ending.join(CLOSE_WITHIN)
        self.engine.dispose()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        self._outage.refuse()
        lease = self._gate.enter()
        # The context carries the trace; a bare run_in_executor would drop it.
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        leased = partial(_leased, lease, work)
        return await served(lease, loop.run_in_executor(self._threads, partial(context.run, leased)))

    def _unit(self, open_session: Callable[[], Session], actor: Actor) -> Unit:
        return Unit(open_session, actor, self._clock, self._access, self._plumbing, self._encode)

    def _read(self, actor: Actor, action: Callable[..., T], args: Any, kwargs: Any, line: Line) -> T:
        def attempt() -> T:
            connection = line.connection()
            unit = self._unit(lambda: Session(connection, expire_on_commit=False, autoflush=False), actor)
            unit.held = connection
            try:
                with closing(unit):
                    return action(unit, *args, **kwargs)
            except DBAPIError:
                line.drop()
                raise

        return self._guarded(attempt)

    def _transact(self, actor: Actor, action: Callable[..., T], args: Any, kwargs: Any) -> tuple[T, bool]:
        def attempt() -> tuple[T, bool]:
            with Session(self.engine, expire_on_commit=False) as session:
                unit = self._unit(lambda: session, actor)
                answer = action(unit, *args, **kwargs)
                events = unit.flush()
                check_caller()
                committing.append(True)
                session.commit()
                return answer, events

        committing: list[bool] = []
        with span(action.__name__):
            try:
                return self._guarded(attempt, again=lambda: not committing)
            except StaleDataError as error:
                raise Stale() from error

    def _guarded(self, attempt: Callable[[], T], again: Callable[[], bool] = lambda: True) -> T:
        """Tries once more on a connection that had died or a key that somebody took first, unless the commit was under way."""
        for last in (False, True):
            try:
                answer = attempt()
            except CallerGone:
                raise
            except PoolTimeout as error:
                raise DatabaseUnavailable(detail="pool") from error
            except IntegrityError:
                # Two equal requests at once: the second finds the first's row when it looks again.
                if last or not again():
                    raise
            except DBAPIError as error:
                check_caller()
                _refuse_at_once(error)
                if not away(error):
                    raise
                if last or not again():
                    self._outage.begins()
                    raise DatabaseUnavailable(detail=type(error.orig).__name__) from error
            except Exception:
                # The action's own refusal: the database answered.
                self._outage.ends()
                raise
            else:
                self._outage.ends()
                return answer
        raise AssertionError("the loop above returns or raises")


def _leased(lease: Lease, work: Callable[[], T]) -> T:
    with lease.working(), lease.known():
        return work()


def _refuse_at_once(error: DBAPIError) -> None:
    """Refuses what a second try would not mend."""
    if full(error):
        raise StorageFull(detail="database") from error
    if too_slow(error):
        # The statement took longer than any may, or an operator ended it.
        raise TooSlow(detail="statement") from error


def content_hash(text: str) -> str:
    """Answers the SHA-256 of a text in hex: for comparing what was sent with what was sent before."""
    return hashlib.sha256(text.encode()).hexdigest()
