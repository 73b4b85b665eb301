"""Load that cannot be served in time is refused at once, and no thread works for a caller who has gone.

Three things stand between a call and the database: the call's deadline, which everything below counts against (`until`);
a `Gate` in front of a group of threads, which lets in who has a chance to be served; and an `Outage`, which spares
everybody the wait for a database that was away a moment ago. `Lease` is one piece of work in a thread: a caller who
goes cuts its connection, because nothing else frees a thread from a server that does not answer.
"""

import asyncio
import contextlib
import os
import socket
import threading
import time
from collections.abc import Generator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Engine, event

from chassis.errors import DatabaseUnavailable, Overloaded, Refusal

T = TypeVar("T")
# What a refusal takes to reach the caller before the caller's own deadline does.
MARGIN = 0.3
# Nobody is left standing in a queue longer than this: a quick no and a second try serve people better.
QUEUE_MOST = 3.0
# For each thread so many may wait, whatever the estimate says.
WAITING_A_THREAD = 32
# How much one more measurement moves the usual time.
_WEIGHT = 0.1
_PAUSE = 1.0
# Longer than opening a connection may take (database.py): one caller looks, the others are told meanwhile.
_LOOK = 6.0


class CallerGone(Exception):
    """The work's caller has been told something else meanwhile; nobody hears this."""


_until: ContextVar[float | None] = ContextVar("until", default=None)
_lease: ContextVar["Lease | None"] = ContextVar("lease", default=None)


def until(seconds: float | None) -> None:
    """Sets the deadline of the present call, from now; None means that it has none."""
    _until.set(None if seconds is None else time.monotonic() + seconds)


def left() -> float | None:
    """Answers how many seconds the present call has left; None without a deadline, as for background work."""
    at = _until.get()
    return None if at is None else at - time.monotonic()


@dataclass(eq=False)
class Lease:
    """One piece of work on its way through a thread."""

    gate: "Gate"
    # False for background work: it may take as long as it must, and says nothing of how long calls take.
    timed: bool = True
    # True when a queue had to be joined, by a caller who has a deadline.
    queued: bool = False
    over: bool = False
    refusal: Refusal | None = None
    _began: float = 0.0
    _wire: Any = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextlib.contextmanager
    def working(self) -> Generator[None]:
        """Stands around the work in its thread. Raises `CallerGone` when nobody waits for it any more."""
        with self._lock:
            if self.over:
                raise CallerGone
            self._began = time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                self._wire, self.over = None, True
            self.gate.out(time.monotonic() - self._began, timed=self.timed)

    @contextlib.contextmanager
    def known(self) -> Generator[None]:
        """Has the connections that are taken meanwhile belong to this work."""
        token = _lease.set(self)
        try:
            yield
        finally:
            _lease.reset(token)

    @property
    def waiting(self) -> bool:
        """True while no thread has taken the work."""
        return not self._began and not self.over

    def on(self, wire: Any) -> None:
        """Notes the driver's connection that the work uses."""
        with self._lock:
            self._wire = wire

    def check(self) -> None:
        """Raises `CallerGone` once nobody waits for the work: asked before what cannot be taken back."""
        if self.over:
            raise CallerGone

    def cut(self) -> None:
        """Ends the work for its caller: it is not begun any more, or loses its connection in the middle."""
        with self._lock:
            if self.over:
                return
            self.over = True
            if self._wire is not None:
                _hang_up(self._wire)
        if not self._began:
            self.gate.out(None, timed=False)


async def served(lease: Lease, answer: "asyncio.Future[T]") -> T:
    """Waits for the answer to a piece of work; cuts the work short when its caller goes or has stood in the queue too long."""
    patience = None
    if lease.queued:
        patience = asyncio.get_running_loop().call_later(QUEUE_MOST, _lose_patience, lease, answer)
    try:
        return await answer
    except asyncio.CancelledError:
        lease.cut()
        if lease.refusal is not None:
            raise lease.refusal from None
        raise
    finally:
        if patience is not None:
            patience.cancel()


def _lose_patience(lease: Lease, answer: "asyncio.Future[Any]") -> None:
    if lease.waiting:
        lease.refusal = Overloaded(detail="queue")
        answer.cancel()


def check_caller() -> None:
    """Raises `CallerGone` when the caller of the work in this thread has gone."""
    lease = _lease.get()
    if lease is not None:
        lease.check()


@dataclass(eq=False)
class Gate:
    """The queue in front of a group of threads: counts who is inside and how long work takes."""

    threads: int
    _inside: int = 0
    _usual: float = 0.0
    _moved: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def inside(self) -> int:
        """How many wait or are being served."""
        return self._inside

    def enter(self) -> Lease:
        """Lets the present call in, or raises `Overloaded`. Background work, which has no deadline, always comes in."""
        seconds = left()
        with self._lock:
            if seconds is not None:
                self._refuse_late(seconds)
            if self._inside == 0:
                self._moved = time.monotonic()
            self._inside += 1
            queued = seconds is not None and self._inside > self.threads
        return Lease(self, seconds is not None, queued)

    def _refuse_late(self, seconds: float) -> None:
        if seconds <= 0:
            raise Overloaded(detail="deadline")
        ahead = self._inside - self.threads
        if ahead < 0:
            return  # a thread is free
        # While nothing comes out, work takes at least as long as nothing has come out.
        each = max(self._usual, time.monotonic() - self._moved)
        wait = each * (ahead + 1) / self.threads
        if ahead >= self.threads * WAITING_A_THREAD or wait > min(QUEUE_MOST, seconds):
            raise Overloaded(detail="queue")

    def out(self, took: float | None, *, timed: bool) -> None:
        """Counts one out; `took` is how long a thread worked for it, None when none had begun."""
        with self._lock:
            self._inside -= 1
            if took is not None:
                self._moved = time.monotonic()
                self._usual += _WEIGHT * (took - self._usual) if timed else 0.0


@dataclass(eq=False)
class Outage:
    """Remembers that the database was away a moment ago; one caller a second looks whether it is back."""

    _until: float = 0.0

    def refuse(self) -> None:
        """Raises `DatabaseUnavailable` at once while the database is known to be away; background work may always look."""
        if not self._until or left() is None:
            return
        now = time.monotonic()
        if now < self._until:
            raise DatabaseUnavailable(detail="away")
        self._until = now + _LOOK

    def begins(self) -> None:
        """Notes that the database did not answer."""
        self._until = time.monotonic() + _PAUSE

    def ends(self) -> None:
        """Notes that it did."""
        if self._until:
            self._until = 0.0


def watch(engine: Engine) -> None:
    """Has every piece of work know the connection it uses."""
    event.listen(engine, "checkout", _checked_out)


def _checked_out(wire: Any, *_: Any) -> None:
    using(wire)


def using(wire: Any) -> None:
    """Notes the driver's connection for the work in this thread. Raises `CallerGone` when nobody waits for it any more."""
    lease = _lease.get()
    if lease is not None:
        lease.on(wire)
        lease.check()


def _hang_up(wire: Any) -> None:
    """Ends a conversation from outside the thread that waits in it: what it waits for fails at once.

    PostgreSQL notices within `client_connection_check_interval` and ends the statement. Other drivers offer a break.
    """
    with contextlib.suppress(Exception):
        if not hasattr(wire, "pgconn"):
            wire.cancel()
            return
        with socket.socket(fileno=os.dup(wire.pgconn.socket)) as line:
            line.shutdown(socket.SHUT_RDWR)
