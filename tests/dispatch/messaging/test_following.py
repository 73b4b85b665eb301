"""Facts of the organisation, through the real broker: tasks follow their community and their successor, once."""

import asyncio
from collections.abc import Callable

from crm.common.v1 import person_pb2
from crm.dispatch.v1 import dispatch_events_pb2
from crm.support.v1 import organisation_events_pb2 as pb

from chassis.ids import new_id
from chassis.nats import Bus, Consumer, On
from dispatch.actions.follow_organisation import follow_units, take_over
from dispatch.domain.task import Task
from dispatch.messaging.subscribe import read_handed_over, read_units_moved
from dispatch.storage.counts import count_rows
from dispatch.storage.tables import customer_copies, plumbing, tasks
from tests.dispatch.small_branch import B1, B2, C1, C2, DISPATCHER, MORNING, World

BY = person_pb2.Actor(kind=person_pb2.Actor.KIND_PERSON, id="admin", name="何静", ip="10.1.1.1")
CAUSE = "0190f000-0000-7000-8000-000000000001"
UNITS, WORK = "crm.support.units.moved.v1", "crm.support.work.handed-over.v1"
ON = {UNITS: On(UNITS, read_units_moved, follow_units), WORK: On(WORK, read_handed_over, take_over)}


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  a database row has no event to wait for
            await asyncio.sleep(0.05)


async def deliver(world: World, nats_url: str, subject: str, payload: bytes, times: int = 1) -> None:
    bus = Bus(nats_url, "dispatch")
    await bus.connect()
    await bus.ensure_stream("crm.support.x")
    on = ON[subject]
    work = asyncio.create_task(Consumer(bus, world.database, on).run())
    for number in range(times):
        # The broker's own memory of ids is off: only the inbox stands between the second and its effect.
        headers = {"ce-id": CAUSE, "Nats-Msg-Id": f"{new_id()}-{number}"}
        await bus.jetstream.publish(subject, payload, headers=headers)
    await until(lambda: bool(world.rows(plumbing.inbox)))
    await asyncio.sleep(0.3)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    await bus.close()


def history(world: World) -> set[tuple[str, str, str | None, str | None, str, str | None]]:
    return {
        (row.record_id, row.field, row.old_value, row.new_value, row.actor_id, row.cause)
        for row in world.rows(plumbing.changes)
    }


def where(world: World) -> dict[str, tuple[str | None, int]]:
    return {str(row.id): (row.bureau_id, row.version) for row in world.rows(tasks)}


def keepers(world: World) -> dict[str, tuple[str | None, str | None, str, int]]:
    return {str(row.id): (row.owner_number, row.seat_number, row.state, row.version) for row in world.rows(tasks)}


def ended(world: World, **facts: object) -> Task:
    return world.task(state="completed", ended_at=MORNING, **facts)


async def test_tasks_and_copies_follow_a_community(world: World, nats_server: str) -> None:
    world.customer(1)
    world.customer(2, community_id=C2, bureau_id=B2)
    open_task, other = world.task(community_id=C1), world.task(community_id=C2, bureau_id=B2)
    old = ended(world, community_id=C1)
    moved = pb.UnitsMoved(communities=[pb.CommunityMoved(community_id=C1, bureau_id=B2)], by=BY, cause=CAUSE)
    await deliver(world, nats_server, UNITS, moved.SerializeToString(), times=2)
    # What has ended goes along: who may look it up is the new bureau's chief.
    assert where(world) == {open_task.id: (B2, 2), old.id: (B2, 2), other.id: (B2, 1)}
    assert history(world) == {
        (open_task.id, "bureau_id", B1, B2, "admin", CAUSE),
        (old.id, "bureau_id", B1, B2, "admin", CAUSE),
    }
    assert {row.bureau_id for row in world.rows(customer_copies)} == {B2}
    assert world.events() == []


async def test_a_merger_takes_what_names_only_the_bureau(world: World, nats_server: str) -> None:
    task = world.task()
    merged = pb.UnitsMoved(ended_bureau_id=B1, into_bureau_id=B2, by=BY, cause=CAUSE)
    await deliver(world, nats_server, UNITS, merged.SerializeToString())
    assert where(world) == {task.id: (B2, 2)}


async def test_open_tasks_go_to_a_successor_who_is_told(world: World, nats_server: str) -> None:
    mine = world.task(state="accepted", seat_number="z01")
    by_seat = world.task(owner_number="m002", seat_number="m001", state="accepted")
    done, others = ended(world), world.task(owner_number="m002")
    event = pb.WorkHandedOver(from_number="m001", to_number="z01", by=BY, cause=CAUSE)
    await deliver(world, nats_server, WORK, event.SerializeToString(), times=2)
    assert keepers(world) == {
        mine.id: ("z01", "z01", "open", 2),
        by_seat.id: ("m002", "z01", "accepted", 2),
        done.id: ("m001", None, "completed", 1),
        others.id: ("m002", None, "open", 1),
    }
    assert history(world) == {
        (mine.id, "owner_number", "m001", "z01", "admin", CAUSE),
        (mine.id, "state", "accepted", "open", "admin", CAUSE),
        (by_seat.id, "seat_number", "m001", "z01", "admin", CAUSE),
    }
    assert world.events() == ["assigned.v1", "assigned.v1"]
    payloads = [row.payload for row in sorted(world.rows(plumbing.outbox), key=lambda row: row.id)]
    told = [dispatch_events_pb2.TaskAssigned.FromString(bytes(each)) for each in payloads]
    assert {(each.task.id, each.previous_owner_number) for each in told} == {(mine.id, "m001"), (by_seat.id, "m002")}


async def test_only_the_communities_named_are_handed_over(world: World, nats_server: str) -> None:
    here, elsewhere = world.task(community_id=C1), world.task(community_id=C2)
    event = pb.WorkHandedOver(from_number="m001", to_number="m002", community_ids=[C1], by=BY, cause=CAUSE)
    await deliver(world, nats_server, WORK, event.SerializeToString())
    owners = {number: owner for number, (owner, *_) in keepers(world).items()}
    assert owners == {here.id: "m002", elsewhere.id: "m001"}


def test_open_tasks_are_counted_by_unit_and_by_person(world: World) -> None:
    world.task(community_id=C1)
    world.task(community_id=C2, bureau_id=B2, seat_number="z01")
    ended(world)
    assert world.run(DISPATCHER, count_rows, [B1], "") == {"dispatch.task": 1}
    assert world.run(DISPATCHER, count_rows, [C1, C2], "") == {"dispatch.task": 2}
    assert world.run(DISPATCHER, count_rows, [], "z01") == {"dispatch.task": 1}
    assert world.run(DISPATCHER, count_rows, [], "m001") == {"dispatch.task": 2}
