"""The parts of the suite as they were last heard of, and the calls of the last hour, all in memory.

Whoever asks how things are gets an answer also while the database or the broker is away.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from telemetry.domain.backup import Backup
from telemetry.domain.latency import Latency

FRESH = timedelta(seconds=30)
"""A part says something every ten seconds; what is older no longer counts."""
LAST_WORD = timedelta(seconds=14)
"""A process that lives speaks once within that time."""
REMEMBERED = timedelta(minutes=60)
FAULTS = frozenset(
    {"UNKNOWN", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"}
)
"""Outcomes that are the fault of the suite; whatever else is not OK concerns its caller."""
OF_DEPENDENCY = {"database": "postgres", "sessions": "nats"}
"""Which part a dependency is, where it has another name."""
INFRASTRUCTURE = ("postgres", "nats", "keycloak")


@dataclass(frozen=True, slots=True)
class Gauge:
    """A figure as it was last said."""

    value: float
    at: datetime
    labels: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass
class Part:
    """A process of ours, as it was last heard of."""

    name: str
    instance: str = ""
    version: str = ""
    heard_at: datetime | None = None
    stopping: bool = False
    crashed_at: datetime | None = None
    retired: tuple[str, ...] = ()
    predecessor: str = ""
    """The process before this one, while it may still be heard of."""
    replaced_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    gauges: dict[tuple[str, str], Gauge] = field(default_factory=dict[tuple[str, str], Gauge])
    happened: dict[str, datetime] = field(default_factory=dict[str, datetime])
    """When a counter last rose."""

    def hear(self, instance: str, version: str, at: datetime) -> bool:
        """Notes a sign of life; answers whether it comes from the newest process of the part.

        Another process in the place of one that said no good-bye: either that one crashed, or the two stand side by side
        through a hand-over, and then it will be heard of again.
        """
        if instance in self.retired:
            if instance == self.predecessor:
                self.predecessor = ""
            return False
        # By the order in which they came and not by their numbers: a clock may be set back.
        if self.instance and instance != self.instance:
            self.retired = (*self.retired[-7:], self.instance)
            self.predecessor, self.replaced_at = ("" if self.stopping else self.instance), at
            self.gauges.clear()
            self.stopping = False
        self.instance, self.version, self.heard_at = instance, version, at
        return True

    def settle(self, now: datetime) -> None:
        """Gives up waiting for a last word of the process before this one."""
        if self.predecessor and now - self.replaced_at >= LAST_WORD:
            self.predecessor, self.crashed_at = "", self.replaced_at

    def gauge(self, name: str, now: datetime, subject: str = "") -> float | None:
        """Answers a figure, unless it is too old."""
        found = self.gauges.get((name, subject))
        return found.value if found is not None and now - found.at <= FRESH else None

    def every(self, name: str, now: datetime) -> Iterator[tuple[str, Gauge]]:
        """Yields the figures of each subject that are not too old."""
        for (known, subject), gauge in self.gauges.items():
            if known == name and now - gauge.at <= FRESH:
                yield subject, gauge


Calls = dict[tuple[str, str], Latency]
"""Calls by method and outcome."""


def _no_calls() -> defaultdict[tuple[datetime, str], Calls]:
    return defaultdict(dict)


@dataclass
class Board:
    """Everything that is known at the moment."""

    expected: tuple[str, ...] = ()
    since: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    parts: dict[str, Part] = field(default_factory=dict[str, Part])
    calls: defaultdict[tuple[datetime, str], Calls] = field(default_factory=_no_calls)
    """By minute and part."""
    backup: Backup | None = None
    backup_expected: bool = False
    backup_heard_at: datetime | None = None
    """When the backup last said something new, or when that could not be known."""
    disks: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    """Free and all bytes by the part whose disk it is."""
    sent_elsewhere: str = ""
    troubled: dict[str, datetime] = field(default_factory=dict[str, datetime])
    """When a part last missed something it cannot do without."""
    clock_set: tuple[datetime, float] | None = None
    """When the server's clock was last found set to another time, and by how many seconds."""

    def __post_init__(self) -> None:
        """Knows the expected parts from the start: one that never says anything is missed as well."""
        for name in self.expected:
            self.part(name)

    def part(self, name: str) -> Part:
        """Answers a part; a new one is welcome."""
        return self.parts.setdefault(name, Part(name))

    def count(self, part: str, minute: datetime, method: str, code: str, latency: Latency) -> None:
        """Adds calls to a minute."""
        self.calls[minute, part].setdefault((method, code), Latency()).add(latency)

    def tick(self, now: datetime) -> None:
        """Has a place for this minute, also where nobody calls, and lets go of those before the last hour."""
        self.troubled |= {who: now for _, who, gauge in self.reports(now) if gauge.value <= 0}
        for part in self.parts.values():
            part.settle(now)
            if part.heard_at is not None and now - part.heard_at <= FRESH:
                self.calls[now.replace(second=0, microsecond=0), part.name]
        # Minutes that are still to come were counted before the clock was set back.
        for key in [key for key in self.calls if not now - REMEMBERED <= key[0] <= now]:
            del self.calls[key]

    def recent(self, part: str, now: datetime, window: timedelta) -> Iterator[tuple[str, str, Latency]]:
        """Yields method, outcome and latency of the calls of a part within a window."""
        for (minute, name), calls in self.calls.items():
            if name == part and minute > now - window - timedelta(minutes=1):
                for (method, code), latency in calls.items():
                    yield method, code, latency

    def reports(self, now: datetime) -> Iterator[tuple[str, str, Gauge]]:
        """Yields who says of which part whether it answers."""
        for part in self.parts.values():
            for subject, gauge in part.every("crm.dependency.up", now):
                yield OF_DEPENDENCY.get(subject, subject), part.name, gauge
