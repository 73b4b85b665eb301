"""Through the real broker: an outcome becomes a write-back, facts of customers become copies and tasks."""

import asyncio
from collections.abc import Callable
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from crm.customer.v1 import customer_events_pb2, customer_pb2
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import aio

from chassis.disclosure import Disclosures
from chassis.exports import Exports
from chassis.nats import Bus, Consumer
from chassis.outbox import Relay
from dispatch.actions.complete_task import complete_task
from dispatch.actions.generate_tasks import Branch
from dispatch.messaging.subscribe import subscriptions
from dispatch.storage import tables
from tests.dispatch.small_branch import B1, C1, M1, MORNING, World

CUSTOMER = "0190c000-0000-7000-8000-000000000001"
BOOKING = "0190d000-0000-7000-8000-000000000001"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  a database row has no event to wait for
            await asyncio.sleep(0.05)


def customer(version: int, **facts: object) -> bytes:
    values = {"customer_id": CUSTOMER, "version": version, "name": "刘芳", "bureau_id": B1, "community_id": C1}
    fact = customer_events_pb2.CustomerFacts(**{**values, **facts})  # type: ignore[arg-type]  # the values above, some replaced
    return customer_events_pb2.CustomersChanged(customers=[fact]).SerializeToString()


def booking(version: int, hours: float, *, cancelled: bool = False) -> bytes:
    starts_at = Timestamp()
    starts_at.FromDatetime((MORNING + timedelta(hours=hours)).astimezone(UTC))
    fact = customer_events_pb2.AppointmentFacts(
        appointment_id=BOOKING,
        version=version,
        customer_id=CUSTOMER,
        kind=customer_pb2.APPOINTMENT_KIND_INSTALL,
        starts_at=starts_at,
        place="翠湖路 1 号",
        cancelled=cancelled,
    )
    return customer_events_pb2.AppointmentsChanged(appointments=[fact]).SerializeToString()


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_the_whole_way(world: World, branch: Branch, nats_server: str, tmp_path: Path) -> None:
    bus = Bus(nats_server, "dispatch")
    await bus.connect()
    work = [asyncio.create_task(Relay(world.database, tables.plumbing, bus, world.clock).run())]
    disclosures = Disclosures(aio.insecure_channel("127.0.0.1:9"))
    exports = Exports(world.database, world.access, tables.exports, disclosures, {}, tmp_path, "dispatch")
    for on in subscriptions(lambda: branch, ("gnet-crm",), exports):
        work.append(asyncio.create_task(Consumer(bus, world.database, on).run()))
    await bus.ensure_stream("crm.customer.x")

    async def say(subject: str, payload: bytes, event_id: str) -> None:
        await bus.jetstream.publish(subject, payload, headers={"ce-id": event_id})

    def task() -> tuple[object, ...]:
        rows = world.rows(tables.tasks)
        return (rows[0].state, rows[0].title, rows[0].owner_number, rows[0].version) if rows else ()

    customers, bookings = "crm.customer.customer.changed.v1", "crm.customer.appointment.changed.v1"
    # A booking may be told of before the customer it is for.
    await say(bookings, booking(1, 2), "b1")
    await until(lambda: task() == ("open", "装机预约 · (11月23日 10:00)", None, 1))
    await say(customers, customer(1, owner_number="m001"), "k1")
    await until(lambda: task()[2:] == ("m001", 2))
    await say(bookings, booking(2, 4), "b2")
    await until(lambda: task()[1:] == ("装机预约 · 刘芳(11月23日 12:00)", "m001", 3))
    # An older fact, and the same event again, change nothing.
    await say(bookings, booking(1, 2), "b1-late")
    await say(bookings, booking(2, 4), "b2")
    await say(customers, customer(2, owner_number="m002", birthday=customer_pb2.Birthday(month=2, day=30)), "k2")
    await until(lambda: task()[2:] == ("m002", 4))
    await say(customers, customer(1, owner_number="m001"), "k1-late")
    await say(bookings, booking(3, 4, cancelled=True), "b3")
    await until(lambda: task()[0] == "cancelled")
    assert task()[2:] == ("m002", 5)
    (copy,) = world.rows(tables.customer_copies)
    assert (copy.version, copy.owner_number, copy.birthday_key) == (2, "m002", None)

    older = world.task(source="gnet-crm", external_id="G-1")
    await world.database.run(M1, complete_task, older.id, 1, "satisfied", '{"channel": "call"}')
    await until(lambda: len(world.rows(tables.write_backs)) == 1)
    assert "moved.v1" in world.events()
    assert world.rows(tables.plumbing.dead_letters) == []
    for each in work:
        each.cancel()
    await asyncio.gather(*work, return_exceptions=True)
    await bus.close()
