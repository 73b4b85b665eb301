"""An OTLP/gRPC endpoint that keeps the spans it is sent: the real protocol, so that traces are proven over every edge."""

import threading
from collections.abc import Generator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf import text_format
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2, logs_service_pb2_grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc


@dataclass(frozen=True)
class SeenSpan:
    """A span as it arrived."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str


@dataclass
class Sink:
    """What was received so far."""

    endpoint: str = ""
    spans: list[SeenSpan] = field(default_factory=list[SeenSpan])
    raw: list[str] = field(default_factory=list[str])
    """Every batch as text, whole."""
    logs: list[str] = field(default_factory=list[str])
    metrics: set[str] = field(default_factory=set[str])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def trace_of(self, name: str) -> list[SeenSpan]:
        """Answers every span of the newest trace that has a span of this name."""
        with self._lock:
            found = [span for span in self.spans if span.name == name]
            return [span for span in self.spans if found and span.trace_id == found[-1].trace_id]

    def arrived(self) -> int:
        """Answers how many spans came so far."""
        with self._lock:
            return len(self.spans)

    def way_to(self, span: SeenSpan) -> list[SeenSpan]:
        """Answers a span and those it hangs on, the outermost first, as far as they have come."""
        with self._lock:
            known = {one.span_id: one for one in self.spans if one.trace_id == span.trace_id}
        path = [span]
        while path[-1].parent_id in known:
            path.append(known[path[-1].parent_id])
        return path[::-1]

    def Export(self, request: Any, context: Any) -> Any:
        """Takes one batch of whichever kind."""
        with self._lock:
            self.raw.append(text_format.MessageToString(request, as_utf8=True))
            if isinstance(request, trace_service_pb2.ExportTraceServiceRequest):
                for group in request.resource_spans:
                    service = next(a.value.string_value for a in group.resource.attributes if a.key == "service.name")
                    for scope in group.scope_spans:
                        self.spans += [
                            SeenSpan(service, s.name, s.trace_id.hex(), s.span_id.hex(), s.parent_span_id.hex())
                            for s in scope.spans
                        ]
                return trace_service_pb2.ExportTraceServiceResponse()
            if isinstance(request, logs_service_pb2.ExportLogsServiceRequest):
                for group in request.resource_logs:
                    for scope in group.scope_logs:
                        self.logs += [str(record) for record in scope.log_records]
                return logs_service_pb2.ExportLogsServiceResponse()
            for group in request.resource_metrics:
                for scope in group.scope_metrics:
                    self.metrics |= {metric.name for metric in scope.metrics}
            return metrics_service_pb2.ExportMetricsServiceResponse()


@contextmanager
def receiving() -> Generator[Sink]:
    """Listens on a free port of this machine."""
    sink = Sink()
    server = grpc.server(futures.ThreadPoolExecutor(4))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(sink, server)  # type: ignore[arg-type]  # the three services share one method name
    logs_service_pb2_grpc.add_LogsServiceServicer_to_server(sink, server)  # type: ignore[arg-type]
    metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server(sink, server)  # type: ignore[arg-type]
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sink.endpoint = f"http://127.0.0.1:{port}"
    yield sink
    server.stop(None)
