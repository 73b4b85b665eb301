"""What a process says of itself every few seconds while telemetry is on: how its dependencies are, and what waits in its queues."""

import asyncio
import os
import resource
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import structlog
from cryptography import x509
from sqlalchemy import Connection, func, select, true

from chassis.clock import Clock
from chassis.database import Database
from chassis.plumbing import Plumbing
from chassis.telemetry import Gauge, on

log = structlog.get_logger()
Reading = Callable[[], Awaitable[None]]
EVERY = 5.0
_UP = Gauge("crm.dependency.up", "1", "1 while a dependency answers; the label says why it does not")
_SECONDS = Gauge("crm.dependency.seconds", "s", "time a dependency took to answer")
_WAITING = Gauge("crm.outbox.waiting", "1", "events that wait to be sent")
_OLDEST = Gauge("crm.outbox.oldest_seconds", "s", "age of the oldest event that waits to be sent")
_DEAD = Gauge("crm.dead_letters.waiting", "1", "events and write-backs that were given up and wait for an operator")
_PENDING = Gauge("crm.consumer.pending", "1", "events that a consumer has not handled yet")
_MEMORY = Gauge("process.memory.usage", "By", "resident memory")
_STARTED = Gauge("process.start_time", "s", "when the process began")
_DAYS_LEFT = Gauge("crm.certificate.days_left", "d", "days until a certificate expires")
# What servers say of a full disk: PostgreSQL, JetStream, the system.
_FULL = ("no space left", "diskfull", "disk full", "insufficient storage", "insufficient resources", "53100")
_CAUSES = (
    (_FULL, "DISK_FULL"),
    (("timeout", "timed out", "deadline", "canceling statement"), "TIMEOUT"),
    (
        ("refused", "unreachable", "connection", "no servers", "noservers", "unavailable", "operationalerror"),
        "UNREACHABLE",
    ),
)


def cause_of(error: BaseException) -> str:
    """Names why a dependency did not answer, from what it or its driver said."""
    said = f"{type(error).__name__} {error} {error!r} {error.__cause__!r}".lower()
    return next((cause for words, cause in _CAUSES if any(word in said for word in words)), "FAILED")


def dependency(name: str, *, took: float = 0.0, error: BaseException | None = None) -> None:
    """Notes how a dependency was the last time it was asked."""
    cause = {} if error is None else {"cause": cause_of(error)}
    _UP.set(0 if error else 1, name, dependency=name, **cause)
    _SECONDS.set(took, name, dependency=name)


class Queue(Protocol):
    """A consumer of events, as far as its queue is concerned."""

    @property
    def name(self) -> str:
        """Its durable name."""
        ...

    async def pending(self) -> int:
        """Answers how many events it has before it."""
        ...


@dataclass
class Vitals:
    """Takes every reading in turn; one that cannot be taken says nothing, and the others go on."""

    readings: Sequence[Reading]
    every: float = EVERY

    async def run(self) -> None:
        """Runs for ever; at once over where nothing is exported."""
        while on():
            await self.take()
            await asyncio.sleep(self.every)

    async def take(self) -> None:
        """Takes every reading once."""
        for reading in (_process, *self.readings):
            try:
                await asyncio.wait_for(reading(), 10)
            except Exception as error:
                log.debug("a reading could not be taken", reading=repr(reading), error=repr(error))


def outbox(database: Database, plumbing: Plumbing, clock: Clock, given_up: Callable[[Connection], int]) -> Reading:
    """Reads what waits to be sent and what was given up."""

    async def read() -> None:
        waiting, oldest, dead = await asyncio.to_thread(_count, database, plumbing, given_up)
        _WAITING.set(waiting)
        _OLDEST.set(max((clock.now() - oldest).total_seconds(), 0) if oldest else 0)
        _DEAD.set(dead)

    return read


def _count(
    database: Database, plumbing: Plumbing, given_up: Callable[[Connection], int]
) -> tuple[int, datetime | None, int]:
    outbox = plumbing.outbox
    with database.engine.connect() as connection:
        waiting = connection.execute(
            select(func.count(), func.min(outbox.c.recorded_at)).where(outbox.c.waiting == true())
        ).one()
        return int(waiting[0]), waiting[1], given_up(connection)


def consumers(queues: Sequence[Queue]) -> Reading:
    """Reads how much each consumer has before it."""

    async def read() -> None:
        for queue in queues:
            _PENDING.set(await queue.pending(), queue.name, consumer=queue.name)

    return read


def certificates(files: Sequence[Path], clock: Clock) -> Reading:
    """Reads how long certificates are good for."""

    async def read() -> None:
        for file in files:
            found = x509.load_pem_x509_certificate(file.read_bytes())
            left = found.not_valid_after_utc - clock.now()
            _DAYS_LEFT.set(left.total_seconds() / 86_400, str(file), certificate=file.name)

    return read


async def _process() -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])  # noqa: ASYNC240  never waits
    _MEMORY.set(pages * resource.getpagesize())
    ticks = int(Path("/proc/self/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[19])  # noqa: ASYNC240
    _STARTED.set(_booted() + ticks / os.sysconf("SC_CLK_TCK"))


def _booted() -> float:
    lines = Path("/proc/stat").read_text(encoding="ascii").splitlines()
    return float(next(line for line in lines if line.startswith("btime")).split()[1])
