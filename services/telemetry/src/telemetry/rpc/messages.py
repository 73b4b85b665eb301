"""Telemetry's words ↔ the contract's: pure functions."""

from datetime import datetime

from crm.telemetry.v1 import telemetry_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from telemetry.domain.alerts import Alert
from telemetry.domain.health import PartHealth
from telemetry.domain.load import Call, Point
from telemetry.domain.logs import LogLine
from telemetry.domain.rules import Rule
from telemetry.domain.traces import Span
from telemetry.storage.alerts import Told
from telemetry.storage.traces import TraceLine


def moment(at: datetime | None) -> Timestamp | None:
    """An instant."""
    if at is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(at)
    return stamp


def part(found: PartHealth) -> pb.Part:
    """A part."""
    return pb.Part(
        name=found.name,
        state=int(found.state),  # type: ignore[arg-type]  # the same numbers
        alerts=found.alerts,
        heard_at=moment(found.heard_at),
        started_at=moment(found.started_at),
        version=found.version,
        dependencies=[
            pb.Dependency(name=each.name, up=each.up, cause=each.cause, took_ms=each.took_ms)
            for each in found.dependencies
        ],
        outbox_waiting=found.outbox_waiting,
        outbox_oldest_seconds=found.outbox_oldest_seconds,
        dead_letters=found.dead_letters,
        consumers=[pb.ConsumerQueue(name=name, pending=number) for name, number in sorted(found.consumers.items())],
        memory_bytes=found.memory_bytes,
        facts=[pb.Fact(name=fact.name, subject=fact.subject, value=fact.value) for fact in found.facts],
    )


def call(found: Call) -> pb.Call:
    """A method with its figures."""
    latency = found.load.latency
    return pb.Call(
        part=found.part,
        method=found.method,
        calls=latency.count,
        errors=found.load.errors,
        refused=found.load.refused,
        p50_ms=latency.quantile(0.5),
        p95_ms=latency.quantile(0.95),
        p99_ms=latency.quantile(0.99),
    )


def point(found: Point, step: int) -> pb.TimelinePoint:
    """A stretch of time."""
    latency = found.load.latency
    return pb.TimelinePoint(
        at=moment(found.at),
        calls=latency.count / step,
        errors=found.load.errors / step,
        p50_ms=latency.quantile(0.5),
        p99_ms=latency.quantile(0.99),
        outbox_waiting=found.outbox_waiting,
        consumer_pending=found.consumer_pending,
    )


def trace(found: TraceLine) -> pb.TraceLine:
    """A trace in a line."""
    return pb.TraceLine(
        trace_id=found.trace_id,
        name=found.name,
        part=found.part,
        began_at=moment(found.began_at),
        took_ms=found.took_ms,
        failed_in=found.failed_in,
        spans=found.spans,
        parts=found.parts,
    )


def span(found: Span, begin_us: int) -> pb.Span:
    """A step, counted from the begin of its trace."""
    return pb.Span(
        span_id=found.span_id,
        parent_id=found.parent_id,
        part=found.part,
        name=found.name,
        begin_us=found.begin_us - begin_us,
        took_us=found.took_us,
        kind=found.kind,
        failed=found.failed,
        error=found.error,
    )


def line(found: LogLine) -> pb.LogLine:
    """A line of a log."""
    return pb.LogLine(
        id=found.id,
        at=moment(found.at),
        part=found.part,
        level=found.level,
        text=found.text,
        trace_id=found.trace_id,
        fields=found.fields,
    )


def alert(found: Alert, told: Told) -> pb.Alert:
    """An alert."""
    return pb.Alert(
        id=found.id,
        rule=found.rule,
        part=found.part,
        subject=found.subject,
        severity=int(found.severity),  # type: ignore[arg-type]  # the same numbers
        value=found.value,
        limit=found.limit,
        detail=found.detail,
        began_at=moment(found.began_at),
        ended_at=moment(found.ended_at),
        notices_sent=told.sent,
        notices_waiting=told.waiting,
    )


def rule(found: Rule) -> pb.AlertRule:
    """A rule."""
    return pb.AlertRule(
        name=found.name,
        severity=int(found.severity),  # type: ignore[arg-type]  # the same numbers
        limit=found.limit,
        unit=found.unit,
        hold_seconds=found.hold,
    )
