"""Kept traces: written in batches, found by time, length and failure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, insert, select, true, update

from chassis.database import Unit
from telemetry.domain.traces import Span, Trace
from telemetry.storage.packing import pack_spans, unpack_spans
from telemetry.storage.tables import trace_pieces, traces


@dataclass(frozen=True)
class TraceLine:
    """A trace in one line."""

    trace_id: str
    name: str
    part: str
    began_at: datetime
    took_ms: float
    failed_in: str
    spans: int
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Wanted:
    """Which traces are asked for."""

    since: datetime
    slowest: bool = False
    failed: bool = False
    name: str = ""
    part: str = ""
    size: int = 50


def keep(unit: Unit, kept: Sequence[Trace]) -> None:
    """Write traces; what came late of one that is known is added to it."""
    if not kept:
        return
    ids = [trace.trace_id for trace in kept]
    known = {row.trace_id: row for row in unit.session.execute(select(traces).where(traces.c.trace_id.in_(ids)))}
    new = [trace for trace in kept if trace.trace_id not in known]
    if new:
        unit.session.execute(insert(traces), [_line(trace) for trace in new])
    for trace in kept:
        if trace.trace_id in known:
            _extend(unit, known[trace.trace_id], trace)
    unit.session.execute(insert(trace_pieces), [_piece(unit.new_id(), trace) for trace in kept])


def _line(trace: Trace) -> dict[str, object]:
    root = trace.root
    return {
        "trace_id": trace.trace_id,
        "began_at": trace.began_at,
        "took_us": root.took_us,
        "name": root.name[:200],
        "part": root.part,
        "failed": bool(trace.failed_in),
        "failed_in": trace.failed_in or None,
        "spans": len(trace.spans),
        "parts": _names(trace.parts),
    }


def _extend(unit: Unit, row: Row[Any], trace: Trace) -> None:
    before = _as_line(row)
    parts = tuple(dict.fromkeys((*before.parts, *trace.parts)))
    failed_in = before.failed_in or trace.failed_in
    values: dict[str, object] = {
        "spans": before.spans + len(trace.spans),
        "parts": _names(parts),
        "failed": bool(failed_in),
        "failed_in": failed_in or None,
    }
    # The step that everything hangs on may arrive last: it is written when it ends.
    if not trace.root.parent_id or trace.began_at < before.began_at:
        values |= {
            "name": trace.root.name[:200],
            "part": trace.root.part,
            "began_at": trace.began_at,
            "took_us": trace.root.took_us,
        }
    unit.session.execute(update(traces).where(traces.c.trace_id == trace.trace_id).values(**values))


def _piece(piece_id: str, trace: Trace) -> dict[str, object]:
    packed = pack_spans(trace.spans)
    return {
        "id": piece_id,
        "trace_id": trace.trace_id,
        "began_at": trace.began_at,
        "packed": packed,
        "size_bytes": len(packed) + 300,
    }


def _names(parts: Iterable[str]) -> str:
    return f" {' '.join(parts)} "[:400]


def find(unit: Unit, wanted: Wanted) -> list[TraceLine]:
    """Answer traces, the slowest or the newest first."""
    conditions: list[ColumnElement[bool]] = [traces.c.began_at >= wanted.since]
    if wanted.failed:
        conditions.append(traces.c.failed == true())
    if wanted.name:
        conditions.append(traces.c.name == wanted.name)
    if wanted.part:
        conditions.append(traces.c.parts.contains(f" {wanted.part} ", autoescape=True))
    order = (traces.c.took_us.desc(), traces.c.trace_id) if wanted.slowest else (traces.c.began_at.desc(),)
    rows = unit.session.execute(select(traces).where(*conditions).order_by(*order).limit(wanted.size))
    return [_as_line(row) for row in rows]


def get(unit: Unit, trace_id: str) -> tuple[TraceLine, list[Span]] | None:
    """Answer one trace with every step; None for one that is not there."""
    row = unit.session.execute(select(traces).where(traces.c.trace_id == trace_id)).first()
    if row is None:
        return None
    pieces = unit.session.execute(select(trace_pieces.c.packed).where(trace_pieces.c.trace_id == trace_id))
    spans = [span for piece in pieces.scalars() for span in unpack_spans(bytes(piece))]
    return _as_line(row), sorted(spans, key=lambda span: (span.begin_us, -span.took_us))


def _as_line(row: Row[Any]) -> TraceLine:
    return TraceLine(
        trace_id=row.trace_id,
        name=row.name,
        part=row.part,
        began_at=row.began_at,
        took_ms=row.took_us / 1000,
        failed_in=row.failed_in or "",
        spans=row.spans,
        parts=tuple(row.parts.split()),
    )
