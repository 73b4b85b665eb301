"""Outbox → relay → JetStream → consumer → inbox, on a real broker and a real database."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from chassis.clock import FixedClock
from chassis.database import Database
from chassis.dead_letters import ALREADY, DONE, EventLetters
from chassis.nats import Bus, Consumer, On, keep
from chassis.outbox import Relay
from local_stack.nats import NatsServer
from tests.chassis import toy

ON = On("crm.toy.note.written.v1", bytes.decode, toy.take_effect)


@pytest.fixture
async def bus(nats_server: str) -> AsyncIterator[Bus]:
    connected = Bus(nats_server, "toy")
    await connected.connect()
    yield connected
    with contextlib.suppress(Exception):
        await connected.jetstream.delete_stream("CRM_TOY")
    await connected.close()


@pytest.fixture
def database(fresh_database: Callable[..., str]) -> Database:
    return toy.open_database(fresh_database(toy.metadata))


@pytest.fixture
async def running(bus: Bus, database: Database) -> AsyncIterator[None]:
    relay = Relay(database, toy.plumbing, bus, FixedClock(toy.NOON))
    consumer = Consumer(bus, database, ON, FixedClock(toy.NOON))
    tasks = [asyncio.create_task(keep("relay", relay.run)), asyncio.create_task(keep("consumer", consumer.run))]
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    database.close()


def effects(database: Database) -> list[str]:
    with database.engine.connect() as connection:
        return sorted(connection.execute(select(toy.effects.c.text)).scalars())


async def until(check: Callable[[], bool], seconds: float = 15) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while not check():
        assert asyncio.get_running_loop().time() < deadline, "it did not happen in time"
        await asyncio.sleep(0.05)


@pytest.mark.usefixtures("running")
async def test_an_event_takes_effect_once_even_when_it_is_sent_twice(bus: Bus, database: Database) -> None:
    await database.run(toy.ANN, toy.write_note, "hello")
    await until(lambda: effects(database) == ["hello"])
    with database.engine.begin() as connection:
        event_id = connection.execute(select(toy.plumbing.outbox.c.id)).scalar_one()
    # Past the broker's duplicate window the same event arrives again under another message id.
    headers = {"Nats-Msg-Id": "again", "ce-id": event_id}
    await bus.jetstream.publish(ON.subject, b"hello", headers=headers)
    await database.run(toy.ANN, toy.write_note, "next")
    await until(lambda: "next" in effects(database))
    assert effects(database) == ["hello", "next"]


@pytest.mark.slow
@pytest.mark.usefixtures("running")
async def test_a_poison_message_is_buried_and_the_others_go_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.nats.MAX_TRIES", 2)
    for text in ("before", "poison", "after"):
        await database.run(toy.ANN, toy.write_note, text)
    await until(lambda: effects(database) == ["after", "before"])

    def buried() -> list[tuple[bytes, str]]:
        with database.engine.connect() as connection:
            rows = connection.execute(select(toy.plumbing.dead_letters)).all()
        return [(bytes(row.payload), row.state) for row in rows]

    await until(lambda: buried() == [(b"poison", "dead")])
    with database.engine.connect() as connection:
        (row,) = connection.execute(select(toy.plumbing.dead_letters)).all()
    assert (row.consumer, row.tries, row.error) == ("toy-toy-note-written-v1", 2, "ValueError('cannot be taken')")
    assert (row.first_tried_at, row.last_tried_at) == (toy.NOON, toy.NOON)
    # In an operator's hands, once the consumer can take it: the effect comes once, and the letter is settled.
    mended = On(ON.subject, bytes.decode, lambda unit, text: toy.take_effect(unit, f"mended {text}"))
    letters = EventLetters("toy", toy.plumbing, [mended])
    assert await database.run(toy.ANN, letters.replay, row.id) == DONE
    assert await database.run(toy.ANN, letters.replay, row.id) == ALREADY
    assert effects(database) == ["after", "before", "mended poison"]
    assert buried() == [(b"poison", "replayed")]


@pytest.mark.usefixtures("running")
@pytest.mark.slow
async def test_a_broker_that_lost_its_store_is_sent_everything_again(
    bus: Bus, database: Database, nats_process: NatsServer
) -> None:
    for number in range(5):
        await database.run(toy.ANN, toy.write_note, f"n{number}")
    await until(lambda: len(effects(database)) == 5)
    with database.engine.begin() as connection:
        # As if the consumer's own work had been lost with the broker for one of them.
        gone = connection.execute(select(toy.plumbing.inbox.c.event_id).limit(1)).scalar_one()
        connection.execute(toy.plumbing.inbox.delete().where(toy.plumbing.inbox.c.event_id == gone))
        connection.execute(toy.effects.delete().where(toy.effects.c.text == "n0"))
    await bus.jetstream.delete_stream("CRM_TOY")
    await database.run(toy.ANN, toy.write_note, "later")
    await until(lambda: "later" in effects(database), 30)
    await until(lambda: len(effects(database)) >= 6, 30)
    assert nats_process.url


async def test_only_one_of_two_relays_sends(bus: Bus, database: Database) -> None:
    clock = FixedClock(toy.NOON)
    first, second = (Relay(database, toy.plumbing, bus, clock, name) for name in ("a", "b"))
    assert first._hold()  # pyright: ignore[reportPrivateUsage]  # the lease is the subject
    assert not second._hold()  # pyright: ignore[reportPrivateUsage]
    clock.advance(timedelta(seconds=11))
    assert second._hold()  # pyright: ignore[reportPrivateUsage]
    assert not first._hold()  # pyright: ignore[reportPrivateUsage]
    # The clock is set back and the holder dies: nobody waits two days for its lease to end.
    clock.advance(timedelta(days=-2))
    assert first._hold()  # pyright: ignore[reportPrivateUsage]
    assert not second._hold()  # pyright: ignore[reportPrivateUsage]
    database.close()
