"""What a running telemetry consists of besides its database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chassis.clock import Clock
from chassis.database import Database
from chassis.ids import new_id
from chassis.nats import Bus
from telemetry.background.keeping import Keeper
from telemetry.background.surroundings import Surroundings
from telemetry.background.watching import Watching
from telemetry.domain.alerts import Watch
from telemetry.domain.clock_set import ClockWatch
from telemetry.domain.parts import Board
from telemetry.domain.traces import Sampler
from telemetry.receiving.endpoint import Endpoint
from telemetry.receiving.figures import Figures
from telemetry.receiving.forwarding import Forwarder
from telemetry.receiving.spans import Spans
from telemetry.sending.post import Post, Way
from telemetry.settings import TelemetrySettings

MOST_WAITING = 12 << 20
"""Bytes of spans that wait for the decision about their traces."""


@dataclass(frozen=True)
class Running:
    """Everything that goes on."""

    board: Board
    watch: Watch
    keeper: Keeper
    post: Post
    endpoint: Endpoint
    watching: Watching
    surroundings: Surroundings
    ways: Mapping[str, Way]


def build(
    settings: TelemetrySettings,
    database: Database,
    bus: Bus,
    clock: Clock,
    ways: Mapping[str, Way],
    monotonic: Callable[[], float],
) -> Running:
    """Build it; nothing runs yet."""
    board = Board(
        expected=(*settings.watched_parts, "telemetry"),
        since=clock.now(),
        backup_expected=settings.backup_expected,
        sent_elsewhere=settings.sent_elsewhere,
    )
    keeper = Keeper(database, board, clock.now, settings.limits)
    spans = Spans(Sampler(settings.trace_share, MOST_WAITING), settings.slow_ms, keeper.keep_trace, monotonic)
    watch = Watch(new_id)
    post = Post(ways, keeper, clock.now, new_id)
    address = f"{settings.otlp_host}:{settings.otlp_port}"
    return Running(
        board,
        watch,
        keeper,
        post,
        Endpoint(
            address, spans, Figures(board, clock.now), keeper, Forwarder(settings.otlp_forward), settings.certificates
        ),
        Watching(board, watch, keeper, post, spans, database, clock.now, ClockWatch(board, watch, monotonic)),
        Surroundings(board, bus, clock.now, settings.disks, settings.certificate_files),
        ways,
    )
