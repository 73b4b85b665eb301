"""Traces, metrics and logs over OTLP to one endpoint. Off costs nothing; a dead endpoint never slows a request."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from opentelemetry import _logs, metrics, propagate, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import Counter, Histogram
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Span, SpanKind, Tracer

_tracer = trace.get_tracer("crm")
_meter = metrics.get_meter("crm")


class _State:
    on = False


def start(service: str, endpoint: str, ratio: float = 1.0) -> None:
    """Starts exporting to an OTLP/gRPC endpoint such as `http://127.0.0.1:4317`; an empty one leaves everything off.

    `ratio` is the share of traces begun here that are kept; a caller's decision is followed.
    """
    if not endpoint:
        return
    resource = Resource.create({"service.name": service, "service.namespace": "crm"})
    insecure = not endpoint.startswith("https")
    tracers = TracerProvider(resource=resource, sampler=ParentBased(TraceIdRatioBased(ratio)))
    # Short export time-outs: a dead endpoint costs a dropped batch in a background thread, nothing else.
    tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint, insecure=insecure, timeout=5)))
    trace.set_tracer_provider(tracers)
    reader = PeriodicExportingMetricReader(OTLPMetricExporter(endpoint, insecure=insecure, timeout=5), 15_000)
    metrics.set_meter_provider(MeterProvider([reader], resource))
    loggers = LoggerProvider(resource)
    loggers.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter(endpoint, insecure=insecure, timeout=5)))
    _logs.set_logger_provider(loggers)
    _State.on = True


def stop() -> None:
    """Sends what is left."""
    for provider in (trace.get_tracer_provider(), metrics.get_meter_provider(), _logs.get_logger_provider()):
        shutdown = getattr(provider, "shutdown", None)
        if _State.on and shutdown is not None:
            shutdown()


def on() -> bool:
    """Tells whether anything is exported."""
    return _State.on


def tracer() -> Tracer:
    """Answers the tracer of the suite."""
    return _tracer


def counter(name: str, description: str) -> Counter:
    """Answers a counter."""
    return _meter.create_counter(name, description=description)


def histogram(name: str, unit: str, description: str) -> Histogram:
    """Answers a histogram."""
    return _meter.create_histogram(name, unit=unit, description=description)


@contextmanager
def span(name: str, kind: SpanKind = SpanKind.INTERNAL, parent: Context | None = None) -> Generator[Span | None]:
    """Opens a span for the block; nothing at all while telemetry is off."""
    if not _State.on:
        yield None
        return
    with _tracer.start_as_current_span(name, context=parent, kind=kind) as opened:
        yield opened


def traceparent() -> str:
    """Answers the W3C `traceparent` of the present span; empty while telemetry is off."""
    if not _State.on:
        return ""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier.get("traceparent", "")


def parent(carrier: Mapping[str, str]) -> Context | None:
    """Reads the caller's trace from headers; None while telemetry is off."""
    return propagate.extract(carrier) if _State.on else None


def trace_id() -> str:
    """Answers the present trace id in hex; empty when there is none."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else ""
