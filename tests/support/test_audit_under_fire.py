"""A thousand looks while support is killed again and again: a thousand entries, and a chain that its command verifies."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from crm.common.v1 import access_pb2
from crm.dispatch.v1 import dispatch_pb2, dispatch_pb2_grpc
from grpc import aio
from sqlalchemy import URL, create_engine, delete, make_url, select, update

from chassis.access import GRANTS_KEY, AccessBook
from chassis.clock import SystemClock
from chassis.database import Database
from chassis.identity import TokenVerifier
from chassis.interceptors import Gatekeeper, Interceptor
from chassis.nats import Bus
from chassis.outbox import Relay
from chassis.views import Views
from local_stack.layout import sealing_key
from local_stack.nats import NatsServer
from local_stack.processes import free_port
from support.storage.audit_tables import audit_chain, audit_days, audit_entries
from tests.chassis.issuer import ISSUER, Issuer, serving
from tests.chassis.toy import encode, metadata, plumbing

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
LOOKS, AT_ONCE, KILLS = 1000, 100, 3


class Support:
    """`python -m support`, to be killed and started again."""

    def __init__(self, url: str, broker: NatsServer, issuer: Issuer, folder: Path) -> None:
        self.url: URL = make_url(url)
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.log = folder / "support.log"
        kept = {
            "database_password": self.url.password or "-",
            "nats_password": broker.passwords["support"],
            "client_secret": "none",
            "credential_key": sealing_key("k1"),
        }
        for name, value in kept.items():
            (folder / name).write_text(value, encoding="utf-8")
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("CRM_")},
            "CRM_GRPC_PORT": str(self.port),
            "CRM_DATABASE_URL": self.url._replace(password=None).render_as_string(),
            "CRM_NATS_URL": f"nats://127.0.0.1:{broker.port}",
            "CRM_ISSUER": ISSUER,
            "CRM_JWKS_URL": issuer.jwks_url,
            "CRM_TOKEN_URL": issuer.jwks_url,
            "CRM_CLIENT_ID": "svc-support",
            "CRM_SECRETS_DIR": str(folder),
            "CRM_HOME_DIR": str(folder),
        }

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "support"], env=self.environment, stdout=output, stderr=output
            )

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(10)

    async def ready(self) -> None:
        for _ in range(600):
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text(errors="replace")[-3000:]
            with closing(socket.socket()) as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            await asyncio.sleep(0.1)
        raise AssertionError(self.log.read_text(errors="replace")[-3000:])

    def verify(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "support.verify_audit", *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with serving() as found:
        yield found


@pytest.fixture
def support(
    fresh_database: Callable[..., str], nats_process: NatsServer, issuer: Issuer, tmp_path: Path
) -> Iterator[Support]:
    made = Support(fresh_database(None), nats_process, issuer, tmp_path)
    yield made
    made.kill()


class Toy(dispatch_pb2_grpc.DispatchServiceServicer):
    """Shows any task."""

    async def GetTask(self, request: dispatch_pb2.GetTaskRequest, context: Any) -> dispatch_pb2.GetTaskResponse:
        return dispatch_pb2.GetTaskResponse()


@pytest.fixture
async def look(
    fresh_database: Callable[..., str], nats_process: NatsServer, issuer: Issuer, tmp_path: Path
) -> AsyncIterator[Callable[[int], Any]]:
    """A service that shows records, with its outbox and the relay that empties it."""
    grant = access_pb2.Grant(
        role="customer_manager",
        form="dispatch.task",
        actions=[access_pb2.ACTION_SEE],
        scope=access_pb2.ROW_SCOPE_ALL,
    )
    access = AccessBook({GRANTS_KEY: access_pb2.GrantsDocument(grants=[grant]).SerializeToString()})
    database = Database(fresh_database(metadata), clock=SystemClock(), plumbing=plumbing, encode=encode, access=access)
    bus = Bus(nats_process.url, "dispatch")
    await bus.connect()
    verifier = TokenVerifier(issuer=ISSUER, jwks_url=issuer.jwks_url, audience="dispatch", people=access)
    views = Views("dispatch", database, plumbing, SystemClock(), tmp_path / "views")
    server = aio.server(interceptors=[Interceptor("dispatch", Gatekeeper(verifier, access), views)])
    dispatch_pb2_grpc.add_DispatchServiceServicer_to_server(Toy(), server)  # pyright: ignore[reportAbstractUsage]  # one call is enough
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    work = [asyncio.create_task(Relay(database, plumbing, bus, SystemClock()).run()), asyncio.create_task(views.run())]
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub: Any = dispatch_pb2_grpc.DispatchServiceStub(channel)
        headers = (("authorization", f"Bearer {issuer.token()}"),)
        yield lambda number: stub.GetTask(dispatch_pb2.GetTaskRequest(id=f"task-{number}"), metadata=headers)
    await server.stop(0)
    for task in work:
        task.cancel()
    await asyncio.gather(*work, return_exceptions=True)
    await bus.close()
    database.close()


async def test_a_thousand_looks_are_a_thousand_entries(support: Support, look: Callable[[int], Any]) -> None:
    support.start()
    await support.ready()
    gate, done = asyncio.Semaphore(AT_ONCE), 0

    async def one(number: int) -> None:
        nonlocal done
        async with gate:
            await look(number)
            done += 1

    async def killer() -> None:
        for time in range(1, KILLS + 1):
            while done < time * LOOKS // (KILLS + 1):  # noqa: ASYNC110  there is nothing to be told by
                await asyncio.sleep(0.005)
            support.kill()
            support.start()

    killing = asyncio.create_task(killer())
    await asyncio.gather(*(one(number) for number in range(LOOKS)))
    await killing
    # And once more while it takes in what has piled up.
    await support.ready()
    await asyncio.sleep(1.5)
    support.kill()
    support.start()
    engine = create_engine(support.url)
    seen = await _entries(engine, LOOKS)
    assert len(seen) == LOOKS, f"{LOOKS} looks, {len(seen)} entries"
    assert set(seen) == {f"task-{number}" for number in range(LOOKS)}
    await asyncio.sleep(6)  # until the end of the chain is published
    support.kill()
    whole = support.verify("--all")
    assert (whole.returncode, f"{LOOKS} entries: all intact" in whole.stdout) == (0, True), whole.stdout + whole.stderr
    _tamper(engine, support)
    engine.dispose()


async def _entries(engine: Any, wanted: int) -> list[str]:
    found: list[str] = []
    for _ in range(600):
        with engine.connect() as connection:
            found = list(connection.execute(select(audit_entries.c.record_id)).scalars())
        if len(found) >= wanted:
            break
        await asyncio.sleep(0.2)
    return found


def _tamper(engine: Any, support: Support) -> None:
    """One thing after another; each is found by the command and put back."""
    with engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(select(audit_entries)).mappings()]
    rows.sort(key=lambda row: (row["day"], row["sequence"]))
    victim, last = rows[len(rows) // 2], rows[-1]
    day = victim["day"].isoformat()
    place = (audit_entries.c.day == victim["day"]) & (audit_entries.c.sequence == victim["sequence"])
    end = (audit_entries.c.day == last["day"]) & (audit_entries.c.sequence == last["sequence"])
    before = rows[-2]
    head = {"head": before["hash"]}
    cases: list[tuple[list[Any], str]] = [
        ([update(audit_entries).where(place).values(staff_number="z99")], f"EDITED at entry {victim['sequence']}"),
        ([delete(audit_entries).where(place)], f"MISSING at entry {victim['sequence']}"),
        ([delete(audit_entries).where(end)], f"TRUNCATED at entry {last['sequence']}"),
        (
            [
                delete(audit_entries).where(end),
                update(audit_days).where(audit_days.c.day == last["day"]).values(entries=before["sequence"], **head),
                update(audit_chain).values(sequence=before["sequence"], **head),
            ],
            f"TRUNCATED at entry {last['sequence']}",
        ),
    ]
    for statements, said in cases:
        with engine.begin() as connection:
            kept = {table: connection.execute(select(table)).mappings().all() for table in (audit_days, audit_chain)}
            for statement in statements:
                connection.execute(statement)
        found = support.verify("--day", last["day"].isoformat() if "TRUNCATED" in said else day)
        assert (found.returncode, said in found.stdout) == (1, True), found.stdout + found.stderr
        with engine.begin() as connection:
            for table, lines in kept.items():
                connection.execute(delete(table))
                connection.execute(table.insert(), [dict(line) for line in lines])
            for row in (victim, last):
                key = (audit_entries.c.day == row["day"]) & (audit_entries.c.sequence == row["sequence"])
                connection.execute(delete(audit_entries).where(key))
                connection.execute(audit_entries.insert().values(**row))
    assert support.verify("--all").returncode == 0
