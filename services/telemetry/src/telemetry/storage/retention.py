"""How long things are kept: by age, and by how much room they take together."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Table, delete, func, select

from chassis.database import Unit
from telemetry.storage.tables import log_lines, minutes, trace_pieces, traces

_SIZED: tuple[tuple[Table, str], ...] = ((trace_pieces, "began_at"), (log_lines, "at"), (minutes, "at"))


@dataclass(frozen=True)
class Limits:
    """What is kept at most."""

    traces_and_logs: timedelta
    figures: timedelta
    size_bytes: int


def taken(unit: Unit) -> int:
    """Answer the bytes that traces, logs and figures take, as they were counted when they were written."""
    sizes = [unit.session.execute(select(func.sum(table.c.size_bytes))).scalar() for table, _ in _SIZED]
    return sum(int(size or 0) for size in sizes)


def tidy(unit: Unit, limits: Limits) -> int:
    """Let go of what is too old, then of the oldest until the rest fits; answer the bytes that are left."""
    now = unit.now()
    _drop(unit, now - limits.traces_and_logs, now - limits.figures)
    left = taken(unit)
    while left > limits.size_bytes:
        cut = _first_tenth(unit)
        if cut is None:
            break
        _drop(unit, cut, cut)
        left = taken(unit)
    return left


def _drop(unit: Unit, traces_and_logs: datetime, figures: datetime) -> None:
    unit.session.execute(delete(trace_pieces).where(trace_pieces.c.began_at < traces_and_logs))
    unit.session.execute(delete(traces).where(traces.c.began_at < traces_and_logs))
    unit.session.execute(delete(log_lines).where(log_lines.c.at < traces_and_logs))
    unit.session.execute(delete(minutes).where(minutes.c.at < figures))


def _first_tenth(unit: Unit) -> datetime | None:
    """The instant up to which the oldest tenth of the time lies that anything is kept of."""
    spans: list[tuple[datetime, datetime]] = []
    for table, name in _SIZED:
        at: Column[Any] = table.c[name]
        first, last = unit.session.execute(select(func.min(at), func.max(at))).one()
        if first is not None:
            spans.append((first, last))
    if not spans:
        return None
    first, last = min(span[0] for span in spans), max(span[1] for span in spans)
    # A second more, so that something always goes.
    return first + (last - first) / 10 + timedelta(seconds=1)
