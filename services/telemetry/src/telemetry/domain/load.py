"""Calls and queues put together: by method, and over time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from telemetry.domain.latency import Latency
from telemetry.domain.parts import FAULTS, Board

Row = tuple[datetime, str, str, str, Latency]


@dataclass
class Load:
    """Calls, and how they ended."""

    latency: Latency = field(default_factory=Latency)
    errors: int = 0
    refused: int = 0

    def add(self, code: str, latency: Latency) -> None:
        """Adds calls with one outcome."""
        self.latency.add(latency)
        if code in FAULTS:
            self.errors += latency.count
        elif code != "OK":
            self.refused += latency.count


@dataclass(frozen=True)
class Call:
    """One method of one part."""

    part: str
    method: str
    load: Load


@dataclass
class Point:
    """A stretch of time."""

    at: datetime
    load: Load = field(default_factory=Load)
    outbox_waiting: int = 0
    consumer_pending: int = 0


def calls(board: Board, now: datetime, window: timedelta) -> list[Call]:
    """Answers every method that was called within a window, the most expensive in all first."""
    found: dict[tuple[str, str], Load] = {}
    for part in board.parts:
        # Behind the gateway stand the services: their own figures tell more than how long it waited for them.
        if part == "gateway":
            continue
        for method, code, latency in board.recent(part, now, window):
            found.setdefault((part, method), Load()).add(code, latency)
    ordered = sorted(found.items(), key=lambda item: -item[1].latency.total_ms)
    return [Call(part, method, load) for (part, method), load in ordered]


def step_of(minutes: int) -> int:
    """Answers how many minutes a point of a timeline covers, so that there are about a hundred of them."""
    return next((step for step in (1, 2, 5, 10, 15) if minutes <= step * 120), 30)


def points(minutes: Iterable[tuple[datetime, "Minute"]], step: int) -> list[Point]:
    """Puts minutes together into stretches of `step` minutes, oldest first."""
    found: dict[datetime, Point] = {}
    for at, minute in minutes:
        begin = at - timedelta(minutes=at.minute % step if step < 60 else 0)
        point = found.setdefault(begin, Point(begin))
        for code, latency in minute.calls:
            point.load.add(code, latency)
        point.outbox_waiting = max(point.outbox_waiting, minute.outbox_waiting)
        point.consumer_pending = max(point.consumer_pending, minute.consumer_pending)
    return [found[at] for at in sorted(found)]


@dataclass(frozen=True)
class Minute:
    """What counts of one minute of one part for a timeline."""

    calls: tuple[tuple[str, Latency], ...] = ()
    outbox_waiting: int = 0
    consumer_pending: int = 0


def in_memory(board: Board, now: datetime, part: str) -> Iterator[tuple[datetime, Minute]]:
    """Yields the minutes of the last hour: calls of one part, queues of all."""
    for (at, name), held in board.calls.items():
        yield at, Minute(tuple((code, latency) for (_, code), latency in held.items()) if name == part else ())
    this = now.replace(second=0, microsecond=0)
    waiting, pending = 0, 0
    for each in board.parts.values():
        waiting = max(waiting, int(each.gauge("crm.outbox.waiting", now) or 0))
        pending = max(pending, *(int(gauge.value) for _, gauge in each.every("crm.consumer.pending", now)), 0)
    yield this, Minute((), waiting, pending)
