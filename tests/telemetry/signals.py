"""Parts that speak as the real ones do: figures of the OpenTelemetry SDK, as its exporter would send them, on a clock of ours."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from opentelemetry.exporter.otlp.proto.common._internal.metrics_encoder import encode_metrics
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource

from chassis.telemetry import MILLISECONDS
from chassis.vitals import cause_of
from telemetry.domain.alerts import Alert, Watch
from telemetry.domain.clock_set import ClockWatch
from telemetry.domain.parts import Board
from telemetry.receiving.figures import COUNTERS, Figures

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
EVERY = 10
LOOK = 5


class Speaker:
    """One process of a part."""

    def __init__(self, part: str, at: datetime) -> None:
        instance = f"{int(at.timestamp() * 1e9):x}"
        resource = Resource({"service.name": part, "service.instance.id": instance, "service.version": "1.2"})
        self._reader = InMemoryMetricReader()
        self._meter = MeterProvider([self._reader], resource, shutdown_on_exit=False).get_meter("crm")
        self._gauges: dict[str, dict[str, Observation]] = {}
        self._calls = self._meter.create_histogram(
            "rpc.server.duration", "ms", explicit_bucket_boundaries_advisory=MILLISECONDS
        )
        self._counters = {name: self._meter.create_counter(name) for name in sorted(COUNTERS)}

        self.gauge("process.memory.usage", 1e8)

    def gauge(self, name: str, value: float, subject: str = "", **labels: str) -> None:
        if name not in self._gauges:
            self._gauges[name] = {}
            self._meter.create_observable_gauge(name, [lambda _: self._observed(name, _)])
        self._gauges[name][subject] = Observation(value, labels)

    def _observed(self, name: str, _: CallbackOptions) -> list[Observation]:
        return list(self._gauges[name].values())

    def depends(self, name: str, error: BaseException | None = None, took: float = 0.005) -> None:
        """Says of a dependency what chassis says after a probe that ended so."""
        cause: Mapping[str, str] = {} if error is None else {"cause": cause_of(error)}
        self.gauge("crm.dependency.up", 0 if error else 1, name, dependency=name, **cause)
        self.gauge("crm.dependency.seconds", took, name, dependency=name)

    def call(self, method: str, code: str = "OK", ms: float = 8, times: int = 1) -> None:
        for _ in range(times):
            self._calls.record(ms, {"rpc.method": f"/crm.{method}", "rpc.code": code})

    def count(self, name: str) -> None:
        self._counters[name].add(1)

    def export(self) -> ExportMetricsServiceRequest:
        data = self._reader.get_metrics_data()
        assert data is not None
        return encode_metrics(data)


class Control:
    """The board, the rules and a clock: parts speak every ten seconds, and somebody looks every five."""

    def __init__(self, *parts: str) -> None:
        self.now = NOON
        self.board = Board(expected=parts, since=NOON)
        self.figures = Figures(self.board, lambda: self.now)
        self._numbers = iter(range(1, 10_000))
        self.watch = Watch(lambda: f"00000000-0000-7000-8000-{next(self._numbers):012d}")
        self.speakers = {part: Speaker(part, NOON) for part in parts}
        for part, speaker in self.speakers.items():
            speaker.depends("nats")
            if part != "gateway":
                speaker.depends("database")
        self.told: list[Alert] = []
        self.passed = 0.0
        """Seconds that no clock can take back."""
        self.clock = ClockWatch(self.board, self.watch, lambda: self.passed)

    def set_clock(self, by: timedelta) -> None:
        """Sets the clock to another time."""
        self.now += by

    def run(self, seconds: int) -> list[Alert]:
        """Lets time pass; answers the alerts that began or ended."""
        told: list[Alert] = []
        for passed in range(LOOK, seconds + LOOK, LOOK):
            self.now += timedelta(seconds=LOOK)
            self.passed += LOOK
            if passed % EVERY == 0:
                for speaker in self.speakers.values():
                    self.figures.take(speaker.export())
            self.clock.look(self.now)
            self.board.tick(self.now)
            told += self.watch.step(self.board, self.now)
        self.told += told
        return told

    def going_on(self) -> set[tuple[str, str]]:
        """Answers rule and part of what goes on."""
        return {(alert.rule, alert.part) for alert in self.watch.open.values()}

    def until(self, rule: str, part: str, within: int = 60) -> int:
        """Lets time pass until an alert goes on; answers the seconds. Fails when it takes too long."""
        for passed in range(EVERY, within + EVERY, EVERY):
            self.run(EVERY)
            if (rule, part) in self.going_on():
                return passed
        raise AssertionError(f"no {rule} of {part} within {within} s, only {sorted(self.going_on())}")
