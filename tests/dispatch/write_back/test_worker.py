"""Outcomes reach an older system that fails, hangs and loses answers: in order, and with one effect for each key."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from crm.operations.v1 import dead_letters_pb2
from sqlalchemy import insert

from chassis.dead_letter_calls import DeadLetterServicer
from chassis.identity import Actor, set_caller
from dispatch.actions.cancel_task import cancel_task
from dispatch.actions.claim_write_backs import claim_write_backs, write_backs_due
from dispatch.actions.complete_task import complete_task
from dispatch.actions.retry_write_back import retry_write_back
from dispatch.actions.settle_write_back import settle_write_back
from dispatch.actions.start_write_back import start_write_back
from dispatch.domain.errors import WriteBackNotFailed
from dispatch.domain.write_back import WriteBack
from dispatch.messaging.subscribe import read_cancelled, read_completed
from dispatch.rpc.given_up import GivenUp
from dispatch.storage import tables
from dispatch.write_back.worker import LEASE, Target, WriteBackWorker
from tests.dispatch.small_branch import DISPATCH, DISPATCHER, M1, World

pytestmark = pytest.mark.slow

SYSTEM = "gnet-crm"
OPERATOR = Actor("person", "operator", "周平", frozenset({"operator"}), "10.0.0.9")
DONE, ALREADY = dead_letters_pb2.DEAD_LETTER_OUTCOME_DONE, dead_letters_pb2.DEAD_LETTER_OUTCOME_ALREADY
REFUSED = dead_letters_pb2.DEAD_LETTER_OUTCOME_REFUSED
NOTHING: Any = None


@dataclass
class OlderSystem:
    """A small HTTP server. `mood` says what the next requests meet; `effects` are what took effect, each key once."""

    url: str = ""
    mood: list[str] = field(default_factory=list[str])
    seen: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list[Any])
    effects: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    at_once: int = 0
    most_at_once: int = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                assert line.startswith(b"POST ")
                await self._one(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        headers: dict[str, str] = {}
        while line := (await reader.readline()).decode().strip():
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
        body: dict[str, Any] = json.loads(await reader.readexactly(int(headers["content-length"])))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        mood = self.mood.pop(0) if self.mood else "200"
        self.seen.append((mood, headers, body))
        if mood == "hang":
            await asyncio.sleep(3)
        if mood in ("200", "lose"):
            self.effects.setdefault(headers["idempotency-key"], body)
        self.at_once -= 1
        if mood == "lose":
            writer.close()
            raise ConnectionResetError
        status = mood if mood.isdigit() else "200"
        writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n".encode())
        await writer.drain()


@pytest.fixture
async def older() -> AsyncIterator[OlderSystem]:
    found = OlderSystem()
    server = await asyncio.start_server(found.answer, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/write-backs"
    yield found
    server.close()


def ended(world: World, number: int = 1, *, cancel: bool = False, systems: tuple[str, ...] = (SYSTEM,)) -> str:
    """Ends a task of the older system and lets the event start its write-back, as the consumer does."""
    task = world.task(source=SYSTEM, external_id=f"G-{number}", item_id="1")
    if cancel:
        world.run(M1, cancel_task, task.id, 1, "客户不在")
    else:
        world.run(M1, complete_task, task.id, 1, "satisfied", '{"channel": "call"}')
    event = max(world.rows(tables.plumbing.outbox), key=lambda row: row.id)
    outcome = (read_cancelled if cancel else read_completed)(bytes(event.payload))
    world.run(DISPATCH, start_write_back, outcome, systems)
    return task.id


def worker(world: World, older: OlderSystem, timeout: float = 1.0) -> WriteBackWorker:
    return WriteBackWorker(world.database, Target(SYSTEM, older.url, "sesame"), timeout)


async def work(world: World, older: OlderSystem, rounds: int = 1, patience: float = 1.0, hours: float = 0.1) -> None:
    sender = worker(world, older, patience)
    async with sender.client() as client:
        for _ in range(rounds):
            await sender.work(client)
            world.clock.advance(timedelta(hours=hours))


def claim(world: World, system: str = SYSTEM) -> list[WriteBack]:
    return world.run(DISPATCH, claim_write_backs, world.run(DISPATCH, write_backs_due, system, 8), LEASE)


def states(world: World) -> list[tuple[str, int, str | None]]:
    return [
        (row.state, row.attempts, row.last_error) for row in sorted(world.rows(tables.write_backs), key=lambda r: r.id)
    ]


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


def values_of(row: Any) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in tables.write_backs.columns}


def given_up(world: World, systems: tuple[str, ...] = (SYSTEM,)) -> DeadLetterServicer:
    """What an operator calls about write-backs that were given up."""
    set_caller(OPERATOR)
    return DeadLetterServicer(world.database, [GivenUp(systems)])


async def replay(letters: DeadLetterServicer, *ids: str) -> list[tuple[int, str]]:
    answer = await letters.ReplayDeadLetters(dead_letters_pb2.ReplayDeadLettersRequest(ids=ids), NOTHING)
    return [(result.outcome, result.reason) for result in answer.results]


async def discard(letters: DeadLetterServicer, reason: str, *ids: str) -> list[int]:
    request = dead_letters_pb2.DiscardDeadLettersRequest(ids=ids, reason=reason)
    return [result.outcome for result in (await letters.DiscardDeadLetters(request, NOTHING)).results]


async def listed(letters: DeadLetterServicer) -> list[dead_letters_pb2.DeadLetter]:
    return list((await letters.ListDeadLetters(dead_letters_pb2.ListDeadLettersRequest(), NOTHING)).letters)


async def test_an_operator_finds_what_was_given_up_and_sends_it_again_under_its_old_key(
    world: World, older: OlderSystem
) -> None:
    task_id = ended(world)
    older.mood = ["503"] * 9
    await work(world, older, rounds=7, hours=4)
    letters = given_up(world)
    (letter,) = await listed(letters)
    assert (letter.kind, letter.subject, letter.target, letter.source_id) == (
        dead_letters_pb2.DEAD_LETTER_KIND_WRITE_BACK,
        "completed",
        SYSTEM,
        "G-1",
    )
    assert (letter.tries, letter.reason, dict(letter.ids), letter.stuck) == (7, "HTTP_503", {"task_id": task_id}, "")
    assert letter.last_tried_at.seconds - letter.first_tried_at.seconds == 24 * 3600
    older.mood = []
    outcomes = await asyncio.gather(*(replay(letters, letter.id) for _ in range(6)))
    assert sorted(outcomes) == [[(DONE, "")]] + [[(ALREADY, "")]] * 5
    assert await listed(letters) == []
    await work(world, older, rounds=3)
    assert [mood for mood, _, _ in older.seen] == ["503"] * 7 + ["200"]
    assert list(older.effects) == [letter.id]
    assert await replay(letters, letter.id) == [(ALREADY, "")]
    assert world.rows(tables.tasks)[0].write_back == "delivered"


async def test_what_is_put_away_is_not_sent_and_its_task_says_why(world: World, older: OlderSystem) -> None:
    task_id = ended(world)
    older.mood = ["422"]
    await work(world, older)
    letters = given_up(world)
    (letter,) = await listed(letters)
    outcomes = await asyncio.gather(*(discard(letters, "G网已手工录入", letter.id) for _ in range(4)))
    assert sorted(outcomes) == [[DONE], [ALREADY], [ALREADY], [ALREADY]]
    assert await replay(letters, letter.id) == [(ALREADY, "")]
    await work(world, older, rounds=3)
    assert (len(older.seen), older.effects, states(world)[0][0]) == (1, {}, "discarded")
    assert world.rows(tables.tasks)[0].write_back == "discarded"
    changes = [row for row in world.rows(tables.plumbing.changes) if row.root_id == task_id]
    told = [(row.actor_id, row.new_value) for row in changes if row.field in ("write_back", "write_back_reason")]
    assert ("operator", "G网已手工录入") in told
    assert ("operator", "discarded") in told


async def test_an_outcome_that_a_later_one_overtook_is_not_sent_after_it(world: World, older: OlderSystem) -> None:
    ended(world)
    older.mood = ["422"]
    await work(world, older)
    (first,) = world.rows(tables.write_backs)
    later = {**values_of(first), "id": "0190a000-0000-7000-8000-00000000aaaa", "sequence": 2, "state": "delivered"}
    with world.database.engine.begin() as connection:
        connection.execute(insert(tables.write_backs), later)
    letters = given_up(world)
    assert [letter.stuck for letter in await listed(letters)] == ["WRITE_BACK_OVERTAKEN"]
    assert await replay(letters, first.id) == [(REFUSED, "WRITE_BACK_OVERTAKEN")]
    assert [row[0] for row in states(world)] == ["delivered", "failed"]


async def test_one_of_several_waits_its_turn_within_its_task(world: World, older: OlderSystem) -> None:
    ended(world)
    older.mood = ["422"]
    await work(world, older)
    (first,) = world.rows(tables.write_backs)
    later = {**values_of(first), "id": "0190a000-0000-7000-8000-00000000aaaa", "sequence": 2, "state": "pending"}
    body = json.dumps({**json.loads(first.body_json), "sequence": 2})
    with world.database.engine.begin() as connection:
        connection.execute(
            insert(tables.write_backs), {**later, "body_json": body, "next_attempt_at": world.clock.now()}
        )
    assert await replay(given_up(world), first.id) == [(DONE, "")]
    await work(world, older, rounds=3)
    assert [body["sequence"] for _, _, body in older.seen] == [1, 1, 2]


async def test_a_system_without_address_is_not_sent_to_by_anybody(world: World) -> None:
    ended(world, systems=())
    (row,) = world.rows(tables.write_backs)
    letters = given_up(world, ())
    assert [letter.stuck for letter in await listed(letters)] == ["NOT_CONFIGURED"]
    assert await replay(letters, row.id) == [(REFUSED, "NOT_CONFIGURED")]
    assert await replay(given_up(world), row.id) == [(DONE, "")]


async def test_how_long_it_is_tried_is_a_setting(world: World, older: OlderSystem) -> None:
    ended(world)
    older.mood = ["503"] * 9
    sender = WriteBackWorker(world.database, Target(SYSTEM, older.url, "sesame", timedelta(minutes=15)), 1.0)
    async with sender.client() as client:
        for _ in range(6):
            await sender.work(client)
            world.clock.advance(timedelta(minutes=6))
    assert states(world) == [("failed", 4, "HTTP_503")]
