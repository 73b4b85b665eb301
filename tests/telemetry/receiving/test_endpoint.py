"""What chassis really exports arrives: traces with their logs, figures, a good-bye; nothing secret, nothing in a loop."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import select

from chassis.identity import service_actor
from local_stack.processes import free_port
from telemetry.actions.read_traces import get_trace
from telemetry.domain.traces import Sampler, Span
from telemetry.receiving.endpoint import Endpoint
from telemetry.receiving.figures import Figures
from telemetry.receiving.forwarding import Forwarder
from telemetry.receiving.spans import Spans
from telemetry.storage.packing import pack_spans, unpack_spans
from telemetry.storage.tables import log_lines, traces
from tests.otlp import receiving
from tests.telemetry.rooms import Room

pytestmark = pytest.mark.slow

SPEAKS = """
import sys, time, structlog
from chassis import logging, telemetry, vitals
logging.start("dispatch", "info")
telemetry.start("dispatch", sys.argv[1], version="9.9")
duration = telemetry.histogram("rpc.server.duration", "ms", "time a call took")
vitals.dependency("database", took=0.01)
vitals.dependency("nats", error=ConnectionRefusedError("connection refused"))
with telemetry.span("quick"):
    pass
with telemetry.span("outer"):
    with telemetry.span("slow"):
        time.sleep(0.12)
        structlog.get_logger().warning("customer 13812345678 waits", token="open sesame", phone="13812345678")
with telemetry.span("wrong"):
    try:
        with telemetry.span("inner"):
            raise ValueError("row 13812345678")
    except ValueError:
        pass
duration.record(7, {"rpc.method": "/crm.toy/Do", "rpc.code": "OK"})
telemetry.stop()
"""


@asynccontextmanager
async def listening(room: Room, forward: str = "") -> AsyncGenerator[str]:
    port = free_port()
    spans = Spans(Sampler(0.0, 1 << 20), 100, room.keeper.keep_trace, time.monotonic)
    figures = Figures(room.board, room.clock.now)
    endpoint = Endpoint(f"127.0.0.1:{port}", spans, figures, room.keeper, Forwarder(forward))
    running = asyncio.create_task(endpoint.run())
    await asyncio.sleep(0.2)
    yield f"http://127.0.0.1:{port}"
    spans.decide(wait=0)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def speak(endpoint: str) -> None:
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", SPEAKS, endpoint], cwd=Path(__file__).parents[3], timeout=60, check=False
    )
    assert done.returncode == 0


async def test_what_a_process_exports_is_kept_as_far_as_it_matters(room: Room) -> None:
    async with listening(room) as endpoint:
        await speak(endpoint)
    await room.keeper.write()
    with room.database.engine.connect() as connection:
        kept = {row.name: row for row in connection.execute(select(traces))}
        (line,) = connection.execute(select(log_lines)).all()
    # The quick one was let go; of the others everything is there.
    assert set(kept) == {"outer", "wrong"}
    assert kept["wrong"].failed_in == "dispatch"
    outer, spans, lines = room.database.run_sync(service_actor("telemetry"), get_trace, kept["outer"].trace_id)
    assert [span.name for span in spans] == ["outer", "slow"]
    assert spans[1].parent_id == spans[0].span_id
    assert outer.took_ms >= 120
    assert [found.text for found in lines] == ["customer 138****5678 waits"]
    assert lines[0].fields == {"token": "***", "phone": "138****5678"}
    assert (line.trace_id, line.part) == (kept["outer"].trace_id, "dispatch")
    wrong = room.database.run_sync(service_actor("telemetry"), get_trace, kept["wrong"].trace_id)[1]
    assert [(span.name, span.failed, span.error) for span in wrong] == [
        ("wrong", False, ""),
        ("inner", True, "ValueError"),
    ]
    part = room.board.parts["dispatch"]
    assert (part.version, part.stopping) == ("9.9", True)
    now = room.clock.now()
    assert {
        (subject, gauge.value, gauge.labels.get("cause")) for subject, gauge in part.every("crm.dependency.up", now)
    } == {
        ("database", 1, None),
        ("nats", 0, "UNREACHABLE"),
    }
    assert [
        (method, code, latency.count)
        for method, code, latency in room.board.recent("dispatch", now, room.limits.figures)
    ] == [("crm.toy/Do", "OK", 1)]


async def test_everything_is_passed_on_to_a_second_collector_too(room: Room) -> None:
    with receiving() as sink:
        async with listening(room, sink.endpoint) as endpoint:
            await speak(endpoint)
        assert {span.name for span in sink.spans} == {"quick", "outer", "slow", "wrong", "inner"}
        assert len(sink.logs) == 1
        assert "rpc.server.duration" in sink.metrics


async def test_a_second_collector_that_is_dead_holds_up_nobody(room: Room) -> None:
    async with listening(room, "http://127.0.0.1:1") as endpoint:
        await speak(endpoint)
    await room.keeper.write()
    with room.database.engine.connect() as connection:
        assert {row.name for row in connection.execute(select(traces))} == {"outer", "wrong"}


def test_a_span_keeps_its_shape_when_it_is_packed() -> None:
    one = Span("a" * 16, "b" * 16, "dispatch", "x", 1, 2, "server", failed=True, error="ValueError")
    assert unpack_spans(pack_spans([one])) == [one]
