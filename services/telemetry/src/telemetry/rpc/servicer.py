"""The calls of telemetry: unpack, ask, pack. Health and the last hour's calls come from memory."""

import asyncio
import re
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, TypeVar

from crm.common.v1 import page_pb2
from crm.telemetry.v1 import telemetry_pb2 as pb
from crm.telemetry.v1 import telemetry_pb2_grpc
from grpc.aio import ServicerContext

from chassis.clock import Clock
from chassis.database import Database
from chassis.errors import InvalidField, Refusal
from chassis.identity import caller
from chassis.paging import encode_cursor, read_page
from telemetry.actions.read_alerts import list_alerts
from telemetry.actions.read_figures import figures_since
from telemetry.actions.read_traces import get_trace, list_logs, list_traces
from telemetry.domain import load
from telemetry.domain.alerts import Alert
from telemetry.domain.health import Fact, health
from telemetry.domain.logs import LEVELS
from telemetry.domain.rules import RULES
from telemetry.rpc import messages, timeline
from telemetry.running import Running
from telemetry.storage import logs, traces
from telemetry.storage.alerts import Told

T = TypeVar("T")
Context = ServicerContext[Any, Any]
_TRACE_ID = re.compile(r"[0-9a-f]{32}")
AN_HOUR, A_DAY = 60, 1440
MOST_TRACES = 200
SOON = 2.0


class TelemetryServicer(telemetry_pb2_grpc.TelemetryServiceServicer):
    """What the suite says of itself."""

    def __init__(self, database: Database, running: Running, clock: Clock) -> None:
        self._database = database
        self._running = running
        self._clock = clock

    async def GetHealth(self, request: pb.GetHealthRequest, context: Context) -> pb.GetHealthResponse:
        """Answer how every part is."""
        now, running = self._clock.now(), self._running
        going_on = list(running.watch.open.values())
        parts = [messages.part(part) for part in health(running.board, going_on, now)]
        for part in parts:
            if part.name == "telemetry":
                part.facts.extend(pb.Fact(name=fact.name, value=fact.value) for fact in self._own_facts())
        return pb.GetHealthResponse(
            parts=parts,
            at=messages.moment(now),
            alerts_open=len(going_on),
            sent_elsewhere=running.board.sent_elsewhere,
        )

    def _own_facts(self) -> list[Fact]:
        keeper = self._running.keeper
        return [
            Fact("telemetry_kept_bytes", keeper.kept_bytes),
            Fact("telemetry_waiting_bytes", keeper.waiting_bytes),
            Fact("telemetry_dropped", keeper.dropped),
        ]

    async def ListCalls(self, request: pb.ListCallsRequest, context: Context) -> pb.ListCallsResponse:
        """List the calls of every service."""
        minutes = _within("minutes", request.minutes, AN_HOUR, AN_HOUR)
        found = load.calls(self._running.board, self._clock.now(), timedelta(minutes=minutes))
        return pb.ListCallsResponse(calls=[messages.call(call) for call in found], minutes=minutes)

    async def GetTimeline(self, request: pb.GetTimelineRequest, context: Context) -> pb.GetTimelineResponse:
        """Answer load, errors, latency and queues over time."""
        minutes = _within("minutes", request.minutes, AN_HOUR, A_DAY)
        step, now = load.step_of(minutes), self._clock.now()
        part, since = request.part or "gateway", now - timedelta(minutes=minutes)
        # Without the database the last hour is still known.
        written = await _soon(self._database.read(caller(), figures_since, since))
        board = self._running.board
        points = load.points(timeline.minutes(written, load.in_memory(board, now, part), part, since), step)
        return pb.GetTimelineResponse(points=[messages.point(each, step) for each in points], step_minutes=step)

    async def ListTraces(self, request: pb.ListTracesRequest, context: Context) -> pb.ListTracesResponse:
        """List kept traces."""
        minutes = _within("minutes", request.minutes, A_DAY, 60 * A_DAY)
        wanted = traces.Wanted(
            self._clock.now() - timedelta(minutes=minutes),
            slowest=request.order == pb.TRACE_ORDER_SLOWEST,
            failed=request.failed,
            name=request.name,
            part=request.part,
            size=_within("size", request.size, 50, MOST_TRACES),
        )
        found = await self._database.read(caller(), list_traces, wanted)
        return pb.ListTracesResponse(traces=[messages.trace(trace) for trace in found])

    async def GetTrace(self, request: pb.GetTraceRequest, context: Context) -> pb.GetTraceResponse:
        """Answer one trace."""
        if not _TRACE_ID.fullmatch(request.trace_id):
            raise InvalidField("trace_id", "TRACE_ID_INVALID")
        trace, spans, lines = await self._database.read(caller(), get_trace, request.trace_id)
        begin = min((span.begin_us for span in spans), default=0)
        return pb.GetTraceResponse(
            trace=messages.trace(trace),
            spans=[messages.span(span, begin) for span in spans],
            logs=[messages.line(line) for line in lines],
        )

    async def ListLogs(self, request: pb.ListLogsRequest, context: Context) -> pb.ListLogsResponse:
        """List lines of logs."""
        if request.level and request.level not in LEVELS:
            raise InvalidField("level", "FIELD_INVALID", allowed=" ".join(LEVELS))
        page = read_page(request.page)
        wanted = logs.Wanted(request.part, request.level, request.text.strip())
        found, more = await self._database.read(caller(), list_logs, wanted, page)
        last = encode_cursor((found[-1].at.isoformat(), found[-1].id)) if more else ""
        return pb.ListLogsResponse(
            logs=[messages.line(line) for line in found], page=page_pb2.PageInfo(next_cursor=last)
        )

    async def ListAlerts(self, request: pb.ListAlertsRequest, context: Context) -> pb.ListAlertsResponse:
        """List alerts; those that go on come from memory, also while the database is away."""
        going_on = self._running.watch.open
        days = _within("days", request.days, 7, 400)
        written = await _soon(self._database.read(caller(), list_alerts, days, only_open=request.open))
        told = {alert.id: said for alert, said in written}
        newest = sorted(going_on.values(), key=lambda alert: (-alert.severity, -alert.began_at.timestamp()))
        ids = {alert.id for alert in newest}
        every: list[Alert] = [*newest, *(alert for alert, _ in written if alert.id not in ids and alert.ended_at)]
        return pb.ListAlertsResponse(
            alerts=[messages.alert(alert, told.get(alert.id, Told())) for alert in every],
            rules=[messages.rule(rule) for rule in RULES],
            channels=sorted(self._running.ways),
        )


async def _soon(asked: Awaitable[list[T]]) -> list[T]:
    """Answers what the database says, or nothing when it is away or stands still: the page is wanted most at that time."""
    try:
        return await asyncio.wait_for(asked, SOON)
    except (TimeoutError, Refusal):
        return []


def _within(field: str, asked: int, usual: int, most: int) -> int:
    if not 0 <= asked <= most:
        raise InvalidField(field, "OUT_OF_RANGE", minimum="1", maximum=str(most))
    return asked or usual
