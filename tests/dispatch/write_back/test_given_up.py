"""What was given up, before an operator: found, sent again under its old key, put away, and never sent after a later outcome."""

import asyncio
import json
from typing import Any

import pytest
from crm.operations.v1 import dead_letters_pb2
from sqlalchemy import insert

from chassis.dead_letter_calls import DeadLetterServicer
from chassis.identity import Actor, set_caller
from dispatch.rpc.given_up import GivenUp
from dispatch.storage import tables
from tests.dispatch.small_branch import World
from tests.dispatch.write_back.older_system import SYSTEM, OlderSystem, ended, states, work

pytestmark = pytest.mark.slow

OPERATOR = Actor("person", "operator", "周平", frozenset({"operator"}), "10.0.0.9")
DONE, ALREADY = dead_letters_pb2.DEAD_LETTER_OUTCOME_DONE, dead_letters_pb2.DEAD_LETTER_OUTCOME_ALREADY
REFUSED = dead_letters_pb2.DEAD_LETTER_OUTCOME_REFUSED
NOTHING: Any = None


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
