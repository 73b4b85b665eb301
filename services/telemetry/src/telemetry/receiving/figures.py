"""OTLP metrics onto the board: gauges as they are, calls and counters by how much they rose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1 import metrics_pb2

from telemetry.domain.latency import measured
from telemetry.domain.parts import Board, Gauge, Part
from telemetry.receiving.values import labels_of, part_of

CALLS = {"rpc.server.duration": ("rpc.method", "rpc.code"), "crm.gateway.call.duration": ("rpc.method", "outcome")}
"""Histograms of calls, with the labels of method and outcome."""
COUNTERS = frozenset({"crm.broker.store_lost", "crm.telemetry.dropped"})
"""Counters whose rising is an event."""
_MILLISECONDS = {"s": 1000.0, "ms": 1.0}
_DELTA = metrics_pb2.AGGREGATION_TEMPORALITY_DELTA
MOST_SERIES = 5000
MOST_GAUGES = 500
Series = tuple[str, str, str, str]
Counted = tuple[Sequence[int], float]


@dataclass
class Figures:
    """Takes metrics in."""

    board: Board
    now: Callable[[], datetime]
    # The ones heard of longest ago come first.
    _known: dict[Series, Counted] = field(default_factory=dict[Series, Counted])
    # Instances that were heard from their first word on: what they count now happened while we listened.
    _fresh: dict[str, str] = field(default_factory=dict[str, str])

    def take(self, request: ExportMetricsServiceRequest) -> None:
        """Takes a batch."""
        now = self.now()
        for group in request.resource_metrics:
            labels = labels_of(group.resource.attributes)
            part = self.board.part(part_of(group.resource))
            before = part.instance
            part.hear(labels.get("service.instance.id", ""), labels.get("service.version", ""), now)
            if before and part.instance != before:
                self._fresh[part.name] = part.instance
            for scope in group.scope_metrics:
                for metric in scope.metrics:
                    self._take(part, metric, now)

    def _take(self, part: Part, metric: metrics_pb2.Metric, now: datetime) -> None:
        if metric.HasField("gauge"):
            self._gauges(part, metric, now)
        elif metric.HasField("histogram") and metric.name in CALLS:
            self._calls(part, metric, now)
        elif metric.HasField("sum") and metric.name in COUNTERS:
            self._counted(part, metric, now)

    def _gauges(self, part: Part, metric: metrics_pb2.Metric, now: datetime) -> None:
        for point in metric.gauge.data_points:
            labels = labels_of(point.attributes)
            value = point.as_double if point.WhichOneof("value") == "as_double" else float(point.as_int)
            if metric.name == "crm.process.stopping":
                part.stopping = bool(value)
                continue
            subject = labels.get("dependency") or labels.get("consumer") or labels.get("certificate") or ""
            if (metric.name, subject) in part.gauges or len(part.gauges) < MOST_GAUGES:
                part.gauges[metric.name, subject] = Gauge(value, now, labels)

    def _calls(self, part: Part, metric: metrics_pb2.Metric, now: datetime) -> None:
        method_label, code_label = CALLS[metric.name]
        scale = _MILLISECONDS.get(metric.unit, 1.0)
        minute = now.replace(second=0, microsecond=0)
        for point in metric.histogram.data_points:
            labels = labels_of(point.attributes)
            method, code = labels.get(method_label, "").lstrip("/"), labels.get(code_label, "").upper()
            delta = metric.histogram.aggregation_temporality == _DELTA
            risen = self._risen((part.name, metric.name, method, code), part, point, delta=delta)
            if risen is not None and sum(risen[0]):
                found = measured(point.explicit_bounds, risen[0], risen[1], scale)
                self.board.count(part.name, minute, method, code, found)

    def _counted(self, part: Part, metric: metrics_pb2.Metric, now: datetime) -> None:
        for point in metric.sum.data_points:
            total = int(point.as_int or point.as_double)
            key = (part.name, metric.name, str(sorted(labels_of(point.attributes).items())), "")
            before = self._remembered(key, part)
            self._remember(key, ([total], 0.0), part)
            if total and (before is None or total > before[0][0]) and (before or self._is_fresh(part)):
                part.happened[metric.name] = now

    def _risen(self, key: Series, part: Part, point: Any, *, delta: bool) -> Counted | None:
        counts, total = list(point.bucket_counts), float(point.sum)
        if delta:
            return counts, total
        before = self._remembered(key, part)
        self._remember(key, (counts, total), part)
        if before is None or len(before[0]) != len(counts):
            # What an older process counted before we came is not of this minute.
            return (counts, total) if self._is_fresh(part) else None
        return [new - old for new, old in zip(counts, before[0], strict=True)], total - before[1]

    def _is_fresh(self, part: Part) -> bool:
        return self._fresh.get(part.name) == part.instance or self._began_while_listening(part)

    def _began_while_listening(self, part: Part) -> bool:
        # The instance is the nanosecond of its start, in hex.
        try:
            return int(part.instance, 16) / 1e9 >= self.board.since.timestamp() - 60
        except ValueError:
            return False

    def _remembered(self, key: Series, part: Part) -> Counted | None:
        return self._known.get((f"{key[0]}:{part.instance}", *key[1:]))

    def _remember(self, key: Series, held: Counted, part: Part) -> None:
        whole = (f"{key[0]}:{part.instance}", *key[1:])
        self._known.pop(whole, None)
        self._known[whole] = held
        while len(self._known) > MOST_SERIES:
            del self._known[next(iter(self._known))]
