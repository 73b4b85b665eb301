"""What is set is published by the real publisher on a real broker, and read as every service reads it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date, timedelta

import pytest
from crm.common.v1 import access_pb2
from crm.support.v1 import parameters_pb2, support_pb2

from chassis.clock import FixedClock
from chassis.documents import Documents
from chassis.nats import Bus
from chassis.parameters import Parameters
from support.actions.calendar import Wish, set_days
from support.actions.extra_fields import set_extra_field
from support.domain.calendar import Day
from support.domain.extra_fields import ExtraField
from support.messaging.documents import Publisher
from support.storage.schema import metadata
from tests.support.access_branch import B01, B02, C01
from tests.support.branch import ADMIN, NOON, TODAY, ZONE
from tests.support.parameter_desk import LIMIT, Desk, open_desk

NEXT_WEEK = TODAY + timedelta(days=7)
FLOOD = Day(date(2027, 7, 5), working=False, holiday_zh="防汛停工", holiday_en="Flood stop")


@pytest.fixture
def desk(fresh_database: Callable[..., str]) -> Iterator[Desk]:
    opened = open_desk(fresh_database(metadata))
    yield Desk(opened)
    opened.close()


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
    await bus.jetstream.delete_key_value("settings")
    await bus.close()


@pytest.fixture
def publisher(desk: Desk, documents: Documents) -> Publisher:
    return Publisher(desk.database, documents, FixedClock(NOON), ZONE)


async def follows(documents: Documents, key: str, old: bytes | None = None) -> bytes:
    for _ in range(250):
        found = documents.get(key)
        if found is not None and found != old:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(f"{key} did not come")


async def test_a_service_reads_what_holds_at_its_units(desk: Desk, publisher: Publisher, documents: Documents) -> None:
    desk.set(LIMIT, 20)
    desk.set(LIMIT, 30, B01)
    desk.set(LIMIT, 40, C01, NEXT_WEEK)
    desk.set(LIMIT, None, B01, NEXT_WEEK)
    await publisher.repair()
    document = parameters_pb2.ParameterDocument.FromString(await follows(documents, f"parameter.{LIMIT}"))
    assert (document.version, len(document.values)) == (4, 4)
    await follows(documents, "organisation.units")
    declaration = access_pb2.ParameterDeclaration(key=LIMIT, default_json=json.dumps(15))
    reader = Parameters(documents, [declaration], today=lambda: TODAY)
    assert [reader.value(LIMIT, units) for units in ((), (B02,), (B01,), (C01,), (C01, B01))] == [20, 20, 30, 30, 30]
    assert [reader.value(LIMIT, units, NEXT_WEEK) for units in ((), (B01,), (C01,))] == [20, 20, 40]
    # The service answers the administrator what it tells everybody else.
    for unit in ("", B01, C01, B02):
        for day in (TODAY, NEXT_WEEK):
            assert json.loads(desk.view(LIMIT, unit, day).value_json) == reader.value(
                LIMIT, (unit,) if unit else (), day
            )


@pytest.mark.slow
async def test_a_change_is_out_within_a_second(desk: Desk, publisher: Publisher, documents: Documents) -> None:
    running = asyncio.create_task(publisher.run())
    await follows(documents, "access.grants")
    slowest = 0.0
    for value in (21, 22, 23):
        old = documents.get(f"parameter.{LIMIT}")
        await asyncio.to_thread(desk.set, LIMIT, value)
        begun = time.monotonic()
        await follows(documents, f"parameter.{LIMIT}", old)
        slowest = max(slowest, time.monotonic() - begun)
    running.cancel()
    # Looked for every second; the machine of a test may be slow at publishing it.
    assert slowest < 3


async def test_what_has_passed_is_not_carried_along(desk: Desk, publisher: Publisher, documents: Documents) -> None:
    for value in (20, 21, 22):
        desk.set(LIMIT, value)
    desk.set(LIMIT, 23, "", NEXT_WEEK)
    await publisher.repair()
    document = parameters_pb2.ParameterDocument.FromString(await follows(documents, f"parameter.{LIMIT}"))
    assert [value.value_json for value in document.values] == ["22", "23"]
    # A week later the bucket is put right without anybody setting anything.
    publisher.clock = FixedClock(NOON + timedelta(days=7))
    assert await publisher.repair() >= 1
    later = parameters_pb2.ParameterDocument.FromString(await documents.stored(f"parameter.{LIMIT}") or b"")
    assert ([value.value_json for value in later.values], later.version) == (["23"], 4)


async def test_a_bureaus_days_are_a_document_of_their_own_that_stays_when_they_are_taken_back(
    desk: Desk, publisher: Publisher, documents: Documents
) -> None:
    desk.database.run_sync(ADMIN, set_days, Wish(2027, 0, [FLOOD], unit_id=B01))
    await publisher.repair()
    key = f"calendar.2027.{B01}"
    first = await follows(documents, key)
    (day,) = support_pb2.CalendarYearDocument.FromString(first).days
    assert (day.date, day.working, day.local, day.unit_id) == ("2027-07-05", False, True, B01)
    desk.database.run_sync(ADMIN, set_days, Wish(2027, 1, cleared=[FLOOD.on], unit_id=B01))
    assert await publisher.publish_waiting() == 1
    second = support_pb2.CalendarYearDocument.FromString(await follows(documents, key, first))
    assert (list(second.days), second.version, second.year) == ([], 2, 2027)


async def test_added_fields_are_published(desk: Desk, publisher: Publisher, documents: Documents) -> None:
    field = ExtraField("customer.customer", "hobby", "爱好", "Hobby", "choice", ("钓鱼", "象棋"))
    desk.database.run_sync(ADMIN, set_extra_field, field, ["customer.customer"])
    await publisher.repair()
    document = parameters_pb2.ExtraFieldsDocument.FromString(await follows(documents, "fields.extra"))
    assert [(each.name, each.kind, list(each.choices)) for each in document.fields] == [
        ("hobby", "choice", ["钓鱼", "象棋"])
    ]
