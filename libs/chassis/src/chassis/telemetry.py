"""Traces, metrics and logs over OTLP to one endpoint. Off costs nothing; a dead endpoint never slows a request."""

import time
from collections.abc import Callable, Iterable, Mapping
from threading import Thread
from types import TracebackType

import grpc
from opentelemetry import _logs, metrics, trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import CallbackOptions, Counter, Histogram, Observation
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import AlwaysOffExemplarFilter, MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Span, SpanContext, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_meter = metrics.get_meter("crm")
# Whoever watches must hear within seconds that something is wrong, and that somebody has fallen silent.
EVERY = 10_000
LAST_WORDS = 3.0
# Outcomes that are the fault of the suite: whatever else a call is refused for concerns its caller alone.
FAULTS = frozenset(
    {"UNKNOWN", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"}
)
_SEVERITIES = {
    "debug": _logs.SeverityNumber.DEBUG,
    "info": _logs.SeverityNumber.INFO,
    "warning": _logs.SeverityNumber.WARN,
    "error": _logs.SeverityNumber.ERROR,
}
MILLISECONDS = (
    1.0,
    2.5,
    5.0,
    10.0,
    20.0,
    40.0,
    60.0,
    80.0,
    100.0,
    150.0,
    250.0,
    500.0,
    1000.0,
    2000.0,
    5000.0,
    10_000.0,
)
_FAULT_KINDS = frozenset({"unavailable", "exhausted"})
# The trace and nothing else: the usual propagator also looks for baggage, which nobody here sends.
_headers = TraceContextTextMapPropagator()


class _State:
    on = False
    tracer: Tracer = trace.get_tracer("crm")
    logger: _logs.Logger = _logs.get_logger("crm")
    shutdowns: tuple[Callable[[], object], ...] = ()


def start(
    service: str,
    endpoint: str,
    ratio: float = 1.0,
    *,
    version: str = "",
    authority: bytes | None = None,
) -> None:
    """Starts exporting to an OTLP/gRPC endpoint such as `http://127.0.0.1:4317`; an empty one leaves everything off.

    `ratio` is the share of traces begun here that are kept; a caller's decision is followed. `authority` is who an
    endpoint that begins with `https` must be certified by; the public authorities when it is left out.
    """
    if not endpoint:
        return
    resource = Resource.create(
        {
            "service.name": service,
            "service.namespace": "crm",
            "service.version": version,
            # Another number is another process: whoever watches sees that a part was started again.
            "service.instance.id": f"{time.time_ns():x}",
        }
    )
    insecure = not endpoint.startswith("https")
    proof = None if insecure else grpc.ssl_channel_credentials(authority or None)
    tracers = TracerProvider(resource=resource, sampler=ParentBased(TraceIdRatioBased(ratio)), shutdown_on_exit=False)
    # Short export time-outs: a dead endpoint costs a dropped batch in a background thread, nothing else.
    tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint, insecure, proof, timeout=5)))
    trace.set_tracer_provider(tracers)
    reader = PeriodicExportingMetricReader(OTLPMetricExporter(endpoint, insecure, proof, timeout=5), EVERY)
    # Without exemplars: nothing reads them here, and keeping them costs more than counting.
    meters = MeterProvider([reader], resource, AlwaysOffExemplarFilter(), shutdown_on_exit=False)
    metrics.set_meter_provider(meters)
    loggers = LoggerProvider(resource, shutdown_on_exit=False)
    loggers.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter(endpoint, insecure, proof, timeout=5)))
    _logs.set_logger_provider(loggers)
    _State.tracer = tracers.get_tracer("crm")
    _State.logger = loggers.get_logger("crm")
    _State.shutdowns = (meters.shutdown, tracers.shutdown, loggers.shutdown)
    _State.on = True


def stop() -> None:
    """Says good-bye and sends what is left: whoever watches can tell a stop from a crash."""
    if not _State.on:
        return
    _stopping.set(1)
    ending = [Thread(target=shutdown, daemon=True) for shutdown in _State.shutdowns]
    for thread in ending:
        thread.start()
    # A dead endpoint would have each of them try for seconds; nobody waits that long for a stop.
    until = time.monotonic() + LAST_WORDS
    for thread in ending:
        thread.join(max(until - time.monotonic(), 0))


def on() -> bool:
    """Tells whether anything is exported."""
    return _State.on


def tracer() -> Tracer:
    """Answers the tracer of the suite."""
    return _State.tracer


def counter(name: str, description: str) -> Counter:
    """Answers a counter."""
    return _meter.create_counter(name, description=description)


def histogram(name: str, unit: str, description: str) -> Histogram:
    """Answers a histogram; for milliseconds with bounds that tell a quick call from a slow one."""
    bounds = MILLISECONDS if unit == "ms" else None
    return _meter.create_histogram(name, unit=unit, description=description, explicit_bucket_boundaries_advisory=bounds)


class Gauge:
    """A figure that is what it was last set to, for each of its subjects."""

    def __init__(self, name: str, unit: str, description: str) -> None:
        """Declares it; nothing is said before it is set."""
        self._readings: dict[str, Observation] = {}
        _meter.create_observable_gauge(name, [self._observe], unit, description)

    def set(self, value: float, subject: str = "", **labels: str) -> None:
        """Sets the figure of a subject; its labels may change with it."""
        self._readings[subject] = Observation(value, labels)

    def forget(self, subject: str = "") -> None:
        """Says nothing more of a subject."""
        self._readings.pop(subject, None)

    def _observe(self, _: CallbackOptions) -> Iterable[Observation]:
        return tuple(self._readings.values())


_stopping = Gauge("crm.process.stopping", "1", "1 in the last words of a process that stops as it was told")


def log_record(level: str, body: str, attributes: Mapping[str, str]) -> None:
    """Exports a line of the log, with the present trace."""
    _State.logger.emit(
        timestamp=time.time_ns(),
        severity_number=_SEVERITIES.get(level, _logs.SeverityNumber.INFO),
        severity_text=level,
        body=body,
        attributes=attributes,
    )


def note_fault(code: str) -> None:
    """Marks the present span as failed when the outcome of its call is the suite's own fault."""
    if _State.on and code in FAULTS:
        trace.get_current_span().set_status(Status(StatusCode.ERROR, code))


def is_fault(error: BaseException) -> bool:
    """Tells what went wrong here from what a caller was rightly refused: the latter is no error of a trace."""
    code: Callable[[], grpc.StatusCode] | None = getattr(error, "code", None)
    if isinstance(error, grpc.RpcError) and callable(code):
        return code().name in FAULTS
    kind = getattr(error, "kind", None)
    return isinstance(error, Exception) and not isinstance(error, grpc.aio.AbortError) and kind in (None, *_FAULT_KINDS)


class span:  # noqa: N801  reads as a word beside `with`
    """Opens a span for the block; nothing at all while telemetry is off.

    The tracer's own block is three generators deep and costs as much as the span itself.
    """

    __slots__ = ("_kind", "_name", "_opened", "_parent", "_token")

    def __init__(self, name: str, kind: SpanKind = SpanKind.INTERNAL, parent: Context | None = None) -> None:
        """Opens nothing yet."""
        self._name = name
        self._kind = kind
        self._parent = parent
        self._opened: Span | None = None

    def __enter__(self) -> Span | None:
        """Answers the open span; None while telemetry is off."""
        if not _State.on:
            return None
        self._opened = _State.tracer.start_span(self._name, self._parent, self._kind)
        self._token = attach(trace.set_span_in_context(self._opened))
        return self._opened

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Closes it; an error inside is noted on it and goes on."""
        if self._opened is None:
            return
        detach(self._token)
        if error is not None and is_fault(error):
            # Its kind only: the text of an error may carry rows. The log line of the same trace has what is fit to be read.
            self._opened.set_status(Status(StatusCode.ERROR, type(error).__name__))
        self._opened.end()


def traceparent() -> str:
    """Answers the W3C `traceparent` of the present span; empty while telemetry is off."""
    if not _State.on:
        return ""
    context = trace.get_current_span().get_span_context()
    return as_header(context) if context.is_valid else ""


def as_header(context: SpanContext) -> str:
    """Writes a span's place in its trace as the W3C header."""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def parent(carrier: Mapping[str, str]) -> Context | None:
    """Reads the caller's trace from headers; None while telemetry is off."""
    return _headers.extract(carrier) if _State.on else None


def trace_id() -> str:
    """Answers the present trace id in hex; empty when there is none."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else ""
