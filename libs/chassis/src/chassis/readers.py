"""Threads that only read, each on a connection of its own that stays open between two questions.

A list is asked far more often than anything is changed, and for a short question the way to the database costs more than the
answer: taking a connection out of the pool, setting it up, a session, a future of one kind turned into another. Here the way is
a queue, so whoever asks first is answered first, and a slow list cannot keep a change waiting.
"""

import asyncio
import contextlib
from collections.abc import Callable
from contextvars import Context, copy_context
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from chassis.shedding import CallerGone, Gate, Lease, served, using

T = TypeVar("T")
CLOSE_WITHIN = 1.0


@dataclass(frozen=True, slots=True)
class _Question:
    lease: Lease
    work: Callable[["Line"], Any]
    # Carries the trace into the thread.
    context: Context
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[Any]

    def ask(self, line: "Line") -> None:
        """Runs in the reading thread."""
        try:
            with self.lease.working():
                found, error = self.context.run(self._work, line), None
        except CallerGone:
            return
        except BaseException as raised:
            found, error = None, raised
        # A loop that has been closed waits for nothing.
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._take, found, error)

    def _work(self, line: "Line") -> Any:
        with self.lease.known():
            return self.work(line)

    def _take(self, found: Any, error: BaseException | None) -> None:
        if self.answer.done():
            return
        if error is None:
            self.answer.set_result(found)
        else:
            self.answer.set_exception(error)


class Line:
    """A reading thread's connection: opened when it is first needed, and again after it was dropped."""

    def __init__(self, engine: Engine) -> None:
        """Opens nothing yet."""
        self._engine = engine
        self._held: Connection | None = None

    def connection(self) -> Connection:
        """Answers the open connection."""
        if self._held is None:
            self._held = self._engine.connect()
        else:
            using(self._held.connection.dbapi_connection)
        return self._held

    def drop(self) -> None:
        """Gives the connection back to the pool, which closes it if it has died."""
        held, self._held = self._held, None
        if held is not None:
            with contextlib.suppress(Exception):
                held.close()


class Readers:
    """A few reading threads behind one queue."""

    def __init__(self, engine: Engine, count: int) -> None:
        """Starts no thread before the first question."""
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._count = count
        self._gate = Gate(count)
        self._questions: SimpleQueue[_Question | None] = SimpleQueue()
        self._threads: list[Thread] = []

    async def ask(self, work: Callable[[Line], T]) -> T:
        """Runs `work` in the next thread that is free; answers what it answers and raises what it raises.

        Raises `Overloaded` when none will be free in time.
        """
        lease = self._gate.enter()
        if len(self._threads) < self._count:
            thread = Thread(target=self._serve, name=f"reader-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._questions.put(_Question(lease, work, copy_context(), loop, answer))
        return await served(lease, answer)

    def close(self) -> None:
        """Ends the threads and closes their connections; one that is in the middle of a question is not waited for long."""
        for _ in self._threads:
            self._questions.put(None)
        for thread in self._threads:
            thread.join(CLOSE_WITHIN)
        self._threads.clear()

    def _serve(self) -> None:
        line = Line(self._engine)
        while (question := self._questions.get()) is not None:
            question.ask(line)
        line.drop()
