"""One trace over every edge of chassis: call → action → outbox → broker → consumer. In a process of its own, because
OpenTelemetry's providers are set once a process."""

import itertools
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chassis import toy
from tests.otlp import receiving

pytestmark = pytest.mark.slow

PROGRAM = """
import asyncio, sys
from chassis import telemetry
from chassis.clock import FixedClock
from chassis.nats import Bus, Consumer, On, keep
from chassis.outbox import Relay
from tests.chassis import toy

async def main(url, nats):
    bus = Bus(nats, "toy")
    await bus.connect()
    database = toy.open_database(url)
    taken = asyncio.Event()
    loop = asyncio.get_running_loop()
    def take(unit, text):
        toy.take_effect(unit, text)
        loop.call_soon_threadsafe(taken.set)
    consumer = Consumer(bus, database, On("crm.toy.note.written.v1", bytes.decode, take))
    work = [asyncio.create_task(keep("r", Relay(database, toy.plumbing, bus, FixedClock(toy.NOON)).run)),
            asyncio.create_task(keep("c", consumer.run))]
    with telemetry.span("call"):
        await database.run(toy.ANN, toy.write_note, "hello")
    await asyncio.wait_for(taken.wait(), 15)
    await asyncio.sleep(0.3)
    for task in work:
        task.cancel()
    await bus.close()

telemetry.start("toy", sys.argv[3])
asyncio.run(main(sys.argv[1], sys.argv[2]))
telemetry.stop()
"""


def run(url: str, nats: str, endpoint: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, url, nats, endpoint],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        timeout=60,
        capture_output=True,
        text=True,
        check=False,
    )


def test_one_trace_runs_over_every_edge_without_a_break(fresh_database: Callable[..., str], nats_server: str) -> None:
    with receiving() as sink:
        done = run(fresh_database(toy.metadata), nats_server, sink.endpoint)
        assert done.returncode == 0, done.stderr
        spans = {span.name: span for span in sink.trace_of("call")}
    chain = ["call", "write_note", "send crm.toy.note.written.v1", "receive crm.toy.note.written.v1", "_effect"]
    assert list(spans)
    assert set(chain) <= set(spans)
    for above, below in itertools.pairwise(chain):
        assert spans[below].parent_id == spans[above].span_id, f"{below} does not hang on {above}"


def test_a_dead_endpoint_changes_nothing(fresh_database: Callable[..., str], nats_server: str) -> None:
    done = run(fresh_database(toy.metadata), nats_server, "http://127.0.0.1:1")
    assert done.returncode == 0, done.stderr
