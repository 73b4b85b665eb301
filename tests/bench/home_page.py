"""The home page: fifty open of 200,000 tasks, through the gateway, beside the raw limits."""

import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager

import httpx
import uvloop
from crm.dispatch.v1 import dispatch_pb2 as pb

from local_stack.processes import free_port
from tests.bench.figures import Figure
from tests.bench.raw import call_echo
from tests.bench.wrk import Load, post
from tests.person import Person
from tests.rig import Rig

TASKS = 200_000
MANAGERS = 120
LIST_TASKS = "crm.dispatch.v1.DispatchService/ListTasks"
_SEED = """
INSERT INTO tasks (id, version, kind, title, source, priority, due_at, created_at, state, customer_name, bureau_id,
                   community_id, owner_number, placement, result_code, ended_at)
SELECT uuidv7(), 1, 'care', '回访 · 客户' || n, 'manual', 3,
       date_trunc('minute', now()) + ((n % 9600) - 1200) * interval '1 minute', now(),
       CASE WHEN n <= %(open)s THEN 'open' ELSE 'completed' END, '客户' || n, uuidv7(), uuidv7(),
       'm' || lpad((n %% %(managers)s + 1)::text, 3, '0'), 'BY_SUBSCRIBER_NUMBER',
       CASE WHEN n <= %(open)s THEN NULL ELSE 'satisfied' END,
       CASE WHEN n <= %(open)s THEN NULL ELSE now() - (n %% 5000) * interval '1 minute' END
FROM generate_series(1, %(all)s) n
"""


def fill(rig: Rig) -> None:
    """Puts 200,000 tasks into dispatch's table, fifty of them open for each customer manager."""
    with rig.database("dispatch") as connection:
        connection.execute("DELETE FROM tasks WHERE ended_at IS NULL")
        connection.execute(
            _SEED.replace("(n % 9600)", "(n %% 9600)"),
            {"open": MANAGERS * 50, "managers": MANAGERS, "all": TASKS},
        )
        connection.execute("ANALYZE tasks")


def measure(rig: Rig) -> list[Figure]:
    """Answers our rate at one, eight and thirty-two at once, each beside the bare handler and the bare echo."""
    fill(rig)
    request = pb.ListTasksRequest(bucket=pb.TASK_BUCKET_TODO, mine=True, with_counts=True)
    request.page.size = 50
    figures: list[Figure] = []
    with Person(rig.url, "m001", rig.password) as person, _bare(rig) as bare, _echo() as echo:
        answer = person.call(LIST_TASKS, request, pb.ListTasksResponse)
        assert len(answer.tasks) == 50, f"{len(answer.tasks)} tasks instead of 50"
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in person.http.cookies.jar)
        headers = {**person.headers, "content-type": "application/proto", "cookie": cookies}
        body = request.SerializeToString()
        for callers in (1, 8, 32):
            ours = post(
                rig.url.replace("localhost", "127.0.0.1"),
                f"/rpc/{LIST_TASKS}",
                body,
                _host(rig, headers),
                connections=callers,
            )
            raw = post(bare, "/", b"", {}, connections=callers)
            size = len(answer.SerializeToString())
            echoed = Load(*uvloop.run(call_echo(echo, size, callers)))
            figures += _rows(callers, ours, raw, echoed)
    return figures


def _host(rig: Rig, headers: dict[str, str]) -> dict[str, str]:
    # wrk reaches the loopback address; the gateway is to see the name the browser uses.
    return {**headers, "host": rig.url.removeprefix("http://")}


def _rows(callers: int, ours: Load, raw: Load, echoed: Load) -> list[Figure]:
    name = f"home page, {callers} at once"
    return [
        Figure(
            name,
            f"{ours.rate:,.0f}/s",
            f"bare ASGI handler, same SQL: {raw.rate:,.0f}/s",
            ours.rate / raw.rate,
            0.30 if callers == 32 else None,
        ),
        Figure(f"{name}: p50 / p99", f"{ours.p50:.1f} / {ours.p99:.1f} ms", f"bare: {raw.p50:.1f} / {raw.p99:.1f} ms"),
        Figure("", "", f"bare gRPC echo: {echoed.rate:,.0f}/s, {echoed.p50:.1f} / {echoed.p99:.1f} ms"),
    ]


@contextmanager
def _process(*arguments: str) -> Generator[int]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.raw", arguments[0], str(port), *arguments[1:]])
    time.sleep(2)
    try:
        yield port
    finally:
        process.kill()
        process.wait()


@contextmanager
def _bare(rig: Rig) -> Generator[str]:
    password = (rig.home / "secrets" / "dispatch" / "database_password").read_text().strip()
    dsn = f"postgresql://dispatch:{password}@127.0.0.1:{rig.port('postgres')}/dispatch"
    with _process("asgi", dsn) as port:
        url = f"http://127.0.0.1:{port}"
        assert httpx.post(url).status_code == 200
        yield url


@contextmanager
def _echo() -> Generator[int]:
    with _process("echo") as port:
        yield port
