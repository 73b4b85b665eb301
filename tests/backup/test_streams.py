"""Streams and buckets of the broker: taken as the user that may only look, put back by the one that may restore."""

import asyncio
from datetime import UTC, datetime, timedelta

import nats
import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import KeyValueConfig

from backup_tool import restore, status, streams
from backup_tool.errors import BackupError, DamagedError
from local_stack.nats import NatsServer
from tests.backup.conftest import Site, prepare_cluster

pytestmark = pytest.mark.slow


async def opened(broker: NatsServer) -> tuple[Client, JetStreamContext]:
    client = await nats.connect(broker.url)
    return client, client.jetstream()


async def fill(broker: NatsServer, count: int) -> None:
    """Events of which a consumer has taken the first two, a bucket with a history, and what is written from the database."""
    client, jetstream = await opened(broker)
    await jetstream.add_stream(name="CRM_TOY", subjects=["crm.toy.>"])
    for number in range(count):
        await jetstream.publish("crm.toy.note.written.v1", b"x" * 300_000 + str(number).encode())
    subscription = await jetstream.pull_subscribe("crm.toy.>", durable="toy", stream="CRM_TOY")
    for message in await subscription.fetch(2):
        await message.ack_sync()
    audit = await jetstream.create_key_value(KeyValueConfig(bucket="audit", history=5))
    for head in (b"one", b"two"):
        await audit.put("head.2026-11-22", head)
    for bucket in ("sessions", "settings"):
        await (await jetstream.create_key_value(KeyValueConfig(bucket=bucket))).put("k", b"v")
    await client.close()


async def pending(broker: NatsServer) -> list[int]:
    """The events the consumer has not taken, by number."""
    client, jetstream = await opened(broker)
    subscription = await jetstream.pull_subscribe("crm.toy.>", durable="toy", stream="CRM_TOY")
    messages = await subscription.fetch(50, timeout=2)
    await client.close()
    return [int(message.data[300_000:]) for message in messages]


async def buckets(broker: NatsServer) -> dict[str, bytes | None]:
    client, jetstream = await opened(broker)
    names = [name for name in await streams.names(client) if name in KEYS]
    found = {
        name: (await (await jetstream.key_value(name[3:])).get(key)).value for name in names for key in [KEYS[name]]
    }
    await client.close()
    return found


KEYS = {"KV_audit": "head.2026-11-22", "KV_sessions": "k", "KV_settings": "k"}


def lose_store(broker: NatsServer) -> None:
    broker.stop()
    for file in sorted(broker.store.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    broker.start()


def test_streams_come_back_with_their_consumers_and_histories(site_with_broker: Site) -> None:
    broker, work = site_with_broker.broker, site_with_broker.workshop()
    assert broker is not None
    asyncio.run(fill(broker, 12))
    assert work.streams()
    lose_store(broker)
    restored = restore.restore_streams(work.settings, work.catalogue, work.key, None, work.say)
    # The settings are not: support writes them anew from the database.
    assert restored == ["CRM_TOY", "KV_audit", "KV_sessions"]
    assert asyncio.run(pending(broker)) == list(range(2, 12))
    assert asyncio.run(buckets(broker)) == {"KV_audit": b"two", "KV_sessions": b"v"}


def test_a_broker_that_kept_its_store_stays_as_it_is_for_the_latest_moment(site_with_broker: Site) -> None:
    broker, work = site_with_broker.broker, site_with_broker.workshop()
    assert broker is not None
    asyncio.run(fill(broker, 3))
    work.streams()
    assert asyncio.run(pending(broker)) == [2]
    assert restore.restore_streams(work.settings, work.catalogue, work.key, None, work.say) == []
    assert set(asyncio.run(buckets(broker))) == {"KV_audit", "KV_sessions", "KV_settings"}


def test_for_a_moment_in_the_past_what_came_later_is_kept_aside_and_removed(site_with_broker: Site) -> None:
    broker, work = site_with_broker.broker, site_with_broker.workshop()
    assert broker is not None
    asyncio.run(fill(broker, 3))
    work.streams()
    moment = datetime.now(UTC)
    asyncio.run(_publish(broker))
    restored = restore.restore_streams(work.settings, work.catalogue, work.key, moment, work.say)
    # Nobody stays signed in across a restore to the past.
    assert restored == ["CRM_TOY", "KV_audit"]
    assert asyncio.run(pending(broker)) == [2]
    assert len(work.catalogue.snapshots()) == 2
    # Before there was any snapshot everything begins empty.
    before = moment - timedelta(days=1)
    assert restore.restore_streams(work.settings, work.catalogue, work.key, before, work.say) == []
    assert asyncio.run(buckets(broker)) == {}


async def _publish(broker: NatsServer) -> None:
    client, jetstream = await opened(broker)
    await jetstream.publish("crm.toy.note.written.v1", b"x" * 300_000 + b"99")
    await client.close()


def test_a_damaged_snapshot_is_named_and_the_stream_that_is_there_stays(site_with_broker: Site) -> None:
    broker, work = site_with_broker.broker, site_with_broker.workshop()
    assert broker is not None
    asyncio.run(fill(broker, 3))
    work.streams()
    snapshot = work.catalogue.snapshots()[-1]
    file = snapshot.folder / "CRM_TOY.gz.age"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(DamagedError, match=r"CRM_TOY\.gz\.age is damaged"):
        asyncio.run(streams.put_back(work.settings, snapshot, work.key))
    assert asyncio.run(pending(broker)) == [2]


def test_whoever_takes_copies_may_change_nothing(site_with_broker: Site) -> None:
    broker, work = site_with_broker.broker, site_with_broker.workshop()
    assert broker is not None
    asyncio.run(fill(broker, 1))

    async def try_to_remove() -> None:
        client = await streams.connect(work.settings)
        try:
            await asyncio.wait_for(streams.remove(client, ["KV_audit"]), 3)
        finally:
            await client.close()

    with pytest.raises((BackupError, TimeoutError)):
        asyncio.run(try_to_remove())
    assert "KV_audit" in asyncio.run(buckets(broker))


def test_a_new_server_leaves_the_copies_of_the_old_one_alone(site_with_broker: Site) -> None:
    """Whoever installs on a new server names the old second disk before anything is restored from it."""
    broker, work = site_with_broker.broker, site_with_broker.workshop()
    assert broker
    asyncio.run(fill(broker, 3))
    assert work.everything()
    site_with_broker.lose_disk()
    # A database that is away says nothing of whose folder this is.
    assert work.streams()
    kept = [one.id for one in work.catalogue.snapshots()]
    site_with_broker.server.start()
    prepare_cluster(site_with_broker)
    assert not work.everything()
    assert [one.id for one in work.catalogue.snapshots()] == kept
    assert "holds the backups of another database cluster" in status.told(status.read(work.catalogue))
