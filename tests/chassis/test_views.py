"""Who looked at what, noted beside the call: met through a real channel, read from a real outbox."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from crm.common.v1 import access_pb2, person_pb2, view_events_pb2
from crm.dispatch.v1 import dispatch_pb2, dispatch_pb2_grpc
from grpc import aio
from sqlalchemy import event, insert, select

from chassis.access import GRANTS_KEY, AccessBook
from chassis.clock import FixedClock
from chassis.database import Database
from chassis.errors import DatabaseUnavailable, NotFound
from chassis.identity import TokenVerifier, set_caller
from chassis.interceptors import Gatekeeper, Interceptor
from chassis.views import ORPHANED, Views, view_of
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
async def call(issuer: Issuer, database: Database, toy: Toy) -> AsyncIterator[Callable[..., Any]]:
    grants = [
        access_pb2.Grant(
            role=role, form="dispatch.task", actions=[access_pb2.ACTION_SEE], scope=access_pb2.ROW_SCOPE_ALL
        )
        for role in ("customer_manager", "service")
    ]
    access = AccessBook({GRANTS_KEY: access_pb2.GrantsDocument(grants=grants).SerializeToString()})
    verifier = TokenVerifier(issuer=ISSUER, jwks_url=issuer.jwks_url, audience="dispatch", people=access)
    views = Views("dispatch", database, plumbing, FixedClock(NOON))
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
    views.close()


def rows(database: Database) -> list[Any]:
    with database.engine.connect() as connection:
        return list(connection.execute(select(plumbing.outbox).order_by(plumbing.outbox.c.id)))


def looks(found: list[Any]) -> list[view_events_pb2.RecordViewed]:
    """What the rows say, each look."""
    return [look for row in found for look in view_events_pb2.RecordsViewed.FromString(row.payload).views]


async def settled(database: Database, wanted: int) -> list[Any]:
    """The rows once nothing more is to be said of them: so many looks, all to be sent."""
    for _ in range(80):
        await asyncio.sleep(0.05)
        found = rows(database)
        if all(row.waiting for row in found) and len(looks(found)) == wanted:
            break
    return rows(database)


def test_the_contract_says_which_calls_show_a_record() -> None:
    view = view_of(GET_TASK)
    assert view is not None
    assert (view.form, view.id_field) == ("dispatch.task", "id")
    assert view_of("/crm.dispatch.v1.DispatchService/ListTasks") is None
    assert view_of("/crm.dispatch.v1.DispatchService/NoSuchCall") is None


async def test_a_look_is_committed_before_the_answer_leaves(call: Any, database: Database) -> None:
    await call(RECORD.upper())
    (row,) = rows(database)
    assert (row.subject, row.waiting, row.sent_at) == ("crm.dispatch.record.viewed.v1", False, None)
    (row,) = await settled(database, 1)
    assert (row.subject, row.waiting, row.sent_at) == ("crm.dispatch.record.viewed.v1", True, None)
    (seen,) = looks([row])
    by = person_pb2.Actor(kind=person_pb2.Actor.KIND_PERSON, id="m001", name="Ann", ip="10.9.8.7")
    assert (seen.actor, seen.form, seen.record_id) == (by, "dispatch.task", RECORD)
    assert seen.at.ToSeconds() == NOON.timestamp()
    await asyncio.wait_for(database.recorded.wait(), 2)


async def test_a_refused_call_showed_nothing(call: Any, database: Database) -> None:
    with pytest.raises(aio.AioRpcError):
        await call("gone")
    assert await settled(database, 0) == []


async def test_a_slow_refusal_takes_its_row_back(call: Any, database: Database, toy: Toy) -> None:
    toy.go_on.clear()
    waiting = asyncio.ensure_future(call("gone"))
    for _ in range(100):
        if rows(database):
            break
        await asyncio.sleep(0.02)
    assert [row.waiting for row in rows(database)] == [False], "the relay may not send it yet"
    toy.go_on.set()
    with pytest.raises(aio.AioRpcError):
        await waiting
    assert await settled(database, 0) == []


async def test_a_caller_who_left_saw_nothing(call: Any, database: Database, toy: Toy) -> None:
    toy.go_on.clear()
    waiting = asyncio.ensure_future(call())
    for _ in range(100):
        if rows(database):
            break
        await asyncio.sleep(0.02)
    waiting.cancel()
    assert await settled(database, 0) == []


async def test_our_own_services_are_not_watched(call: Any, database: Database) -> None:
    await call(
        preferred_username="service-account-svc-customer", azp="svc-customer", realm_access={"roles": ["service"]}
    )
    assert await settled(database, 0) == []


async def test_many_at_once_share_their_commits(call: Any, database: Database) -> None:
    statements: list[str] = []

    def heard(*context: Any) -> None:
        statements.append(str(context[2]))

    event.listen(database.engine, "before_cursor_execute", heard)
    ids = [f"task-{number}" for number in range(300)]
    await asyncio.gather(*(call(each) for each in ids), call("gone"), return_exceptions=True)
    event.remove(database.engine, "before_cursor_execute", heard)
    assert len([each for each in statements if each.startswith("INSERT")]) < 150
    found = await settled(database, 300)
    assert sorted(look.record_id for look in looks(found)) == sorted(ids)
    assert len(found) < 30, "they leave together"


async def test_a_connection_that_died_is_replaced(call: Any, database: Database) -> None:
    await call("one")
    with database.engine.connect() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
        connection.exec_driver_sql(others + "pg_backend_pid()")
    await call("two")
    assert sorted(look.record_id for look in looks(rows(database))) == ["one", "two"]


async def test_what_was_said_twice_leaves_once(call: Any, database: Database) -> None:
    """The settling statement whose answer got lost is sent again and finds nothing to do."""
    await call()
    (row,) = rows(database)
    views = Views("dispatch", database, plumbing, FixedClock(NOON))
    for _ in range(2):
        views._say([row.id], [], NOON)  # pyright: ignore[reportPrivateUsage]  # the answer of the first is what got lost
    assert len(looks(await settled(database, 1))) == 1


async def test_what_a_dead_process_left_is_released(database: Database) -> None:
    def left(number: int, age: timedelta) -> dict[str, object]:
        return {
            "id": f"01939c3e-0000-7000-8000-00000000000{number}",
            "waiting": False,
            "subject": "crm.toy.record.viewed.v1",
            "type": "x",
            "payload": b"",
            "recorded_at": NOON - age,
        }

    with database.engine.begin() as connection:
        connection.execute(insert(plumbing.outbox), [left(1, ORPHANED * 2), left(2, ORPHANED / 2)])
        connection.execute(insert(plumbing.outbox), [left(3, ORPHANED * 2) | {"sent_at": NOON}])
    sweep = asyncio.create_task(Views("toy", database, plumbing, FixedClock(NOON)).run())
    await asyncio.wait_for(database.recorded.wait(), 5)
    sweep.cancel()
    assert [row.waiting for row in rows(database)] == [True, False, False]


async def test_without_its_database_nothing_is_shown(database: Database) -> None:
    away = open_database(database.engine.url.set(port=1).render_as_string(hide_password=False))
    views = Views("dispatch", away, plumbing, FixedClock(NOON))

    async def shown(request: Any, context: Any) -> str:
        return "shown"

    set_caller(ANN)
    noted = views.noting(GET_TASK, shown)
    with pytest.raises(DatabaseUnavailable):
        await noted(dispatch_pb2.GetTaskRequest(id=RECORD), None)
    away.close()
