"""A broker restored from an older snapshot than the cluster: what it misses is sent again, what is known is dropped."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, select, update

from backup_tool import restore
from chassis.clock import FixedClock
from chassis.database import Database
from chassis.nats import Bus, Consumer, On, keep
from chassis.outbox import Relay
from local_stack.nats import NatsServer
from local_stack.postgres import PostgresServer
from tests.backup.conftest import Site
from tests.backup.test_restore import caught_up, receiving
from tests.backup.test_streams import lose_store
from tests.chassis import toy

pytestmark = pytest.mark.slow
ON = On("crm.toy.note.written.v1", bytes.decode, toy.take_effect)


def effects(database: Database) -> list[str]:
    with database.engine.connect() as connection:
        return sorted(connection.execute(select(toy.effects.c.text)).scalars())


def unsent(database: Database) -> int:
    with database.engine.connect() as connection:
        outbox = toy.plumbing.outbox
        return len(connection.execute(select(outbox.c.id).where(outbox.c.waiting)).all())


async def at_work(
    server: PostgresServer,
    broker: NatsServer,
    *notes: str,
    consuming: bool,
    done: Callable[[Database], bool],
    minute: int,
) -> list[str]:
    """A service writes notes, its relay sends them, its consumer takes them or is away; answers the effects once it is done."""
    database, bus = toy.open_database(server.url("toy")), Bus(broker.url, "toy")
    await bus.connect()
    # Each time a minute later: the lease of the relay before is over.
    relay = Relay(database, toy.plumbing, bus, FixedClock(toy.NOON + timedelta(minutes=minute)))
    works = [relay.run, *([Consumer(bus, database, ON).run] if consuming else [])]
    tasks = [asyncio.create_task(keep("work", work)) for work in works]
    try:
        for note in notes:
            await database.run(toy.ANN, toy.write_note, note)
        for _ in range(150):
            await asyncio.sleep(0.1)
            if done(database):
                break
        return effects(database)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await bus.close()
        database.close()


@pytest.mark.parametrize("told", [True, False], ids=["told", "control: not told, and events are lost"])
def test_events_that_an_older_broker_misses_are_sent_again(site_with_broker: Site, told: bool) -> None:
    site, broker, work = site_with_broker, site_with_broker.broker, site_with_broker.workshop()
    assert broker is not None
    with site.server.connect() as connection:
        connection.execute("CREATE DATABASE toy")
    engine = create_engine(site.server.url("toy"))
    toy.metadata.create_all(engine)
    receiver = receiving(work)
    work.full()
    run = asyncio.run(
        at_work(site.server, broker, "a", "b", consuming=True, done=lambda held: effects(held) == ["a", "b"], minute=0)
    )
    assert run == ["a", "b"]
    work.streams()
    # Sent after the snapshot, and not taken yet: only the broker's store has them on their way.
    asyncio.run(at_work(site.server, broker, "c", "d", consuming=False, done=lambda held: unsent(held) == 0, minute=1))
    caught_up(receiver)
    engine.dispose()
    site.lose_disk()
    receiver.stop()
    lose_store(broker)
    report = restore.restore_cluster(work.settings, work.catalogue, work.key, None, work.say)
    assert report.relays == ["toy"]
    restore.restore_streams(work.settings, work.catalogue, work.key, None, work.say)
    site.server.start()
    if not told:
        forget(site.server, asyncio.run(created(broker)))
    wanted = ["a", "b", "c", "d"]
    held = asyncio.run(
        at_work(site.server, broker, consuming=True, done=lambda held: effects(held) == wanted, minute=2)
    )
    assert held == (wanted if told else ["a", "b"])


def forget(server: PostgresServer, stamp: str) -> None:
    engine = create_engine(server.url("toy"))
    with engine.begin() as connection:
        connection.execute(update(toy.plumbing.relay).values(stream_created=stamp))
    engine.dispose()


async def created(broker: NatsServer) -> str:
    bus = Bus(broker.url, "toy")
    await bus.connect()
    try:
        return await bus.stream_created()
    finally:
        await bus.close()
