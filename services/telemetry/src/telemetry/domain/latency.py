"""Latency as counts in buckets: adds up over time and instances, and answers quantiles."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

BOUNDS_MS: tuple[float, ...] = (1, 2.5, 5, 10, 20, 40, 60, 80, 100, 150, 250, 500, 1000, 2000, 5000, 10_000)
"""Upper ends of the buckets in milliseconds; the last bucket has none."""


def _empty() -> list[int]:
    return [0] * (len(BOUNDS_MS) + 1)


@dataclass
class Latency:
    """How long some calls took."""

    count: int = 0
    total_ms: float = 0.0
    buckets: list[int] = field(default_factory=_empty)

    def add(self, other: "Latency") -> None:
        """Adds the calls of another."""
        self.count += other.count
        self.total_ms += other.total_ms
        for place, number in enumerate(other.buckets):
            self.buckets[place] += number

    def quantile(self, share: float) -> float:
        """Answers the time that this share of the calls did not exceed, in milliseconds; 0 without calls.

        Within a bucket calls are taken to lie evenly; beyond the last bound the bound itself is answered.
        """
        wanted = share * self.count
        below = 0
        for place, number in enumerate(self.buckets):
            if number and below + number >= wanted:
                low = BOUNDS_MS[place - 1] if place else 0.0
                high = BOUNDS_MS[place] if place < len(BOUNDS_MS) else low
                return low + (high - low) * max(wanted - below, 0) / number
            below += number
        return 0.0


def measured(bounds: Sequence[float], counts: Sequence[int], total_ms: float, scale: float = 1.0) -> Latency:
    """Takes a histogram with bounds of its own, in units of `scale` milliseconds, into our buckets."""
    found = Latency(count=sum(counts), total_ms=total_ms * scale)
    for place, number in enumerate(counts):
        if number:
            # The calls of a bucket count as its upper end; those beyond the last bound lie beyond ours as well.
            at = bisect_left(BOUNDS_MS, bounds[place] * scale) if place < len(bounds) else len(BOUNDS_MS)
            found.buckets[at] += number
    return found
