"""Live updates: everybody hears of what they may see, and of nothing else."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import orjson
import pytest
from crm.common.v1 import access_pb2, person_pb2
from crm.dispatch.v1 import dispatch_events_pb2 as events
from crm.dispatch.v1.dispatch_pb2 import Task

from chassis.tls import trusted
from local_stack.nats import NatsServer
from tests.gateway.conftest import Suite
from tests.gateway.running import Browser, broker, until

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.slow,
]  # streams are listened to until they are silent


class Listening:
    """An open stream and what came over it."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Any]] = []
        self.lines: list[str] = []
        self.closed = False

    async def read(self, answer: httpx.Response) -> None:
        event = ""
        async for line in answer.aiter_lines():
            self.lines.append(line)
            if line.startswith("event: "):
                event = line[7:]
            elif line.startswith("data: "):
                self.heard.append((event, orjson.loads(line[6:])))
        self.closed = True


@contextlib.asynccontextmanager
async def listening(browser: Browser, **headers: str) -> AsyncGenerator[Listening]:
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    async with (
        httpx.AsyncClient(timeout=30, verify=trusted()) as client,
        client.stream("GET", f"{browser.origin}/live", headers={"cookie": cookie, **headers}) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        heard = Listening()
        task = asyncio.create_task(heard.read(answer))
        yield heard
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def put(suite: Suite, key: str, document: bytes) -> None:
    """Publishes a document as its owner would."""
    async with broker(suite.world) as client:
        await (await client.jetstream().key_value("settings")).put(key, document)


async def publish_settings(suite: Suite) -> None:
    """The rules and people of a small branch."""
    grants = access_pb2.GrantsDocument(version=1)
    for role, scope in (
        ("customer_manager", access_pb2.ROW_SCOPE_OWN),
        ("bureau_chief", access_pb2.ROW_SCOPE_BUREAU),
        ("supervisor", access_pb2.ROW_SCOPE_ALL),
        ("seat_manager", access_pb2.ROW_SCOPE_OWN_CUSTOMERS),
    ):
        grants.grants.add(role=role, form="dispatch.task", actions=[access_pb2.ACTION_SEE], scope=scope)
    documents = suite.gateway.documents
    await put(suite, "access.grants", grants.SerializeToString())
    for number, role, bureau in (
        ("m001", "customer_manager", "B01"),
        ("m002", "customer_manager", "B02"),
        ("c01", "bureau_chief", "B01"),
        ("s1", "supervisor", ""),
        ("z01", "seat_manager", ""),
    ):
        person = person_pb2.PersonDocument(
            version=1,
            staff_number=number,
            name=number,
            active=True,
            roles=[role],
            bureau_ids=[bureau] if bureau else [],
        )
        data = person.SerializeToString()
        await put(suite, f"person.{number}", data)
        await until(lambda key=f"person.{number}", data=data: documents.get(key) == data)


async def person(suite: Suite, number: str) -> Browser:
    suite.realm.person, suite.realm.sid = number, f"sid-{number}"
    browser = Browser(suite.browser.origin)
    await browser.sign_in()
    return browser


async def say(suite: Suite, change: str, event: Any) -> None:
    await say_bytes(suite, change, event.SerializeToString())


async def say_bytes(suite: Suite, change: str, said: bytes) -> None:
    async with broker(suite.world) as client:
        await client.publish(f"crm.dispatch.task.{change}.v1", said)
        await client.flush()


def task(owner: str, bureau: str = "B01", seat: str = "", version: int = 1) -> Task:
    return Task(id=f"t-{owner}", version=version, owner_number=owner, seat_number=seat, bureau_id=bureau)


async def test_everybody_hears_of_their_own_rows(suite: Suite) -> None:
    await publish_settings(suite)
    people = {number: await person(suite, number) for number in ("m001", "m002", "c01", "s1")}
    async with contextlib.AsyncExitStack() as stack:
        streams = {number: await stack.enter_async_context(listening(each)) for number, each in people.items()}
        await say(suite, "created", events.TaskCreated(task=task("m001")))
        await say(suite, "completed", events.TaskCompleted(task=task("m003", "B02", seat="m002", version=4)))
        await say(suite, "assigned", events.TaskAssigned(task=task("m004", "B03"), previous_owner_number="m001"))
        await say(suite, "generated", events.TasksGenerated(rule="birthday", count=9, owner_numbers=["m002"]))
        await until(lambda: len(streams["s1"].heard) == 4)
        await until(lambda: len(streams["m001"].heard) == 2)
        await until(lambda: len(streams["m002"].heard) == 2)
        created = ("task", {"id": "t-m001", "version": 1, "change": "created"})
        completed = ("task", {"id": "t-m003", "version": 4, "change": "completed"})
        assigned = ("task", {"id": "t-m004", "version": 1, "change": "assigned"})
        generated = ("task", {"id": "", "version": 0, "change": "generated"})
        assert streams["m001"].heard == [created, assigned]
        assert streams["m002"].heard == [completed, generated]
        assert streams["c01"].heard == [created]
        assert streams["s1"].heard == [created, completed, assigned, generated]


async def test_nothing_that_stands_in_a_task_goes_over_the_stream(
    suite: Suite, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whatever an event carries, or a careless service puts into one: browsers hear that something is new, and ask."""
    await publish_settings(suite)
    words = {name: f"雀{place}号" for place, name in enumerate(("title", "customer_name", "place", "description"))}
    full = task("m001")
    for name, word in words.items():
        setattr(full, name, word)
    full.external_id, full.result_json = "雀4号", '{"note": "雀5号 13800009999"}'
    async with listening(await person(suite, "m001")) as stream:
        for change, event in (
            ("created", events.TaskCreated(task=full)),
            ("assigned", events.TaskAssigned(task=full, previous_owner_number="m001")),
            ("completed", events.TaskCompleted(task=full)),
            ("cancelled", events.TaskCancelled(task=full, reason="雀6号")),
            ("written-back", events.TaskWrittenBack(task=full)),
        ):
            await say(suite, change, event)
        await say_bytes(suite, "created", "雀7号".encode())  # no event at all: it is told of, and not repeated
        await until(lambda: len(stream.heard) == 5)
    told = [data for _, data in stream.heard]
    assert all(set(data) == {"id", "version", "change"} for data in told)
    said = "\n".join((*stream.lines, caplog.text, *capfd.readouterr()))
    assert "雀" not in said
    assert "13800009999" not in said


async def test_who_keeps_the_customer_hears_of_its_tasks(suite: Suite) -> None:
    await publish_settings(suite)
    browser = await person(suite, "z01")
    async with listening(browser) as stream:
        await say(suite, "created", events.TaskCreated(task=task("m001"), customer_keepers=["m001"]))
        await say(
            suite, "accepted", events.TaskAccepted(task=task("m001", version=2), customer_keepers=["m001", "z01"])
        )
        await until(lambda: len(stream.heard) == 1)
        assert stream.heard == [("task", {"id": "t-m001", "version": 2, "change": "accepted"})]


async def test_a_right_taken_away_bites_at_once(suite: Suite) -> None:
    await publish_settings(suite)
    browser = await person(suite, "s1")
    async with listening(browser) as stream:
        await say(suite, "created", events.TaskCreated(task=task("m001")))
        await until(lambda: len(stream.heard) == 1)
        gone = person_pb2.PersonDocument(version=2, staff_number="s1", active=False, roles=["supervisor"])
        await put(suite, "person.s1", gone.SerializeToString())
        await until(lambda: suite.gateway.live.access.person("s1").active is False)  # type: ignore[union-attr]  # it is there
        await say(suite, "accepted", events.TaskAccepted(task=task("m001")))
        await asyncio.sleep(0.2)
        assert len(stream.heard) == 1


async def test_the_end_of_a_session_closes_its_streams(suite: Suite) -> None:
    browser = await person(suite, "m001")
    async with listening(browser) as stream:
        await browser.post("/logout", origin=browser.origin, x_csrf_token=browser.csrf)
        await until(lambda: stream.closed)
        assert stream.heard == [("session-ended", {})]
    assert suite.gateway.live._listeners == {}  # pyright: ignore[reportPrivateUsage]  # nothing is kept


async def test_who_comes_back_is_told_to_ask_again(suite: Suite) -> None:
    browser = await person(suite, "m001")
    async with listening(browser, **{"last-event-id": "7"}) as stream:
        await until(lambda: stream.heard == [("resync", {})])


async def test_a_slow_browser_is_told_to_ask_again_and_costs_little(suite: Suite) -> None:
    await publish_settings(suite)
    browser = await person(suite, "s1")
    kept = next(iter(suite.gateway.store.live.values()))
    listener = suite.gateway.live._open(kept)  # pyright: ignore[reportPrivateUsage]  # a browser that reads nothing
    async with listening(browser) as stream:
        for version in range(1, 131):
            await say(suite, "created", events.TaskCreated(task=task("m001", version=version)))
        await until(lambda: any(event == "resync" for event, _ in stream.heard) or len(stream.heard) == 130)
        waiting = [listener.waiting.get_nowait() for _ in range(listener.waiting.qsize())]
        assert len(waiting) <= 64
        assert waiting[0] == b"event: resync\ndata: {}\n\n"


async def test_nobody_listens_without_a_session(suite: Suite) -> None:
    answer = await suite.browser.get("/live")
    assert (answer.status_code, answer.json()["code"]) == (401, "SESSION_MISSING")


async def test_after_the_broker_was_away_everybody_asks_again(lone_suite: Suite, nats_process: NatsServer) -> None:
    await publish_settings(lone_suite)
    browser = await person(lone_suite, "s1")
    async with listening(browser) as stream:
        nats_process.stop()
        try:
            await until(lambda: not lone_suite.gateway.bus.client.is_connected)
        finally:
            nats_process.start()
        await until(lambda: ("resync", {}) in stream.heard, seconds=15)
        await say(lone_suite, "overdue", events.TaskBecameOverdue(task=task("m001")))
        await until(lambda: stream.heard[-1][1].get("change") == "overdue")


async def test_an_event_nobody_can_read_stops_nothing(suite: Suite) -> None:
    await publish_settings(suite)
    browser = await person(suite, "s1")
    async with listening(browser) as stream:
        await say_bytes(suite, "created", b"\xff\xff")
        await say(suite, "overdue", events.TaskBecameOverdue(task=task("m001")))
        await until(lambda: len(stream.heard) == 1)
