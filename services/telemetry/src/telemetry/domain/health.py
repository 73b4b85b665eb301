"""How every part is, put together from the board and the alerts that go on."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum

from telemetry.domain.alerts import Alert
from telemetry.domain.parts import FRESH, INFRASTRUCTURE, Board, Gauge, Part
from telemetry.domain.rules import BY_NAME


class State(IntEnum):
    """How a part is."""

    UNKNOWN = 0
    UP = 1
    ATTENTION = 2
    DOWN = 3
    ABSENT = 4


@dataclass(frozen=True)
class Dependency:
    """How a part finds another; for the infrastructure: who finds it so."""

    name: str
    up: bool
    cause: str
    took_ms: float


@dataclass(frozen=True)
class Fact:
    """A figure about a part."""

    name: str
    value: float
    subject: str = ""


@dataclass(frozen=True)
class PartHealth:
    """How one part is."""

    name: str
    state: State
    alerts: tuple[str, ...] = ()
    heard_at: datetime | None = None
    started_at: datetime | None = None
    version: str = ""
    dependencies: tuple[Dependency, ...] = ()
    outbox_waiting: int = -1
    outbox_oldest_seconds: float = 0.0
    dead_letters: int = -1
    consumers: Mapping[str, int] = field(default_factory=dict[str, int])
    memory_bytes: int = 0
    facts: tuple[Fact, ...] = ()


def health(board: Board, alerts: Iterable[Alert], now: datetime) -> list[PartHealth]:
    """Answers every part in the order of the page: what people meet first, what that stands on, what looks after it."""
    by_part: dict[str, list[Alert]] = {}
    for alert in alerts:
        by_part.setdefault(alert.part, []).append(alert)
    ours = sorted(
        (part for part in board.parts.values() if part.name not in (*INFRASTRUCTURE, "backup")),
        key=lambda part: (part.name != "gateway", part.name == "telemetry", part.name),
    )
    return [
        *(_process(board, part, by_part.get(part.name, []), now) for part in ours),
        *(_infrastructure(board, name, by_part.get(name, []), now) for name in INFRASTRUCTURE),
        _backup(board, by_part.get("backup", []), now),
    ]


def _state(alerts: Iterable[Alert], otherwise: State) -> State:
    """The worst that an alert says; what the part itself says where there is none."""
    found = list(alerts)
    if any(BY_NAME[alert.rule].down for alert in found if alert.rule in BY_NAME):
        return State.DOWN
    return State.ATTENTION if found else otherwise


def _names(alerts: Iterable[Alert]) -> tuple[str, ...]:
    return tuple(alert.rule for alert in sorted(alerts, key=lambda alert: (-alert.severity, alert.began_at)))


def _process(board: Board, part: Part, alerts: list[Alert], now: datetime) -> PartHealth:
    heard = part.heard_at is not None and now - part.heard_at <= FRESH
    waiting, dead = part.gauge("crm.outbox.waiting", now), part.gauge("crm.dead_letters.waiting", now)
    started = part.gauge("process.start_time", now)
    return PartHealth(
        part.name,
        _state(alerts, State.UP if heard else State.UNKNOWN),
        _names(alerts),
        part.heard_at,
        datetime.fromtimestamp(started, UTC) if started else None,
        part.version,
        tuple(_dependencies(part, now)),
        -1 if waiting is None else int(waiting),
        part.gauge("crm.outbox.oldest_seconds", now) or 0.0,
        -1 if dead is None else int(dead),
        {name: int(gauge.value) for name, gauge in part.every("crm.consumer.pending", now)},
        int(part.gauge("process.memory.usage", now) or 0),
        (*_disk(board, part.name), *_certificates(part, now)),
    )


def _dependencies(part: Part, now: datetime) -> Iterator[Dependency]:
    for name, gauge in part.every("crm.dependency.up", now):
        took = part.gauge("crm.dependency.seconds", now, name) or 0.0
        yield Dependency(name, gauge.value > 0, gauge.labels.get("cause", ""), took * 1000)


def _infrastructure(board: Board, name: str, alerts: list[Alert], now: datetime) -> PartHealth:
    # Who has two ways to it says the worse.
    every = sorted(((who, gauge) for about, who, gauge in board.reports(now) if about == name), key=_worst_last)
    said = list(dict(every).items())
    known = board.parts.get(name)
    return PartHealth(
        name,
        _state(alerts, State.UP if said else State.UNKNOWN),
        _names(alerts),
        max((gauge.at for _, gauge in said), default=None),
        dependencies=tuple(Dependency(who, g.value > 0, g.labels.get("cause", ""), 0.0) for who, g in said),
        facts=(*_disk(board, name), *(_certificates(known, now) if known else ())),
    )


def _worst_last(said: tuple[str, Gauge]) -> tuple[str, bool]:
    return said[0], said[1].value <= 0


def _disk(board: Board, name: str) -> Iterator[Fact]:
    if name in board.disks:
        free, size = board.disks[name]
        yield Fact("disk_free_bytes", free)
        yield Fact("disk_size_bytes", size)


def _certificates(part: Part, now: datetime) -> Iterator[Fact]:
    for subject, gauge in part.every("crm.certificate.days_left", now):
        yield Fact("certificate_days_left", gauge.value, subject)


def _backup(board: Board, alerts: list[Alert], now: datetime) -> PartHealth:
    if board.backup is None:
        absent = State.UNKNOWN if board.backup_expected else State.ABSENT
        return PartHealth("backup", _state(alerts, absent), _names(alerts), facts=tuple(_disk(board, "backup")))
    backup = board.backup
    drill = backup.drill
    figures = (
        ("backup_age_seconds", _age(backup.finished_at, now)),
        ("backup_size_bytes", backup.size_bytes),
        ("wal_lag_bytes", backup.wal_lag_bytes),
        ("restorable_seconds", _age(backup.oldest_restorable, now)),
        ("drill_age_seconds", _age(drill.at, now) if drill else None),
        ("drill_seconds", drill.seconds if drill else None),
    )
    facts = (*(Fact(name, value) for name, value in figures if value is not None), *_disk(board, "backup"))
    return PartHealth("backup", _state(alerts, State.UP), _names(alerts), backup.finished_at, facts=facts)


def _age(at: datetime | None, now: datetime) -> float | None:
    return (now - at).total_seconds() if at else None
