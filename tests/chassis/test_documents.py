import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from chassis.documents import Documents
from chassis.nats import Bus
from local_stack.nats import NatsServer


@pytest.fixture
async def bus(nats_server: str) -> AsyncIterator[Bus]:
    connected = Bus(nats_server, "toy")
    await connected.connect()
    yield connected
    with contextlib.suppress(Exception):
        await connected.jetstream.delete_key_value("settings")
    await connected.close()


async def until(check: Callable[[], bool], seconds: float = 10) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while not check():
        assert asyncio.get_running_loop().time() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)


async def test_a_document_reaches_everyone_and_is_there_for_who_comes_later(bus: Bus) -> None:
    early, late = Documents(bus), Documents(bus)
    seen: list[str] = []
    early.on_change("person.", seen.append)
    following = [asyncio.create_task(early.run())]
    assert await early.ready(5)
    await early.put("person.m001", b"Ann")
    await early.put("calendar.2026", b"days")
    await until(lambda: early.get("person.m001") == b"Ann" and early.get("calendar.2026") == b"days")
    assert seen == ["person.m001"]
    following.append(asyncio.create_task(late.run()))
    assert await late.ready(5)
    assert sorted(late.keys()) == ["calendar.2026", "person.m001"]
    await late.remove("person.m001")
    await until(lambda: early.get("person.m001") is None)
    for task in following:
        task.cancel()
    await asyncio.gather(*following, return_exceptions=True)


@pytest.mark.slow
async def test_a_change_made_while_the_broker_was_restarted_is_seen_within_five_seconds(
    bus: Bus, nats_process: NatsServer
) -> None:
    documents = Documents(bus)
    task = asyncio.create_task(documents.run())
    assert await documents.ready(5)
    await asyncio.to_thread(nats_process.stop)
    await asyncio.to_thread(nats_process.start)
    other = Bus(nats_process.url, "other")
    await other.connect()
    await Documents(other).put("person.m002", b"Bob")
    await until(lambda: documents.get("person.m002") == b"Bob", 5)
    await other.close()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
