"""What recording who looked at what adds to a detail call: the same calls with and without it, in turns, in one run.

dispatch's own servicer answers GetTask at two ports of one process of its own, once with the recorder and once without; the
relay runs. `python -m tests.bench.views` runs it alone. Milliseconds are wall time at the caller; processor time is the
service's and does not depend on what else the machine does.
"""

import asyncio
import contextlib
import json
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any

import psutil
import uvloop
from crm.common.v1 import access_pb2
from crm.common.v1.view_events_pb2 import RecordsViewed
from crm.dispatch.v1 import dispatch_pb2 as pb
from crm.dispatch.v1 import dispatch_pb2_grpc
from grpc import aio
from sqlalchemy import create_engine, make_url, text

from chassis.access import GRANTS_KEY
from chassis.documents import Documents
from chassis.identity import TokenVerifier
from chassis.interceptors import Gatekeeper, Interceptor
from chassis.nats import Bus, keep
from chassis.outbox import Relay
from chassis.service import Wired, wire
from chassis.settings import load
from chassis.views import Views
from dispatch.__main__ import service
from dispatch.settings import DispatchSettings
from dispatch.storage import tables
from local_stack.nats import NatsServer, one_password
from local_stack.postgres import SERVING, PostgresServer
from local_stack.processes import free_port
from tests.bench.figures import Figure
from tests.chassis.issuer import ISSUER, serving

TASKS, ROUNDS, CALLS = 2000, 12, 400
_SEED = """
INSERT INTO tasks (id, version, kind, title, source, priority, due_at, created_at, state, customer_name, bureau_id,
                   community_id, owner_number, placement)
SELECT uuidv7(), 1, 'care', '回访 · 客户' || n, 'manual', 3, now() + interval '3 days', now(), 'open', '客户' || n,
       uuidv7(), uuidv7(), 'm001', 'BY_SUBSCRIBER_NUMBER'
FROM generate_series(1, :tasks) n
"""


@dataclass
class Taken:
    """What the calls of one kind took."""

    milliseconds: list[float] = field(default_factory=list[float])
    processor: float = 0.0

    def percentile(self, of_hundred: int) -> float:
        """Answers a percentile."""
        return quantiles(self.milliseconds, n=100)[of_hundred - 1]


def measure() -> list[Figure]:
    """Starts the service, calls it from here, and answers what recording adds at one and at eight callers."""
    with tempfile.TemporaryDirectory(prefix="crm-bench-") as name, serving() as issuer:
        folder = Path(name)
        folder.chmod(0o755)
        database = PostgresServer(folder / "postgres", free_port(), secrets.token_urlsafe(12), dict(SERVING))
        broker = NatsServer(folder / "nats", free_port(), one_password(secrets.token_urlsafe(12)))
        database.start()
        broker.start()
        try:
            url = make_url(database.url("postgres"))
            for secret, value in (
                ("database_password", url.password or "-"),
                ("nats_password", broker.passwords["dispatch"]),
                ("client_secret", "-"),
            ):
                (folder / secret).write_text(value, encoding="utf-8")
            told = {
                "nats_url": f"nats://127.0.0.1:{broker.port}",
                "issuer": ISSUER,
                "jwks_url": issuer.jwks_url,
                "token_url": issuer.jwks_url,
                "client_id": "svc-dispatch",
                "secrets_dir": str(folder),
                "home_dir": str(folder),
                "grpc_port": free_port(),
                "database_url": url._replace(password=None).render_as_string(),
                "upstream_customer": "127.0.0.1:1",
            }
            uvloop.run(_publish_rules(Bus(broker.url, "support")))
            return _against(told, f"Bearer {issuer.token(preferred_username='m001')}", str(url.render_as_string(False)))
        finally:
            broker.stop()
            database.stop()


async def _publish_rules(bus: Bus) -> None:
    rule = access_pb2.Grant(
        role="customer_manager",
        form="dispatch.task",
        actions=[access_pb2.ACTION_SEE],
        scope=access_pb2.ROW_SCOPE_OWN,
    )
    await bus.connect()
    await Documents(bus).put(GRANTS_KEY, access_pb2.GrantsDocument(grants=[rule]).SerializeToString())
    await bus.close()


def _against(told: dict[str, Any], authorization: str, url: str) -> list[Figure]:
    command = [sys.executable, "-m", "tests.bench.views", "serve", json.dumps(told)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        line = ""
        while not line.startswith("{"):
            line = child.stdout.readline()
            if not line:
                raise RuntimeError("the service did not start")
        found = uvloop.run(_calls(json.loads(line), authorization, psutil.Process(child.pid), url))
        child.stdin.close()
        child.wait(20)
    return found


async def _calls(ports: dict[str, int], authorization: str, process: psutil.Process, url: str) -> list[Figure]:
    engine = create_engine(url)
    with engine.connect() as connection:
        ids = [str(row.id) for row in connection.execute(text("SELECT id FROM tasks"))]
    metadata = (("authorization", authorization),)
    figures: list[Figure] = []
    async with _channel(ports["with"]) as first, _channel(ports["without"]) as second:
        stubs = {"with": _stub(first), "without": _stub(second)}
        for callers in (1, 8):
            taken = {"with": Taken(), "without": Taken()}
            for turn in range(ROUNDS + 1):
                for kind in ("with", "without") if turn % 2 else ("without", "with"):
                    one = await _block(stubs[kind], metadata, ids, callers, process)
                    if turn:  # the first warms up
                        taken[kind].milliseconds += one.milliseconds
                        taken[kind].processor += one.processor
            figures += _figures(callers, taken)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT payload FROM outbox WHERE type LIKE '%RecordsViewed'"))
        looks = sum(len(RecordsViewed.FromString(bytes(row.payload)).views) for row in rows)
    engine.dispose()
    wanted = 2 * (ROUNDS + 1) * CALLS
    if looks != wanted:
        raise RuntimeError(f"{wanted} looks, {looks} recorded")
    return figures


def _channel(port: int) -> aio.Channel:
    return aio.insecure_channel(f"127.0.0.1:{port}")


def _stub(channel: aio.Channel) -> Any:
    return dispatch_pb2_grpc.DispatchServiceStub(channel)


async def _block(stub: Any, metadata: Any, ids: list[str], callers: int, process: psutil.Process) -> Taken:
    taken = Taken()
    before = sum(process.cpu_times()[:2])

    async def caller(number: int) -> None:
        for place in range(number, CALLS, callers):
            began = time.perf_counter()
            await stub.GetTask(pb.GetTaskRequest(id=ids[place * 7 % len(ids)]), metadata=metadata)
            taken.milliseconds.append((time.perf_counter() - began) * 1000)

    await asyncio.gather(*(caller(number) for number in range(callers)))
    # What is written and sent after the answers belongs to them as well.
    await asyncio.sleep(0.4)
    taken.processor = sum(process.cpu_times()[:2]) - before
    return taken


def _figures(callers: int, taken: dict[str, Taken]) -> list[Figure]:
    with_it, without = taken["with"], taken["without"]
    who = f"detail call, {callers} at once"
    found: list[Figure] = []
    for name, place in (("p50", 50), ("p99", 99)):
        ours, bare = with_it.percentile(place), without.percentile(place)
        found.append(
            Figure(f"{who}: {name} with recording", f"{ours:.2f} ms ({ours - bare:+.2f})", f"without {bare:.2f} ms")
        )
    calls = ROUNDS * CALLS
    ours, bare = with_it.processor / calls * 1000, without.processor / calls * 1000
    found.append(
        Figure(f"{who}: processor time", f"{ours:.2f} ms ({ours - bare:+.2f})", f"without {bare:.2f} ms a call")
    )
    return found


async def _serve(told: dict[str, Any]) -> None:
    described = service(load(DispatchSettings, **told))
    wired = wire(described)
    tables.metadata.create_all(wired.database.engine)
    with wired.database.engine.begin() as connection:
        connection.execute(text(_SEED), {"tasks": TASKS})
        connection.execute(text("ANALYZE tasks"))
    await wired.bus.connect()
    work = [asyncio.create_task(keep("documents", wired.documents.run))]
    await wired.documents.ready(10)
    views = Views("dispatch", wired.database, described.plumbing, described.clock, wired.settings.home_dir / "views")
    relay = Relay(wired.database, described.plumbing, wired.bus, described.clock)
    work += [asyncio.create_task(keep("relay", relay.run)), asyncio.create_task(keep("views", views.run))]
    async with _server(wired, described, views) as recording, _server(wired, described, None) as bare:
        sys.stdout.write(json.dumps({"with": recording, "without": bare}) + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)
    for task in work:
        task.cancel()
    await asyncio.gather(*work, return_exceptions=True)
    await wired.bus.close()
    wired.database.close()


@contextlib.asynccontextmanager
async def _server(wired: Wired, described: Any, views: Views | None) -> AsyncGenerator[int]:
    settings = wired.settings
    verifier = TokenVerifier(
        issuer=settings.issuer, jwks_url=settings.jwks_url, audience="dispatch", people=wired.access
    )
    server = aio.server(interceptors=[Interceptor("dispatch", Gatekeeper(verifier, wired.access), views)])
    for add, servicer in described.servicers(wired):
        add(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield port
    await server.stop(0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        uvloop.run(_serve(json.loads(sys.argv[2])))
    else:
        for figure in measure():
            sys.stdout.write(figure.row() + "\n")
