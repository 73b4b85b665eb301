"""The OTLP/gRPC endpoint: traces, metrics and logs of every part. It takes what it can and never makes anybody wait."""

from dataclasses import dataclass
from typing import Any

import structlog
from grpc import aio
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2, logs_service_pb2_grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from chassis.tls import Certificates
from telemetry.background.keeping import Keeper
from telemetry.receiving.figures import Figures
from telemetry.receiving.forwarding import Forwarder
from telemetry.receiving.lines import lines_of
from telemetry.receiving.spans import Spans

log = structlog.get_logger()
MOST_BYTES = 8 << 20
AT_ONCE = 32


class _Traces(trace_service_pb2_grpc.TraceServiceServicer):
    def __init__(self, spans: Spans, onward: Forwarder) -> None:
        self._spans = spans
        self._onward = onward

    async def Export(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002  named by OTLP, and gRPC hands a context to each
        """Takes spans."""
        self._spans.take(request)
        self._onward.forward("/opentelemetry.proto.collector.trace.v1.TraceService/Export", request)
        return trace_service_pb2.ExportTraceServiceResponse()


class _Metrics(metrics_service_pb2_grpc.MetricsServiceServicer):
    def __init__(self, figures: Figures, onward: Forwarder) -> None:
        self._figures = figures
        self._onward = onward

    async def Export(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002  named by OTLP, and gRPC hands a context to each
        """Takes figures."""
        self._figures.take(request)
        self._onward.forward("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", request)
        return metrics_service_pb2.ExportMetricsServiceResponse()


class _Logs(logs_service_pb2_grpc.LogsServiceServicer):
    def __init__(self, keeper: Keeper, onward: Forwarder) -> None:
        self._keeper = keeper
        self._onward = onward

    async def Export(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002  named by OTLP, and gRPC hands a context to each
        """Takes lines."""
        for line in lines_of(request):
            self._keeper.keep_line(line)
        self._onward.forward("/opentelemetry.proto.collector.logs.v1.LogsService/Export", request)
        return logs_service_pb2.ExportLogsServiceResponse()


@dataclass
class Endpoint:
    """Listens."""

    address: str
    spans: Spans
    figures: Figures
    keeper: Keeper
    onward: Forwarder
    certificates: Certificates | None = None

    async def run(self) -> None:
        """Runs for ever."""
        # No interceptor: what arrives here is not traced, or every trace would make the next.
        server = aio.server(
            options=[
                ("grpc.max_receive_message_length", MOST_BYTES),
                ("grpc.so_reuseport", 0),
                ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
            ],
            maximum_concurrent_rpcs=AT_ONCE,
        )
        trace_service_pb2_grpc.add_TraceServiceServicer_to_server(_Traces(self.spans, self.onward), server)
        metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server(_Metrics(self.figures, self.onward), server)
        logs_service_pb2_grpc.add_LogsServiceServicer_to_server(_Logs(self.keeper, self.onward), server)
        if self.certificates is None:
            server.add_insecure_port(self.address)
        else:
            server.add_secure_port(self.address, self.certificates.server_credentials(clients=False))
        await server.start()
        log.info("receiving telemetry", address=self.address)
        try:
            await server.wait_for_termination()
        finally:
            await server.stop(0.5)
            await self.onward.close()
