"""Questions of the operations page, with their whole answers; also while the database is away."""

from datetime import timedelta
from typing import Any

import pytest
from crm.telemetry.v1 import telemetry_pb2 as pb

from chassis.errors import DatabaseUnavailable, InvalidField
from chassis.identity import service_actor, set_caller
from chassis.ids import new_id
from telemetry.domain.alerts import Alert
from telemetry.domain.errors import TraceUnknown
from telemetry.domain.latency import BOUNDS_MS, measured
from telemetry.domain.logs import LogLine
from telemetry.domain.rules import RULES, Severity
from telemetry.domain.traces import Span, Trace
from telemetry.rpc.servicer import TelemetryServicer
from telemetry.running import Running
from tests.telemetry.rooms import Room
from tests.telemetry.signals import NOON, Control

NOBODY: Any = None
CONTEXT: Any = None


def servicer(room: Room) -> TelemetryServicer:
    set_caller(service_actor("test"))
    running = Running(room.board, room.watch, room.keeper, NOBODY, NOBODY, NOBODY, NOBODY, {})
    return TelemetryServicer(room.database, running, room.clock)


def closed(room: Room) -> None:
    """Takes the database away."""
    room.database.close()
    room.database = Room("postgresql+psycopg://nobody@127.0.0.1:1/none").database


def calls(room: Room, minute: int = 0) -> None:
    at = NOON + timedelta(minutes=minute)
    quick, slow = [0] * 17, [0] * 17
    quick[3], slow[12] = 90, 10
    room.board.count("gateway", at, "crm.toy/Do", "OK", measured(BOUNDS_MS, quick, 800))
    room.board.count("dispatch", at, "crm.toy/Do", "OK", measured(BOUNDS_MS, quick, 700))
    room.board.count("dispatch", at, "crm.toy/Do", "INTERNAL", measured(BOUNDS_MS, slow, 9000))


async def test_health_names_every_part_and_what_is_wrong_also_without_a_database(room: Room) -> None:
    control = Control("dispatch")
    room.board, room.watch = control.board, control.watch
    control.run(30)
    control.speakers["dispatch"].depends("database", ConnectionRefusedError("connection refused"))
    control.run(20)
    room.clock.advance(control.now - NOON)
    closed(room)
    answer = await servicer(room).GetHealth(pb.GetHealthRequest(), CONTEXT)
    assert [(part.name, pb.PartState.Name(part.state), list(part.alerts)) for part in answer.parts] == [
        ("dispatch", "PART_STATE_UP", []),
        ("postgres", "PART_STATE_DOWN", ["dependency_down"]),
        ("nats", "PART_STATE_UP", []),
        ("keycloak", "PART_STATE_UNSPECIFIED", []),
        ("backup", "PART_STATE_ABSENT", []),
    ]
    dispatch, postgres = answer.parts[0], answer.parts[1]
    assert {(each.name, each.up, each.cause) for each in dispatch.dependencies} == {
        ("database", False, "UNREACHABLE"),
        ("nats", True, ""),
    }
    assert [(each.name, each.up) for each in postgres.dependencies] == [("dispatch", False)]
    assert answer.alerts_open == 1


async def test_calls_are_counted_by_method_and_outcome(room: Room) -> None:
    calls(room)
    answer = await servicer(room).ListCalls(pb.ListCallsRequest(minutes=5), CONTEXT)
    (call,) = answer.calls
    assert (call.part, call.method, call.calls, call.errors, call.refused) == ("dispatch", "crm.toy/Do", 100, 10, 0)
    assert 5 < call.p50_ms <= 10
    assert 500 < call.p99_ms <= 1000


async def test_a_minute_that_is_written_and_still_in_memory_counts_once(room: Room) -> None:
    calls(room)
    calls(room, 2)
    room.clock.advance(timedelta(minutes=2, seconds=20))
    await room.keeper.write()
    answer = await servicer(room).GetTimeline(pb.GetTimelineRequest(minutes=15), CONTEXT)
    assert [(point.at.ToDatetime().minute, point.calls, point.errors) for point in answer.points] == [
        (0, 90, 0),
        (2, 90, 0),
    ]
    closed(room)
    without = await servicer(room).GetTimeline(pb.GetTimelineRequest(minutes=15), CONTEXT)
    assert without == answer


async def test_traces_are_found_by_length_failure_and_call_and_opened_with_their_logs(room: Room) -> None:
    begin = int(NOON.timestamp() * 1e6)
    for number, (took, failed) in enumerate([(5_000, False), (900_000, False), (20_000, True)]):
        outer = Span("a" * 16, "f" * 16, "gateway", f"crm.toy/Do{number}", begin + number, took, "server")
        inner = Span(
            "b" * 16,
            "a" * 16,
            "dispatch",
            "do",
            begin + number + 100,
            took - 200,
            "internal",
            failed,
            "ValueError" if failed else "",
        )
        room.keeper.keep_trace(Trace(f"{number:032x}", [inner, outer]))
    room.keeper.keep_line(LogLine(new_id(), NOON, "dispatch", "error", "call failed", f"{2:032x}", {"method": "Do2"}))
    await room.keeper.write()
    room.clock.advance(timedelta(minutes=1))
    found = servicer(room)

    async def names(**wanted: Any) -> list[str]:
        return [one.name for one in (await found.ListTraces(pb.ListTracesRequest(**wanted), CONTEXT)).traces]

    assert await names() == ["crm.toy/Do2", "crm.toy/Do1", "crm.toy/Do0"]
    assert await names(order=pb.TRACE_ORDER_SLOWEST) == ["crm.toy/Do1", "crm.toy/Do2", "crm.toy/Do0"]
    assert await names(failed=True) == ["crm.toy/Do2"]
    assert await names(name="crm.toy/Do0") == ["crm.toy/Do0"]
    assert await names(part="dispatch", size=1) == ["crm.toy/Do2"]
    assert await names(part="customer") == []
    opened = await found.GetTrace(pb.GetTraceRequest(trace_id=f"{2:032x}"), CONTEXT)
    assert [
        (span.name, span.parent_id == "a" * 16, span.begin_us, span.took_us, span.failed) for span in opened.spans
    ] == [
        ("crm.toy/Do2", False, 0, 20_000, False),
        ("do", True, 100, 19_800, True),
    ]
    assert (opened.trace.failed_in, opened.trace.took_ms) == ("dispatch", 20.0)
    assert [(line.text, dict(line.fields)) for line in opened.logs] == [("call failed", {"method": "Do2"})]


async def test_a_trace_that_was_not_kept_is_not_found_and_nonsense_is_refused(room: Room) -> None:
    with pytest.raises(TraceUnknown):
        await servicer(room).GetTrace(pb.GetTraceRequest(trace_id="0" * 32), CONTEXT)
    with pytest.raises(InvalidField):
        await servicer(room).GetTrace(pb.GetTraceRequest(trace_id="../etc"), CONTEXT)
    with pytest.raises(InvalidField):
        await servicer(room).ListTraces(pb.ListTracesRequest(size=201), CONTEXT)


async def test_logs_page_by_page_narrowed(room: Room) -> None:
    for number in range(7):
        level = "error" if number % 3 == 0 else "info"
        room.keeper.keep_line(
            LogLine(new_id(), NOON + timedelta(seconds=number // 2), "dispatch", level, f"said {number}%", "", {})
        )
    await room.keeper.write()
    found, request, seen = servicer(room), pb.ListLogsRequest(), list[str]()
    request.page.size = 3
    while True:
        answer = await found.ListLogs(request, CONTEXT)
        seen += [line.text for line in answer.logs]
        if not answer.page.next_cursor:
            break
        request.page.cursor = answer.page.next_cursor
    assert seen == [f"said {number}%" for number in (6, 5, 4, 3, 2, 1, 0)]
    errors = await found.ListLogs(pb.ListLogsRequest(level="error"), CONTEXT)
    assert [line.text for line in errors.logs] == ["said 6%", "said 3%", "said 0%"]
    assert [line.text for line in (await found.ListLogs(pb.ListLogsRequest(text="4%"), CONTEXT)).logs] == ["said 4%"]
    assert not (await found.ListLogs(pb.ListLogsRequest(text="4_"), CONTEXT)).logs


async def test_alerts_that_go_on_are_told_without_a_database_too(room: Room) -> None:
    over = Alert(
        new_id(), "part_silent", "support", "", Severity.CRITICAL, 40, 30, "", NOON, NOON + timedelta(minutes=1)
    )
    going_on = Alert(new_id(), "dead_letters", "dispatch", "", Severity.WARNING, 3, 0, "", NOON)
    for alert in (over, going_on):
        room.keeper.keep_alert(alert)
    await room.keeper.write()
    room.watch.open[going_on.key] = going_on
    answer = await servicer(room).ListAlerts(pb.ListAlertsRequest(), CONTEXT)
    assert [(one.rule, one.part, one.HasField("ended_at")) for one in answer.alerts] == [
        ("dead_letters", "dispatch", False),
        ("part_silent", "support", True),
    ]
    assert [rule.name for rule in answer.rules] == [rule.name for rule in RULES]
    closed(room)
    with pytest.raises(DatabaseUnavailable):
        await servicer(room).ListTraces(pb.ListTracesRequest(), CONTEXT)
    without = await servicer(room).ListAlerts(pb.ListAlertsRequest(), CONTEXT)
    assert [one.rule for one in without.alerts] == ["dead_letters"]
