"""Who may say and hear what at a real broker: each service can do its work, and nothing in the name of another."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from nats.errors import Error as NatsError
from nats.js.api import StreamConfig

import customer.messaging.subscribe
import dispatch.messaging.subscribe
import support.messaging.subscribe
from branch_trust.broker_users import USERS, named
from chassis.database import Database
from chassis.documents import Documents
from chassis.nats import Bus, Consumer, On, stream_of
from gateway.session_store import SessionStore
from gateway.sessions import Sealer, Session
from local_stack.nats import NatsServer
from support.domain.audit import Witness
from support.witnesses import Witnesses
from tests.chassis import toy
from tests.trust.broker import PASSWORD, Connection, anybody, connected, running
from tests.trust.forbidden import SERVICES, forbidden, unheard

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def _all_streams(server: NatsServer) -> None:  # pyright: ignore[reportUnusedFunction]  # pytest calls it
    """Everything that there is to spoil."""

    async def make() -> None:
        async with anybody(server) as client:
            for name in SERVICES:
                stream, subjects = stream_of(f"crm.{name}.x")
                await client.jetstream().add_stream(StreamConfig(name=stream, subjects=[subjects]))
            await client.jetstream().add_stream(
                StreamConfig(name="CANARY", subjects=["canary.>"], max_msgs_per_subject=1)
            )

    asyncio.run(make())


@pytest.fixture
def buses(server: NatsServer) -> Callable[[str], Bus]:
    return lambda name: Bus(f"nats://127.0.0.1:{server.port}", name, PASSWORD)


@pytest.fixture
async def bus_of(buses: Callable[[str], Bus]) -> AsyncIterator[Callable[[str], Any]]:
    opened: list[Bus] = []

    async def connect(name: str) -> Bus:
        opened.append(buses(name))
        await opened[-1].connect()
        return opened[-1]

    yield connect
    for bus in opened:
        await bus.close()


# What each may do


def test_the_table_says_what_the_services_subscribe_to() -> None:
    exports: Any = SimpleNamespace(decided=None)
    branch: Any = None
    said = {
        "dispatch": dispatch.messaging.subscribe.subscriptions(branch, (), exports),
        "customer": customer.messaging.subscribe.subscriptions(exports),
        "support": support.messaging.subscribe.subscriptions(),
    }
    followed = {user.name: set(user.follows) for user in USERS if user.follows}
    assert followed == {name: {on.subject for on in ons} for name, ons in said.items()}


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_beats_publishes_and_declares(bus_of: Callable[[str], Any], name: str) -> None:
    bus: Bus = await bus_of(name)
    await bus.beat()
    assert await bus.stream_created()
    await bus.send(
        event_id=f"e-{name}",
        subject=f"crm.{name}.note.written.v1",
        kind="note",
        entity_id="1",
        at=datetime.now(UTC),
        payload=b"hello",
        traceparent="",
    )
    documents = Documents(bus)
    following = asyncio.create_task(documents.run())
    assert await documents.ready(10)
    await documents.put(f"declarations.{name}", name.encode())
    assert await documents.stored(f"declarations.{name}") == name.encode()
    await until(lambda: documents.get(f"declarations.{name}") == name.encode())
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


@pytest.mark.parametrize("name", [user.name for user in USERS if user.follows])
async def test_a_service_takes_every_event_it_follows(
    bus_of: Callable[[str], Any], server: NatsServer, fresh_database: Callable[..., str], name: str
) -> None:
    database: Database = toy.open_database(fresh_database(toy.metadata))
    taken: list[str] = []
    bus: Bus = await bus_of(name)
    subjects = named(name).follows
    consumers = [
        Consumer(bus, database, On(subject, bytes.decode, lambda _unit, said: taken.append(said)))
        for subject in subjects
    ]
    tasks = [asyncio.create_task(consumer.run()) for consumer in consumers]
    async with anybody(server) as client:
        for number, subject in enumerate(subjects):
            headers = {"ce-id": f"{name}-{number}"}
            await client.jetstream().publish(subject, subject.encode(), headers=headers)
        await until(lambda: set(taken) == set(subjects))
        for consumer in consumers:
            await until_acknowledged(bus, consumer)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    database.close()


async def test_support_publishes_settings_and_the_heads_of_the_audit(bus_of: Callable[[str], Any]) -> None:
    bus = await bus_of("support")
    documents = Documents(bus)
    await documents.put("access.grants", b"grants")
    await documents.put("person.m001", b"person")
    await documents.remove("person.m001")
    assert (await documents.stored("access.grants"), await documents.stored("person.m001")) == (b"grants", None)
    witnesses, head = Witnesses(bus), Witness(date(2026, 11, 22), 7, "abc")
    await witnesses.publish(head)
    assert await witnesses.last() == head


def a_session() -> Session:
    words = ("id", "subject", "provider_session", "staff_number", "name", "ip", "user_agent", "language")
    more = ("access_token", "refresh_token", "id_token")
    times = dict.fromkeys(("started_at", "seen_at", "access_until"), time.time())
    return Session(**{**dict.fromkeys((*words, *more), "x"), **times, "staff_number": "m001", "roles": ()})  # pyright: ignore[reportArgumentType]


async def test_the_gateway_keeps_sessions(bus_of: Callable[[str], Any]) -> None:
    bus = await bus_of("gateway")
    store = SessionStore(bus, Sealer("session-key-of-tests"))
    following = asyncio.create_task(store.run())
    await until(lambda: store.loaded)
    session = a_session()
    assert await store.once("jti", "token", 60)
    await store.add("key", session)
    found = await store.find("key")
    assert found is not None
    assert found.session.staff_number == "m001"
    assert await store.change("key", lambda kept: replace(kept, ip="10.0.0.1")) is not None
    await store.remove("key")
    assert await store.find("key") is None
    await store.probe()
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def test_operations_look_at_everything_and_tell_how_backups_went(server: NatsServer) -> None:
    async with connected(server, "operations") as connection:
        jetstream = connection.client.jetstream()
        bucket = await jetstream.create_key_value(bucket="operations")
        await bucket.put("backup.status", b"{}")
        found = {str(info.config.name) for info in await jetstream.streams_info()}
        assert {"CRM_DISPATCH", "CRM_SUPPORT", "KV_operations"} <= found
        assert await jetstream.consumers_info("CRM_SUPPORT") is not None
    async with connected(server, "telemetry") as connection:
        entry = await (await connection.client.jetstream().key_value("operations")).get("backup.status")
        assert entry.value == b"{}"


# What nobody may do


async def until(check: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not check():  # noqa: ASYNC110  nobody tells us
            await asyncio.sleep(0.02)


async def until_acknowledged(bus: Bus, consumer: Consumer) -> None:
    async with asyncio.timeout(15):
        while True:
            info = await bus.jetstream.consumer_info(stream_of(consumer.on.subject)[0], consumer.name)
            if (info.num_pending, info.num_ack_pending) == (0, 0):
                return
            await asyncio.sleep(0.05)


async def said_of(connection: Connection, subjects: list[str]) -> set[str]:
    return {subject for subject in subjects if await connection.may_say(subject)}


async def state(server: NatsServer) -> dict[str, tuple[int, int, int]]:
    async with anybody(server) as client:
        infos = await client.jetstream().streams_info()
        return {
            str(info.config.name): (info.state.messages, info.state.last_seq, info.state.consumer_count)
            for info in infos
        }


@pytest.mark.parametrize("name", [user.name for user in USERS])
async def test_nobody_speaks_for_another_or_spoils_anything(server: NatsServer, name: str) -> None:
    before = await state(server)
    async with connected(server, name) as connection:
        assert await said_of(connection, forbidden(named(name))) == set()
        assert {subject for subject in unheard(named(name)) if await connection.may_hear(subject)} == set()
        assert await connection.may_hear(f"_INBOX.{name}.x")
    assert await state(server) == before


async def test_the_rooms_of_chassis_are_refused_as_well(bus_of: Callable[[str], Any]) -> None:
    bus: Bus = await bus_of("customer")
    with pytest.raises((NatsError, TimeoutError)):
        await Documents(bus).put("access.grants", b"everything for everybody")
    with pytest.raises((NatsError, TimeoutError)):
        await bus.jetstream.delete_stream("CRM_CUSTOMER")


@pytest.mark.parametrize(
    ("name", "opened", "told"),
    [
        ("dispatch", "crm.>", {"crm.support.task.completed.v1", "crm.gateway.task.completed.v1"}),
        ("dispatch", "$KV.settings.>", {"$KV.settings.access.grants", "$KV.settings.person.m001"}),
        ("customer", "$JS.API.STREAM.DELETE.*", {"$JS.API.STREAM.DELETE.CRM_SUPPORT", "$JS.API.STREAM.DELETE.KV_audit"}),
        ("support", "$JS.ACK.>", {"$JS.ACK.CRM_SUPPORT.customer-support-units-moved-v1.1.1.1.1.0"}),
    ],
)  # fmt: skip
async def test_a_permission_that_was_opened_is_noticed(name: str, opened: str, told: set[str]) -> None:
    users = [replace(user, more=(*user.more, opened)) if user.name == name else user for user in USERS]
    with running(users) as wide:
        async with connected(wide, name) as connection:
            assert told <= await said_of(connection, forbidden(named(name)))
