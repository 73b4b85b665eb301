"""The publisher on a real database and a real broker."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from crm.common.v1 import access_pb2, person_pb2
from crm.support.v1 import support_pb2 as pb

from chassis.clock import FixedClock
from chassis.database import Database
from chassis.documents import Documents
from chassis.nats import Bus
from support.actions.import_organisation import import_organisation
from support.actions.settings import prepare
from support.messaging.documents import Publisher
from tests.support.branch import ADMIN, IMPORTER, NOON, STAFF, TODAY, UNITS, ZONE


@pytest.fixture
async def documents(nats_server: str) -> AsyncIterator[Documents]:
    bus = Bus(nats_server, "support")
    await bus.connect()
    found = Documents(bus)
    following = asyncio.create_task(found.run())
    assert await found.ready(5)
    yield found
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    with contextlib.suppress(Exception):
        await bus.jetstream.delete_key_value("settings")
    await bus.close()


@pytest.fixture
def publisher(database: Database, documents: Documents) -> Publisher:
    return Publisher(database, documents, FixedClock(NOON), ZONE)


async def person(documents: Documents, number: str) -> person_pb2.PersonDocument:
    return person_pb2.PersonDocument.FromString(await documents.stored(f"person.{number}") or b"")


async def test_after_the_first_start_rules_and_calendar_are_out_before_anybody_is_known(
    publisher: Publisher, documents: Documents
) -> None:
    running = asyncio.create_task(publisher.run())
    for _ in range(100):
        if await documents.stored("calendar.2027"):
            break
        await asyncio.sleep(0.05)
    running.cancel()
    grants = access_pb2.GrantsDocument.FromString(await documents.stored("access.grants") or b"")
    importer = {(grant.form, tuple(grant.actions), grant.scope) for grant in grants.grants if grant.role == "importer"}
    assert (
        "support.organisation",
        (access_pb2.ACTION_SEE, access_pb2.ACTION_IMPORT),
        access_pb2.ROW_SCOPE_ALL,
    ) in importer
    published = {
        year: pb.CalendarYearDocument.FromString(await documents.stored(f"calendar.{year}") or b"").published
        for year in (2024, 2025, 2026)
    }
    assert published == {2024: True, 2025: True, 2026: True}


async def test_a_process_that_died_between_commit_and_publication_lost_nothing(
    database: Database, publisher: Publisher, documents: Documents
) -> None:
    # The commit happens; nobody publishes: as if the process had been killed here.
    database.run_sync(IMPORTER, import_organisation, "first", UNITS, STAFF, ZONE)
    assert await documents.stored("person.m001") is None
    assert await publisher.publish_waiting() == 4
    found = await person(documents, "m001")
    assert (found.name, found.version, list(found.roles), found.active) == ("王敏", 1, ["customer_manager"], True)
    assert await publisher.publish_waiting() == 0


async def test_a_change_that_comes_while_its_document_is_published_goes_out_after_it(
    database: Database, publisher: Publisher, documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.run_sync(IMPORTER, import_organisation, "first", UNITS, STAFF, ZONE)
    put = documents.put
    renamed = replace(STAFF[0], name="王小敏")

    async def put_slowly(key: str, data: bytes) -> None:
        if key == "person.m001":
            await database.run(IMPORTER, import_organisation, "second", [], [renamed], ZONE)
            monkeypatch.undo()
        await put(key, data)

    monkeypatch.setattr(documents, "put", put_slowly)
    await publisher.publish_waiting()
    assert (await person(documents, "m001")).name == "王敏"
    assert await publisher.publish_waiting() == 1
    found = await person(documents, "m001")
    assert (found.name, found.version) == ("王小敏", 2)


async def test_what_the_bucket_lost_or_has_wrong_is_put_right(
    database: Database, publisher: Publisher, documents: Documents
) -> None:
    await database.run(ADMIN, prepare, TODAY)
    await database.run(IMPORTER, import_organisation, "first", UNITS, STAFF, ZONE)
    assert await publisher.repair() == 10
    await documents.put("person.z01", b"")
    for _ in range(100):
        if documents.get("person.z01") == b"":
            break
        await asyncio.sleep(0.02)
    assert await publisher.repair() == 1
    assert (await person(documents, "z01")).name == "林晓芳"
    await documents.bus.jetstream.delete_key_value("settings")
    assert await publisher.repair() == 10
    assert (await person(documents, "m001")).name == "王敏"
