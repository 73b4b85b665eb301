"""When an operator should know something: one table. Each rule looks at the board and names what it finds, by part."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from telemetry.domain.latency import Latency
from telemetry.domain.parts import FAULTS, OF_DEPENDENCY, Board, Part


class Severity(IntEnum):
    """How much it matters."""

    WARNING = 1
    CRITICAL = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found of a part."""

    part: str
    value: float
    subject: str = ""
    detail: str = ""


Look = Callable[[Board, datetime, float], Iterator[Finding]]
SETTLING = timedelta(seconds=20)
"""After a start of everything parts come up one after the other, and miss each other until then."""
WINDOW = timedelta(minutes=5)
A_MINUTE = timedelta(minutes=1)
HAPPENED = timedelta(minutes=10)
TOGETHER = timedelta(minutes=2)
FEWEST_TOGETHER = 3
BROKEN_OFF = "crm.process.broken_off"
SERVER = "server"
"""What befalls the machine is told of this part."""
BACKUP_SPEAKS = timedelta(minutes=3)
"""It says how things stand every half a minute."""
FEWEST_ERRORS = 5
FEWEST_CALLS = 50


def _down(board: Board, now: datetime, limit: float) -> Iterator[Finding]:
    if now - board.since < SETTLING:
        return
    found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for about, who, gauge in board.reports(now):
        if gauge.value <= limit:
            found[about].append((who, gauge.labels.get("cause", "")))
    for about, said in found.items():
        causes = sorted({cause for _, cause in said if cause})
        told = ", ".join(sorted({who for who, _ in said}))
        yield Finding(about, len(said), detail=f"{' '.join(causes)} ({told})".strip())


def _slow(board: Board, now: datetime, limit: float) -> Iterator[Finding]:
    took: defaultdict[str, list[float]] = defaultdict(list)
    for part in board.parts.values():
        for subject, gauge in part.every("crm.dependency.seconds", now):
            took[OF_DEPENDENCY.get(subject, subject)].append(gauge.value)
    for about, seconds in took.items():
        # Everybody waits: one who waits alone is slow itself.
        if (least := min(seconds)) > limit:
            yield Finding(about, round(least, 1))


def _silent(board: Board, now: datetime, limit: float) -> Iterator[Finding]:
    if board.sent_elsewhere:
        return
    for part in board.parts.values():
        if part.heard_at is None and part.name not in board.expected:
            # Others tell of it: its certificate, say.
            continue
        silence = (now - (part.heard_at or board.since)).total_seconds()
        if silence > limit:
            yield Finding(part.name, round(silence), detail="STOPPED" if part.stopping else "")
    if board.backup_heard_at is not None and (silence := now - board.backup_heard_at) > BACKUP_SPEAKS:
        yield Finding("backup", round(silence.total_seconds()))


def _crashed(board: Board, now: datetime, _: float) -> Iterator[Finding]:
    together = _broken_off_together(board, now)
    for part in board.parts.values():
        if part.name in together:
            continue
        if _happened(part, BROKEN_OFF, now) or (part.crashed_at is not None and now - part.crashed_at < HAPPENED):
            yield Finding(part.name, 1)


def _power_cut(board: Board, now: datetime, _: float) -> Iterator[Finding]:
    if together := _broken_off_together(board, now):
        yield Finding(SERVER, len(together), detail=", ".join(sorted(together)))


def _broken_off_together(board: Board, now: datetime) -> set[str]:
    """Answers the parts that found, when they started, that the process before them had ended without a word: all at once."""
    told = {part.name: part.happened[BROKEN_OFF] for part in board.parts.values() if _happened(part, BROKEN_OFF, now)}
    # We were among them: whoever watches while another crashes is there before and after.
    if "telemetry" not in told:
        return set()
    together = {name for name, at in told.items() if abs(at - told["telemetry"]) <= TOGETHER}
    return together if len(together) >= FEWEST_TOGETHER else set()


def _clock_set(board: Board, now: datetime, _: float) -> Iterator[Finding]:
    if board.clock_set is not None and now - board.clock_set[0] < HAPPENED:
        seconds = board.clock_set[1]
        yield Finding(SERVER, round(abs(seconds) / 3600, 1), detail="BACK" if seconds < 0 else "FORWARD")


def _store_lost(board: Board, now: datetime, _: float) -> Iterator[Finding]:
    told = [part.name for part in board.parts.values() if _happened(part, "crm.broker.store_lost", now)]
    if told:
        yield Finding("nats", len(told), detail=", ".join(sorted(told)))


def _dropping(board: Board, now: datetime, _: float) -> Iterator[Finding]:
    us = board.parts.get("telemetry")
    if us is not None and _happened(us, "crm.telemetry.dropped", now, WINDOW):
        yield Finding("telemetry", 1)


def _happened(part: Part, name: str, now: datetime, within: timedelta = HAPPENED) -> bool:
    at = part.happened.get(name)
    return at is not None and now - at < within


def _calls(board: Board, now: datetime) -> Iterator[tuple[str, Latency, int]]:
    """Yields the calls of each part that had all it needed, and how many of them failed."""
    for part in board.parts.values():
        # What failed or waited because of another part is no trouble of its own.
        if (troubled := board.troubled.get(part.name)) is not None and now - troubled < WINDOW + A_MINUTE:
            continue
        every, failed = Latency(), 0
        for _, code, latency in board.recent(part.name, now, WINDOW):
            every.add(latency)
            failed += latency.count if code in FAULTS else 0
        yield part.name, every, failed


def _failing(board: Board, now: datetime, limit: float) -> Iterator[Finding]:
    for name, every, failed in _calls(board, now):
        if failed >= FEWEST_ERRORS and 100 * failed / every.count > limit:
            yield Finding(name, round(100 * failed / every.count, 1))


def _late(board: Board, now: datetime, limit: float) -> Iterator[Finding]:
    for name, every, _ in _calls(board, now):
        if every.count >= FEWEST_CALLS and (slowest := every.quantile(0.99)) > limit:
            yield Finding(name, round(slowest))


def _above(gauge_name: str) -> Look:
    def look(board: Board, now: datetime, limit: float) -> Iterator[Finding]:
        for part in board.parts.values():
            for subject, gauge in part.every(gauge_name, now):
                if gauge.value > limit:
                    yield Finding(part.name, round(gauge.value), subject)

    return look


def _certificates(board: Board, now: datetime, limit: float) -> Iterator[Finding]:
    for part in board.parts.values():
        for subject, gauge in part.every("crm.certificate.days_left", now):
            if gauge.value < limit:
                yield Finding(part.name, round(gauge.value, 1), subject)


def _disks(board: Board, _: datetime, limit: float) -> Iterator[Finding]:
    for name, (free, size) in board.disks.items():
        if size and 100 * free / size < limit:
            yield Finding(name, round(100 * free / size, 1), "disk")


def _backup_failed(board: Board, _: datetime, __: float) -> Iterator[Finding]:
    if board.backup is not None and not board.backup.ok:
        yield Finding("backup", 1)


def _drill_failed(board: Board, _: datetime, __: float) -> Iterator[Finding]:
    if board.backup is not None and board.backup.drill is not None and not board.backup.drill.ok:
        yield Finding("backup", 1, "drill")


def _backup_old(board: Board, now: datetime, limit: float) -> Iterator[Finding]:
    if board.backup is None:
        if board.backup_expected and now - board.since > WINDOW:
            yield Finding("backup", 0, detail="NONE")
        return
    if board.backup.finished_at and (hours := (now - board.backup.finished_at).total_seconds() / 3600) > limit:
        yield Finding("backup", round(hours, 1))


@dataclass(frozen=True)
class Rule:
    """One line of the table."""

    name: str
    severity: Severity
    limit: float
    unit: str
    hold: int
    """It must hold for so many seconds."""
    look: Look
    down: bool = False
    """Whether the part is down by it, and not merely in need of attention."""


_WARNING, _CRITICAL = Severity.WARNING, Severity.CRITICAL
RULES: tuple[Rule, ...] = (
    # name                  severity   limit  unit    hold  what is looked at
    Rule("dependency_down", _CRITICAL, 0, "", 5, _down, down=True),
    Rule("part_silent", _CRITICAL, 30, "s", 0, _silent, down=True),
    Rule("disk_full", _CRITICAL, 3, "%", 0, _disks),
    Rule("error_rate", _CRITICAL, 5, "%", 10, _failing),
    Rule("backup_failed", _CRITICAL, 0, "", 0, _backup_failed),
    Rule("drill_failed", _CRITICAL, 0, "", 0, _drill_failed),
    Rule("dependency_slow", _WARNING, 1, "s", 5, _slow),
    Rule("part_crashed", _WARNING, 0, "", 0, _crashed),
    Rule("power_cut", _WARNING, 0, "", 0, _power_cut),
    Rule("clock_set", _WARNING, 0, "hours", 0, _clock_set),
    Rule("broker_store_lost", _WARNING, 0, "", 0, _store_lost),
    Rule("latency_p99", _WARNING, 1000, "ms", 30, _late),
    Rule("outbox_oldest", _WARNING, 60, "s", 0, _above("crm.outbox.oldest_seconds")),
    Rule("dead_letters", _WARNING, 0, "count", 0, _above("crm.dead_letters.waiting")),
    Rule("consumer_pending", _WARNING, 1000, "count", 120, _above("crm.consumer.pending")),
    Rule("disk_low", _WARNING, 10, "%", 0, _disks),
    Rule("backup_old", _WARNING, 26, "hours", 0, _backup_old),
    Rule("certificate_expiring", _WARNING, 14, "days", 0, _certificates),
    Rule("telemetry_dropping", _WARNING, 0, "", 0, _dropping),
)
BY_NAME = {rule.name: rule for rule in RULES}
