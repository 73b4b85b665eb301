"""What has come in waits here until it is written: bounded in bytes, the oldest is dropped and counted when it would grow."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from chassis.database import Database
from chassis.errors import DatabaseUnavailable
from chassis.identity import service_actor
from chassis.telemetry import counter
from telemetry.actions.tidy import tidy
from telemetry.actions.write_batch import Batch, write_batch
from telemetry.domain.alerts import Alert
from telemetry.domain.logs import LogLine
from telemetry.domain.notices import Notice
from telemetry.domain.parts import Board
from telemetry.domain.traces import Trace
from telemetry.storage.packing import Minute
from telemetry.storage.retention import Limits

T = TypeVar("T")
log = structlog.get_logger()
_dropped = counter("crm.telemetry.dropped", "traces and lines that were dropped because the database did not take them")
ACTOR = service_actor("telemetry")
EVERY = 2.0
TIDY_EVERY = timedelta(minutes=10)
MOST_AT_ONCE = 500
A_SPAN = 300
# Worth a place in the record of a minute.
_GAUGES = ("crm.outbox.waiting", "crm.outbox.oldest_seconds", "crm.dead_letters.waiting", "process.memory.usage")


@dataclass
class Keeper:
    """The queue between the endpoint and the database."""

    database: Database
    board: Board
    now: Callable[[], datetime]
    limits: Limits
    most_bytes: int = 8 << 20
    dropped: int = 0
    kept_bytes: int = 0
    """What the database holds, as it was last counted."""
    waiting_bytes: int = 0
    _traces: deque[Trace] = field(default_factory=deque[Trace])
    _lines: deque[LogLine] = field(default_factory=deque[LogLine])
    _alerts: dict[str, Alert] = field(default_factory=dict[str, Alert])
    _notices: dict[str, Notice] = field(default_factory=dict[str, Notice])
    _written: set[tuple[datetime, str]] = field(default_factory=set[tuple[datetime, str]])
    _tidy_at: datetime | None = None

    def keep_trace(self, trace: Trace) -> None:
        """Takes a trace."""
        self._traces.append(trace)
        self.waiting_bytes += A_SPAN * len(trace.spans)
        self._bound()

    def keep_line(self, line: LogLine) -> None:
        """Takes a line of a log."""
        self._lines.append(line)
        self.waiting_bytes += line.size
        self._bound()

    def known(self, at: datetime, part: str) -> None:
        """Notes a minute that was written by the process before this one."""
        self._written.add((at, part))

    def keep_alert(self, alert: Alert) -> None:
        """Takes an alert as it is now."""
        self._alerts[alert.id] = alert

    def keep_notice(self, notice: Notice) -> None:
        """Takes a message as it is now."""
        self._notices[notice.id] = notice

    def _bound(self) -> None:
        while self.waiting_bytes > self.most_bytes and (self._traces or self._lines):
            if self._traces:
                self.waiting_bytes -= A_SPAN * len(self._traces.popleft().spans)
            else:
                self.waiting_bytes -= self._lines.popleft().size
            self._drop(1)

    async def run(self) -> None:
        """Runs for ever; raises when the database is away, and is started again by its caller."""
        while True:
            await self.write()
            if self._tidy_at is None or self.now() >= self._tidy_at:
                self.kept_bytes = await self.database.run(ACTOR, tidy, self.limits)
                self._tidy_at = self.now() + TIDY_EVERY
            await asyncio.sleep(EVERY)

    async def write(self) -> None:
        """Writes everything that waits; what the database is not there for goes on waiting."""
        while True:
            traces, lines = _taken(self._traces), _taken(self._lines)
            batch = Batch(
                _together(traces), lines, self._minutes(), [*self._alerts.values()], [*self._notices.values()]
            )
            if not batch:
                return
            try:
                await self.database.run(ACTOR, write_batch, batch)
            except DatabaseUnavailable:
                self._traces.extendleft(reversed(traces))
                self._lines.extendleft(reversed(lines))
                self._bound()
                raise
            except Exception as error:
                # Not the database but what was to be written: trying again would stop everything behind it.
                log.error("a batch could not be written and is dropped", error=repr(error))
                self._drop(len(traces) + len(lines))
            self.waiting_bytes -= sum(A_SPAN * len(trace.spans) for trace in traces) + sum(line.size for line in lines)
            self._settle(batch)

    def _settle(self, batch: Batch) -> None:
        for alert in batch.alerts:
            if self._alerts.get(alert.id) is alert:
                del self._alerts[alert.id]
        for notice in batch.notices:
            if self._notices.get(notice.id) is notice:
                del self._notices[notice.id]
        self._written |= set(batch.minutes)
        self._written = {key for key in self._written if key in self.board.calls}

    def _drop(self, number: int) -> None:
        self.dropped += number
        _dropped.add(number)

    def _minutes(self) -> dict[tuple[datetime, str], Minute]:
        """The minutes that are over and not written yet."""
        now = self.now()
        over = now - timedelta(seconds=75)
        return {
            (at, part): Minute(calls, self._gauges(part, now))
            for (at, part), calls in self.board.calls.items()
            if at <= over and (at, part) not in self._written
        }

    def _gauges(self, part: str, now: datetime) -> dict[str, float]:
        known = self.board.part(part)
        figures = {name: value for name in _GAUGES if (value := known.gauge(name, now)) is not None}
        pending = [gauge.value for _, gauge in known.every("crm.consumer.pending", now)]
        return {**figures, **({"crm.consumer.pending": max(pending)} if pending else {})}


def _together(kept: list[Trace]) -> list[Trace]:
    """Puts pieces of the same trace together: each is written once a batch."""
    found: dict[str, Trace] = {}
    for trace in kept:
        known = found.get(trace.trace_id)
        found[trace.trace_id] = Trace(trace.trace_id, [*known.spans, *trace.spans]) if known else trace
    return list(found.values())


def _taken(queue: deque[T]) -> list[T]:
    return [queue.popleft() for _ in range(min(len(queue), MOST_AT_ONCE))]
