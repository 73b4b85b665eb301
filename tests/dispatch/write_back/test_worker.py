"""Outcomes reach an older system that fails, hangs and loses answers: in order, and with one effect for each key."""

import asyncio
from datetime import timedelta

import pytest

from dispatch.actions.claim_write_backs import claim_write_backs, write_backs_due
from dispatch.actions.complete_task import complete_task
from dispatch.actions.retry_write_back import retry_write_back
from dispatch.actions.settle_write_back import settle_write_back
from dispatch.actions.start_write_back import start_write_back
from dispatch.domain.errors import WriteBackNotFailed
from dispatch.domain.write_back import WriteBack
from dispatch.messaging.subscribe import read_completed
from dispatch.storage import tables
from dispatch.write_back.worker import LEASE, Target, WriteBackWorker
from tests.dispatch.small_branch import DISPATCH, DISPATCHER, M1, World
from tests.dispatch.write_back.older_system import SYSTEM, OlderSystem, ended, states, work, worker

pytestmark = pytest.mark.slow


def claim(world: World, system: str = SYSTEM) -> list[WriteBack]:
    return world.run(DISPATCH, claim_write_backs, world.run(DISPATCH, write_backs_due, system, 8), LEASE)


async def test_delivered_once_with_key_and_body(world: World, older: OlderSystem) -> None:
    task_id = ended(world)
    await work(world, older, rounds=3)
    ((_, headers, body),) = older.seen
    (row,) = world.rows(tables.write_backs)
    assert headers["idempotency-key"] == row.id
    assert headers["authorization"] == "Bearer sesame"
    assert body["resultCode"] == "satisfied"
    assert body | {"at": "", "taskId": ""} == {
        "externalId": "G-1",
        "itemId": "1",
        "taskId": "",
        "sequence": 1,
        "outcome": "completed",
        "at": "",
        "by": {"id": "m001", "name": "王敏"},
        "resultCode": "satisfied",
        "result": {"channel": "call", "result_code": "satisfied"},
    }
    (task,) = world.rows(tables.tasks)
    assert (task.id, task.write_back, states(world)) == (task_id, "delivered", [("delivered", 1, None)])
    assert world.events() == ["completed.v1", "written-back.v1"]


async def test_cancelled_tells_the_reason(world: World, older: OlderSystem) -> None:
    ended(world, cancel=True)
    await work(world, older)
    assert (older.seen[0][2]["outcome"], older.seen[0][2]["reason"]) == ("cancelled", "客户不在")


async def test_failing_hanging_and_losing_answers_has_one_effect(world: World, older: OlderSystem) -> None:
    ended(world)
    older.mood = ["503", "hang", "lose", "429", "200"]
    await work(world, older, rounds=8, patience=0.3)
    assert [mood for mood, _, _ in older.seen] == ["503", "hang", "lose", "429", "200"]
    assert len({headers["idempotency-key"] for _, headers, _ in older.seen}) == 1
    assert len(older.effects) == 1
    assert states(world) == [("delivered", 5, None)]


async def test_what_each_try_met_is_kept(world: World, older: OlderSystem) -> None:
    ended(world)
    for mood, error in (("500", "HTTP_500"), ("hang", "TIMEOUT"), ("lose", "CONNECTION")):
        older.mood = [mood]
        await work(world, older, patience=0.3)
        assert states(world)[0][2] == error
    older.url = "http://127.0.0.1:9/"
    await work(world, older)
    assert states(world) == [("pending", 4, "CONNECTION")]


async def test_a_no_for_good_is_given_up_and_sent_again_on_demand(world: World, older: OlderSystem) -> None:
    ended(world)
    older.mood = ["422"]
    await work(world, older, rounds=3)
    assert states(world) == [("failed", 1, "HTTP_422")]
    assert world.rows(tables.tasks)[0].write_back == "failed"
    (row,) = world.rows(tables.write_backs)
    world.run(DISPATCHER, retry_write_back, row.id, (SYSTEM,))
    assert world.rows(tables.tasks)[0].write_back == "pending"
    await work(world, older)
    assert states(world) == [("delivered", 1, None)]
    with pytest.raises(WriteBackNotFailed):
        world.run(DISPATCHER, retry_write_back, row.id, (SYSTEM,))
    assert world.events() == ["completed.v1", "written-back.v1", "written-back.v1", "written-back.v1"]


async def test_given_up_after_a_day(world: World, older: OlderSystem) -> None:
    ended(world)
    older.mood = ["503"] * 40
    await work(world, older, rounds=10, hours=4)
    assert states(world) == [("failed", 7, "HTTP_503")]


async def test_how_long_it_is_tried_is_a_setting(world: World, older: OlderSystem) -> None:
    ended(world)
    older.mood = ["503"] * 9
    sender = WriteBackWorker(world.database, Target(SYSTEM, older.url, "sesame", timedelta(minutes=15)), 1.0)
    async with sender.client() as client:
        for _ in range(6):
            await sender.work(client)
            world.clock.advance(timedelta(minutes=6))
    assert states(world) == [("failed", 4, "HTTP_503")]


async def test_many_go_at_once_and_each_once(world: World, older: OlderSystem) -> None:
    for number in range(20):
        ended(world, number)
    one, two = worker(world, older), worker(world, older)
    async with one.client() as client:
        while any(row.state == "pending" for row in world.rows(tables.write_backs)):
            await asyncio.gather(one.work(client), two.work(client))
    assert len(older.seen) == len(older.effects) == 20
    assert older.most_at_once <= 16


async def test_a_slow_system_holds_up_no_other(world: World, older: OlderSystem) -> None:
    ended(world)
    task = world.task(source="other", external_id="O-1")
    world.run(M1, complete_task, task.id, 1, "satisfied", '{"channel": "call"}')
    event = max(world.rows(tables.plumbing.outbox), key=lambda row: row.id)
    world.run(DISPATCH, start_write_back, read_completed(bytes(event.payload)), ("other",))
    claimed = claim(world, "other")
    assert [each.external_id for each in claimed] == ["O-1"]


async def test_nobody_else_takes_a_leased_one_and_a_lost_lease_settles_nothing(
    world: World, older: OlderSystem
) -> None:
    ended(world)
    (mine,) = claim(world)
    assert claim(world) == []
    assert world.run(DISPATCH, claim_write_backs, [mine.id], LEASE) == []
    # Killed between sending and noting it: the lease ends, and the same key goes out again.
    world.clock.advance(LEASE + timedelta(seconds=1))
    (again,) = claim(world)
    assert again.id == mine.id
    assert world.run(DISPATCH, settle_write_back, mine.id, mine.lease or "", "HTTP_500") == ""
    assert world.run(DISPATCH, settle_write_back, again.id, again.lease or "", "") == "delivered"


async def test_in_order_for_a_task(world: World, older: OlderSystem) -> None:
    task_id = ended(world)
    event = max(world.rows(tables.plumbing.outbox), key=lambda row: row.id)
    world.run(DISPATCH, start_write_back, read_completed(bytes(event.payload)), (SYSTEM,))
    older.mood = ["503"]
    await work(world, older, rounds=4)
    assert [(body["sequence"], mood) for mood, _, body in older.seen] == [(1, "503"), (1, "200"), (2, "200")]
    assert {row.task_id for row in world.rows(tables.write_backs)} == {task_id}


async def test_a_system_without_address_fails_where_operators_see_it(world: World) -> None:
    ended(world, systems=())
    assert states(world) == [("failed", 1, "NOT_CONFIGURED")]
    assert world.rows(tables.tasks)[0].write_back == "failed"
    assert world.events() == ["completed.v1", "written-back.v1"]


async def test_own_tasks_owe_nobody_an_answer(world: World) -> None:
    task = world.task()
    world.run(M1, complete_task, task.id, 1, "satisfied", '{"channel": "call"}')
    (event,) = world.rows(tables.plumbing.outbox)
    world.run(DISPATCH, start_write_back, read_completed(bytes(event.payload)), (SYSTEM,))
    assert world.rows(tables.write_backs) == []
