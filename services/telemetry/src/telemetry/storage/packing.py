"""Spans and minutes of figures, packed for the database: a tenth of what rows would take."""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from typing import Any

from telemetry.domain.latency import Latency
from telemetry.domain.parts import Calls
from telemetry.domain.traces import Span


@dataclass(frozen=True)
class Minute:
    """What a part did in a minute, and how its queues were at the end of it."""

    calls: Calls
    gauges: Mapping[str, float] = field(default_factory=dict[str, float])


def pack_spans(spans: Sequence[Span]) -> bytes:
    """Packs the spans of a trace."""
    return _pack([astuple(span) for span in spans])


def unpack_spans(packed: bytes) -> list[Span]:
    """Unpacks them again."""
    return [Span(*fields) for fields in _unpack(packed)]


def pack_minute(minute: Minute) -> bytes:
    """Packs a minute; buckets without calls are left out."""
    calls = [
        [method, code, latency.count, round(latency.total_ms, 1), {i: n for i, n in enumerate(latency.buckets) if n}]
        for (method, code), latency in minute.calls.items()
    ]
    return _pack({"calls": calls, "gauges": dict(minute.gauges)})


def unpack_minute(packed: bytes) -> Minute:
    """Unpacks it again."""
    held = _unpack(packed)
    calls: Calls = {}
    for method, code, count, total_ms, buckets in held["calls"]:
        latency = Latency(count, total_ms)
        for place, number in buckets.items():
            latency.buckets[int(place)] = number
        calls[method, code] = latency
    return Minute(calls, held["gauges"])


def _pack(held: object) -> bytes:
    return zlib.compress(json.dumps(held, separators=(",", ":"), ensure_ascii=False).encode(), 6)


def _unpack(packed: bytes) -> Any:
    return json.loads(zlib.decompress(packed))
