"""Who looked at what, noted beside the call: met through a real channel, read from a real outbox."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from crm.common.v1 import access_pb2, person_pb2, view_events_pb2
from crm.dispatch.v1 import dispatch_pb2, dispatch_pb2_grpc
from grpc import aio
from sqlalchemy import select

from chassis.access import GRANTS_KEY, AccessBook
from chassis.clock import FixedClock
from chassis.database import Database
from chassis.errors import DatabaseUnavailable, NotFound
from chassis.identity import TokenVerifier, set_caller
from chassis.interceptors import Gatekeeper, Interceptor
from chassis.views import Views, view_of
from tests.chassis.issuer import ISSUER, Issuer, serving
from tests.chassis.toy import ANN, NOON, metadata, open_database, plumbing

GET_TASK = "/crm.dispatch.v1.DispatchService/GetTask"
RECORD = "01939c3e-0000-7000-8000-000000000001"


class Toy(dispatch_pb2_grpc.DispatchServiceServicer):
    """Shows every task but those it was told to refuse; holds its answer while it is told to."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def GetTask(self, request: dispatch_pb2.GetTaskRequest, context: Any) -> dispatch_pb2.GetTaskResponse:
        await self.go_on.wait()
        if request.id == "gone":
            raise NotFound(form="dispatch.task", id=request.id)
        return dispatch_pb2.GetTaskResponse()


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with serving() as found:
        yield found


@pytest.fixture
def database(fresh_database: Callable[..., str]) -> Iterator[Database]:
    opened = open_database(fresh_database(metadata))
    yield opened
    opened.close()


@pytest.fixture
def toy() -> Toy:
    return Toy()  # pyright: ignore[reportAbstractUsage]  # only the call that shows a record is of interest


@pytest.fixture
def views(database: Database, tmp_path: Path) -> Views:
    return Views("dispatch", database, plumbing, FixedClock(NOON), tmp_path / "views")


@pytest.fixture
async def call(issuer: Issuer, views: Views, toy: Toy) -> AsyncIterator[Callable[..., Any]]:
    grants = [
        access_pb2.Grant(
            role=role, form="dispatch.task", actions=[access_pb2.ACTION_SEE], scope=access_pb2.ROW_SCOPE_ALL
        )
        for role in ("customer_manager", "service")
    ]
    access = AccessBook({GRANTS_KEY: access_pb2.GrantsDocument(grants=grants).SerializeToString()})
    verifier = TokenVerifier(issuer=ISSUER, jwks_url=issuer.jwks_url, audience="dispatch", people=access)
    server = aio.server(interceptors=[Interceptor("dispatch", Gatekeeper(verifier, access), views)])
    dispatch_pb2_grpc.add_DispatchServiceServicer_to_server(toy, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub: Any = dispatch_pb2_grpc.DispatchServiceStub(channel)

        def made(record_id: str = RECORD, **claims: Any) -> Any:
            metadata = (("authorization", f"Bearer {issuer.token(**claims)}"), ("x-forwarded-for", "10.9.8.7"))
            return stub.GetTask(dispatch_pb2.GetTaskRequest(id=record_id), metadata=metadata)

        yield made
    await server.stop(0)


@contextlib.asynccontextmanager
async def running(views: Views) -> AsyncGenerator[None]:
    """Brings in what is noted; at the end what is left, too."""
    work = asyncio.create_task(views.run())
    await asyncio.sleep(0)
    yield
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


def rows(database: Database) -> list[Any]:
    with database.engine.connect() as connection:
        return list(connection.execute(select(plumbing.outbox).order_by(plumbing.outbox.c.id)))


def looked_at(database: Database) -> list[str]:
    """The records of all looks in the outbox, sorted."""
    found = [view_events_pb2.RecordsViewed.FromString(row.payload) for row in rows(database)]
    return sorted(look.record_id for each in found for look in each.views)


async def brought_in(database: Database, wanted: int) -> list[str]:
    """The records that were looked at once there are so many; what there is after four seconds."""
    for _ in range(80):
        if len(looked_at(database)) >= wanted:
            break
        await asyncio.sleep(0.05)
    return looked_at(database)


def test_the_contract_says_which_calls_show_a_record() -> None:
    view = view_of(GET_TASK)
    assert view is not None
    assert (view.form, view.id_field) == ("dispatch.task", "id")
    assert view_of("/crm.dispatch.v1.DispatchService/ListTasks") is None
    assert view_of("/crm.dispatch.v1.DispatchService/NoSuchCall") is None


async def test_a_look_is_in_the_outbox_a_moment_later(call: Any, views: Views, database: Database) -> None:
    async with running(views):
        await call(RECORD.upper())
        assert await brought_in(database, 1) == [RECORD]
        await asyncio.wait_for(database.recorded.wait(), 2)
    (row,) = rows(database)
    assert (row.subject, row.waiting, row.sent_at) == ("crm.dispatch.record.viewed.v1", True, None)
    (seen,) = view_events_pb2.RecordsViewed.FromString(row.payload).views
    by = person_pb2.Actor(kind=person_pb2.Actor.KIND_PERSON, id="m001", name="Ann", ip="10.9.8.7")
    assert (seen.actor, seen.form, seen.record_id) == (by, "dispatch.task", RECORD)
    assert seen.at.ToSeconds() == NOON.timestamp()


async def test_a_refused_call_showed_nothing(call: Any, views: Views, database: Database) -> None:
    async with running(views):
        with pytest.raises(aio.AioRpcError):
            await call("gone")
        await call("there")
    assert looked_at(database) == ["there"]


async def test_a_caller_who_left_saw_nothing(call: Any, views: Views, database: Database, toy: Toy) -> None:
    toy.go_on.clear()
    async with running(views):
        waiting = asyncio.ensure_future(call("left"))
        await asyncio.sleep(0.1)
        waiting.cancel()
        await asyncio.sleep(0.1)
        toy.go_on.set()
        await call("there")
    assert looked_at(database) == ["there"]


async def test_our_own_services_are_not_watched(call: Any, views: Views, database: Database) -> None:
    async with running(views):
        await call(
            preferred_username="service-account-svc-customer", azp="svc-customer", realm_access={"roles": ["service"]}
        )
        await call("there")
    assert looked_at(database) == ["there"]


async def test_looks_of_one_moment_leave_together(call: Any, views: Views, database: Database) -> None:
    ids = [f"task-{number}" for number in range(300)]
    async with running(views):
        await asyncio.gather(*(call(each) for each in ids), call("gone"), return_exceptions=True)
        assert await brought_in(database, 300) == sorted(ids)
    assert len(rows(database)) < 30


async def test_what_a_dead_process_noted_is_brought_in_by_the_next(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "views"
    code = (
        "import os, signal, sys; from pathlib import Path; from chassis.spool import Spool; "
        "from crm.common.v1.view_events_pb2 import RecordViewed, RecordsViewed; spool = Spool(Path(sys.argv[1])); "
        "[spool.add(RecordsViewed(views=[RecordViewed(record_id=f'{n:05d}')]).SerializeToString()) for n in range(20_000)]; "
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    dead = await asyncio.create_subprocess_exec(sys.executable, "-c", code, str(folder))
    assert await dead.wait() == -signal.SIGKILL
    found: list[str] = []
    for _ in range(2):  # and a third process finds nothing more
        async with running(Views("dispatch", database, plumbing, FixedClock(NOON), folder)):
            found = await brought_in(database, 20_000)
            await asyncio.wait_for(database.recorded.wait(), 2)
    assert found == [f"{number:05d}" for number in range(20_000)]
    assert not list(folder.iterdir())


async def test_while_the_database_is_away_looks_are_kept_as_long_as_there_is_room(
    database: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "views"
    away = open_database(database.engine.url.set(port=1).render_as_string(hide_password=False))
    views = Views("dispatch", away, plumbing, FixedClock(NOON), folder)

    async def shown(request: Any, context: Any) -> str:
        return "shown"

    set_caller(ANN)
    noted = views.noting(GET_TASK, shown)
    kept = 0
    async with running(views):
        while kept < 100_000:
            try:
                await noted(dispatch_pb2.GetTaskRequest(id=f"{kept:06d}"), None)
            except DatabaseUnavailable:
                break
            kept += 1
    away.close()
    assert 5_000 < kept < 100_000
    async with running(Views("dispatch", database, plumbing, FixedClock(NOON), folder)):
        assert await brought_in(database, kept) == [f"{number:06d}" for number in range(kept)]


def test_a_folder_that_takes_no_files_ends_the_start_with_a_word(database: Database, tmp_path: Path) -> None:
    (tmp_path / "views").write_text("in the way", encoding="utf-8")
    with pytest.raises(SystemExit, match="takes no files"):
        Views("dispatch", database, plumbing, FixedClock(NOON), tmp_path / "views")
