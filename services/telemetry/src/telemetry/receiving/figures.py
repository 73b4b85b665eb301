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
COUNTERS = frozenset({"crm.broker.store_lost", "crm.process.broken_off", "crm.telemetry.dropped"})
"""Counters whose rising is an event."""
_MILLISECONDS = {"s": 1000.0, "ms": 1.0}
_DELTA = metrics_pb2.AGGREGATION_TEMPORALITY_DELTA
MOST_SERIES = 5000
A_START = 60
"""Everything that starts together with us counts as new for so many seconds."""
MOST_GAUGES = 500
Series = tuple[str, str, str, str, str]
Counted = tuple[Sequence[int], float]


@dataclass
class Figures:
    """Takes metrics in."""

    board: Board
    now: Callable[[], datetime]
    _known: dict[Series, Counted] = field(default_factory=dict[Series, Counted])

    def take(self, request: ExportMetricsServiceRequest) -> None:
        """Takes a batch."""
        now = self.now()
        for group in request.resource_metrics:
            labels = labels_of(group.resource.attributes)
            part = self.board.part(part_of(group.resource))
            instance = labels.get("service.instance.id", "")
            newest = part.hear(instance, labels.get("service.version", ""), now)
            for scope in group.scope_metrics:
                for metric in scope.metrics:
                    self._take(part, instance, metric, now, newest=newest)

    def _take(self, part: Part, instance: str, metric: metrics_pb2.Metric, now: datetime, *, newest: bool) -> None:
        if metric.HasField("gauge"):
            # While two processes of a part stand side by side, the newer one says how things are.
            if newest:
                self._gauges(part, metric, now)
        elif metric.HasField("histogram") and metric.name in CALLS:
            self._calls(part, instance, metric, now)
        elif metric.HasField("sum") and metric.name in COUNTERS:
            self._counted(part, instance, metric, now)

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

    def _calls(self, part: Part, instance: str, metric: metrics_pb2.Metric, now: datetime) -> None:
        method_label, code_label = CALLS[metric.name]
        scale = _MILLISECONDS.get(metric.unit, 1.0)
        minute = now.replace(second=0, microsecond=0)
        for point in metric.histogram.data_points:
            labels = labels_of(point.attributes)
            method, code = labels.get(method_label, "").lstrip("/"), labels.get(code_label, "").upper()
            delta = metric.histogram.aggregation_temporality == _DELTA
            risen = self._risen((part.name, instance, metric.name, method, code), point, delta=delta)
            if risen is not None and sum(risen[0]):
                found = measured(point.explicit_bounds, risen[0], risen[1], scale)
                self.board.count(part.name, minute, method, code, found)

    def _counted(self, part: Part, instance: str, metric: metrics_pb2.Metric, now: datetime) -> None:
        for point in metric.sum.data_points:
            total = int(point.as_int or point.as_double)
            key = (part.name, instance, metric.name, str(sorted(labels_of(point.attributes).items())), "")
            before = self._known.get(key)
            self._remember(key, ([total], 0.0))
            if total and (before is None or total > before[0][0]) and (before or self._is_fresh(instance)):
                part.happened[metric.name] = now

    def _risen(self, key: Series, point: Any, *, delta: bool) -> Counted | None:
        counts, total = list(point.bucket_counts), float(point.sum)
        if delta:
            return counts, total
        before = self._known.get(key)
        self._remember(key, (counts, total))
        if before is None or len(before[0]) != len(counts):
            # What an older process counted before we came is not of this minute.
            return (counts, total) if self._is_fresh(key[1]) else None
        return [new - old for new, old in zip(counts, before[0], strict=True)], total - before[1]

    def _is_fresh(self, instance: str) -> bool:
        """Whether a process began while we listened. Its name is the nanosecond of its start, in hex."""
        try:
            return int(instance, 16) / 1e9 >= self.board.since.timestamp() - A_START
        except ValueError:
            return False

    def _remember(self, key: Series, held: Counted) -> None:
        # The ones heard of longest ago come first, and go first.
        self._known.pop(key, None)
        self._known[key] = held
        while len(self._known) > MOST_SERIES:
            del self._known[next(iter(self._known))]
