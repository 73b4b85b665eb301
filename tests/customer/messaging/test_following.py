"""Facts of the organisation, through the real broker: customers follow their community and their successor, once."""

import asyncio
from collections.abc import Callable

import pytest
from crm.common.v1 import person_pb2
from crm.customer.v1 import customer_events_pb2
from crm.support.v1 import organisation_events_pb2 as pb

from chassis.ids import new_id
from chassis.nats import Bus, Consumer, On
from customer.actions.follow_organisation import follow_units, take_over
from customer.messaging.subscribe import read_handed_over, read_moved
from customer.storage.counts import count_rows
from customer.storage.tables import customers, plumbing
from tests.customer.small_archive import B1, B2, C1, C2, C3, CLERK, World

pytestmark = pytest.mark.slow

BY = person_pb2.Actor(kind=person_pb2.Actor.KIND_PERSON, id="admin", name="何静", ip="10.1.1.1")
CAUSE = "0190f000-0000-7000-8000-000000000001"
MOVED = pb.UnitsMoved(communities=[pb.CommunityMoved(community_id=C1, bureau_id=B2)], by=BY, cause=CAUSE)

UNITS, WORK = "crm.support.units.moved.v1", "crm.support.work.handed-over.v1"
ON = {UNITS: On(UNITS, read_moved, follow_units), WORK: On(WORK, read_handed_over, take_over)}


def three(world: World) -> None:
    world.customers(
        {"customer_number": "K1", "community": "B01-C01", "owner_number": "m001", "seat_number": "z01"},
        {"customer_number": "K2", "community": "B01-C02", "owner_number": "m001"},
        {"customer_number": "K3", "community": "B02-C01", "owner_number": "m002", "seat_number": "z01"},
    )
    with world.database.engine.begin() as connection:
        connection.execute(plumbing.outbox.delete())
        connection.execute(plumbing.changes.delete())


def kept(world: World) -> dict[str, tuple[str, str, str | None, int]]:
    return {
        row.customer_number: (row.bureau_id, row.owner_number, row.seat_number, row.version)
        for row in world.rows(customers, customers.c.customer_number)
    }


def history(world: World) -> set[tuple[str, str | None, str | None, str, str | None]]:
    rows = world.rows(plumbing.changes)
    return {(row.field, row.old_value, row.new_value, row.actor_id, row.cause) for row in rows}


def announced(world: World) -> list[tuple[str, int, str, str, str]]:
    found: list[tuple[str, int, str, str, str]] = []
    for row in world.rows(plumbing.outbox):
        event = customer_events_pb2.CustomersChanged.FromString(row.payload)
        for facts in event.customers:
            told = facts.customer_number, facts.version, facts.bureau_id, facts.owner_number, facts.seat_number
            found.append(told)
    return sorted(found)


def seen(world: World, subject: str) -> bool:
    consumer = f"customer-{subject.removeprefix('crm.').replace('.', '-')}"
    return any(row.consumer == consumer for row in world.rows(plumbing.inbox))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  a database row has no event to wait for
            await asyncio.sleep(0.05)


async def deliver(world: World, nats_url: str, subject: str, payload: bytes, times: int = 1) -> None:
    bus = Bus(nats_url, "customer")
    await bus.connect()
    await bus.ensure_stream("crm.support.x")
    on = ON[subject]
    work = asyncio.create_task(Consumer(bus, world.database, on).run())
    for number in range(times):
        # The broker's own memory of ids is off: only the inbox stands between the second and its effect.
        headers = {"ce-id": CAUSE, "Nats-Msg-Id": f"{new_id()}-{number}"}
        await bus.jetstream.publish(subject, payload, headers=headers)
    await until(lambda: seen(world, subject))
    await asyncio.sleep(0.3)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    await bus.close()


async def test_customers_follow_their_community_into_its_new_bureau(world: World, nats_server: str) -> None:
    three(world)
    await deliver(world, nats_server, UNITS, MOVED.SerializeToString(), times=2)
    assert kept(world) == {
        "K1": (B2, "m001", "z01", 2),
        "K2": (B1, "m001", None, 1),
        "K3": (B2, "m002", "z01", 1),
    }
    assert history(world) == {("bureau_id", B1, B2, "admin", CAUSE)}
    assert announced(world) == [("K1", 2, B2, "m001", "z01")]


async def test_a_merger_takes_every_customer_of_the_bureau_that_ends(world: World, nats_server: str) -> None:
    three(world)
    communities = [pb.CommunityMoved(community_id=each, bureau_id=B2) for each in (C1,)]
    # C2 is not named: its customers go by the bureau that ended.
    merged = pb.UnitsMoved(communities=communities, ended_bureau_id=B1, into_bureau_id=B2, by=BY, cause=CAUSE)
    await deliver(world, nats_server, UNITS, merged.SerializeToString())
    assert {bureau for bureau, *_ in kept(world).values()} == {B2}
    assert [number for number, *_ in announced(world)] == ["K1", "K2"]


async def test_customers_go_to_a_successor_once(world: World, nats_server: str) -> None:
    three(world)
    event = pb.WorkHandedOver(from_number="m001", to_number="m002", by=BY, cause=CAUSE)
    await deliver(world, nats_server, WORK, event.SerializeToString(), times=2)
    assert kept(world) == {
        "K1": (B1, "m002", "z01", 2),
        "K2": (B1, "m002", None, 2),
        "K3": (B2, "m002", "z01", 1),
    }
    assert history(world) == {("owner_number", "m001", "m002", "admin", CAUSE)}
    assert announced(world) == [("K1", 2, B1, "m002", "z01"), ("K2", 2, B1, "m002", "")]


async def test_only_the_communities_named_are_handed_over(world: World, nats_server: str) -> None:
    three(world)
    event = pb.WorkHandedOver(from_number="z01", to_number="m001", community_ids=[C3], by=BY, cause=CAUSE)
    await deliver(world, nats_server, WORK, event.SerializeToString())
    assert {number: seat for number, (_, _, seat, _) in kept(world).items()} == {"K1": "z01", "K2": None, "K3": "m001"}
    assert history(world) == {("seat_number", "z01", "m001", "admin", CAUSE)}


def test_rows_are_counted_by_unit_and_by_person(world: World) -> None:
    three(world)
    assert world.run(CLERK, count_rows, [B1], "")["customer.customer"] == 2
    assert world.run(CLERK, count_rows, [C2, C3], "")["customer.customer"] == 2
    assert world.run(CLERK, count_rows, [], "z01")["customer.customer"] == 2
    assert world.run(CLERK, count_rows, [], "nobody")["customer.customer"] == 0
