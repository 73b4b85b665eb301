"""OTLP spans: looked at when they arrive, unpacked only when their trace is kept."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1 import trace_pb2

from telemetry.domain.traces import Sampler, Span, Trace
from telemetry.receiving.values import part_of, plain

_FAILED = trace_pb2.Status.STATUS_CODE_ERROR
_KINDS = {1: "internal", 2: "server", 3: "client", 4: "producer", 5: "consumer"}
# What a span takes in memory besides its bytes on the wire.
_EXTRA = 200


@dataclass
class Spans:
    """Takes spans in; hands on whole traces."""

    sampler: "Sampler[Any]"
    slow_ms: float
    keep: Callable[[Trace], None]
    clock: Callable[[], float]

    def take(self, request: ExportTraceServiceRequest) -> None:
        """Takes a batch."""
        now, slow = self.clock(), int(self.slow_ms * 1e6)
        for group in request.resource_spans:
            part = part_of(group.resource)
            for scope in group.scope_spans:
                for span in scope.spans:
                    took = span.end_time_unix_nano - span.start_time_unix_nano
                    wanted = span.status.code == _FAILED or took >= slow
                    self.sampler.add(span.trace_id, part, span, span.ByteSize() + _EXTRA, now, wanted=wanted)
        self.decide()

    def decide(self, wait: float | None = None) -> None:
        """Hands on what is decided by now."""
        decided = self.sampler.decided(self.clock()) if wait is None else self.sampler.decided(self.clock(), wait)
        for trace_id, spans in decided:
            self.keep(Trace(trace_id.hex(), [_span(part, span) for part, span in spans]))


def _span(part: str, span: trace_pb2.Span) -> Span:
    begin, end = span.start_time_unix_nano // 1000, span.end_time_unix_nano // 1000
    failed = span.status.code == _FAILED
    return Span(
        span.span_id.hex(),
        span.parent_span_id.hex(),
        part,
        plain(span.name)[:200],
        begin,
        max(end - begin, 0),
        _KINDS.get(span.kind, "internal"),
        failed,
        plain(span.status.message)[:200] if failed else "",
    )
