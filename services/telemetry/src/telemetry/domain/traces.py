"""Traces: which are kept, and what is said of one in a line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Generic, TypeVar

S = TypeVar("S")
WAIT = 8.0
"""Seconds from the first span of a trace until it is decided upon; what comes later follows the decision."""


@dataclass(frozen=True, slots=True)
class Span:
    """One step of a trace. Times in microseconds since 1970."""

    span_id: str
    parent_id: str
    part: str
    name: str
    begin_us: int
    took_us: int
    kind: str
    failed: bool = False
    error: str = ""


@dataclass(frozen=True)
class Trace:
    """A kept trace, or what came late of one."""

    trace_id: str
    spans: Sequence[Span]

    @property
    def root(self) -> Span:
        """The first step; where it was not sent, the earliest of those without a parent here."""
        here = {span.span_id for span in self.spans}
        return min(self.spans, key=lambda span: (span.parent_id in here, span.begin_us))

    @property
    def began_at(self) -> datetime:
        """When it began."""
        return datetime.fromtimestamp(self.root.begin_us / 1e6, UTC)

    @property
    def parts(self) -> tuple[str, ...]:
        """Every part that took part, in the order of their first steps."""
        return tuple(dict.fromkeys(span.part for span in sorted(self.spans, key=lambda span: span.begin_us)))

    @property
    def failed_in(self) -> str:
        """The part where it went wrong first: the failed step none of whose own steps failed."""
        failed = [span for span in self.spans if span.failed]
        passed_on = {span.parent_id for span in failed}
        deepest = [span for span in failed if span.span_id not in passed_on] or failed
        return min(deepest, key=lambda span: span.begin_us).part if deepest else ""


@dataclass(slots=True)
class _Waiting(Generic[S]):
    since: float
    spans: list[tuple[str, S]] = field(default_factory=list[tuple[str, S]])
    size: int = 0
    wanted: bool = False


@dataclass
class Sampler(Generic[S]):
    """Keeps every trace with an error or a slow step and a share of the rest; the rest is let go without being unpacked.

    `most_bytes` bounds what waits: beyond it the oldest are decided upon at once.
    """

    share: float
    most_bytes: int
    remember: int = 4096
    # In the order of their arrival: a dictionary keeps it.
    _waiting: dict[bytes, _Waiting[S]] = field(default_factory=dict[bytes, _Waiting[S]])
    _kept: dict[bytes, None] = field(default_factory=dict[bytes, None])
    size: int = 0
    seen: int = 0

    def add(self, trace_id: bytes, part: str, span: S, size: int, now: float, *, wanted: bool) -> None:
        """Takes a span; `wanted` when it failed or was slow."""
        waiting = self._waiting.get(trace_id)
        if waiting is None:
            waiting = self._waiting[trace_id] = _Waiting(now)
        waiting.spans.append((part, span))
        waiting.size += size
        waiting.wanted = waiting.wanted or wanted
        self.size += size
        self.seen += 1

    def decided(self, now: float, wait: float = WAIT) -> Iterator[tuple[bytes, list[tuple[str, S]]]]:
        """Yields what is kept of the traces that have waited long enough."""
        while self._waiting:
            trace_id, waiting = next(iter(self._waiting.items()))
            if now - waiting.since < wait and self.size <= self.most_bytes:
                return
            del self._waiting[trace_id]
            self.size -= waiting.size
            if waiting.wanted or trace_id in self._kept or self._chosen(trace_id):
                self._kept[trace_id] = None
                while len(self._kept) > self.remember:
                    del self._kept[next(iter(self._kept))]
                yield trace_id, waiting.spans

    def _chosen(self, trace_id: bytes) -> bool:
        # By the trace's own number: whoever decides, decides alike.
        return int.from_bytes(trace_id[-4:], "big") < self.share * 2**32
