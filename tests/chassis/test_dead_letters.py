"""Dead letters in an operator's hands: each tried again once and by its own consumer, put away with a reason, shown without values."""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest
from crm.common.v1 import page_pb2, person_pb2, view_events_pb2
from crm.operations.v1 import dead_letters_pb2 as pb
from sqlalchemy import insert, select

from chassis.clock import FixedClock
from chassis.database import Database, Unit
from chassis.dead_letter_calls import DeadLetterServicer, counting
from chassis.dead_letter_words import reason_of, said_by, summary_of, trace_of
from chassis.dead_letters import EventLetters
from chassis.errors import DatabaseUnavailable, InvalidField
from chassis.identity import Actor, set_caller
from chassis.inbox import bury, once
from chassis.nats import On
from tests.chassis import toy

OLGA = Actor(kind="person", id="operator", name="Olga", roles=frozenset({"operator"}), ip="10.0.0.9")
SUBJECT, CONSUMER = "crm.toy.note.written.v1", "toy-toy-note-written-v1"
TRACE = "0af7651916cd43dd8448eb211c80319c"
HEADERS = json.dumps({"ce-type": "crm.toy.v1.NoteWritten", "traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
NOTHING: Any = None


@dataclass
class Desk:
    """An operator at the dead letters of the toy service; `cure` is what its consumer makes of an event today."""

    database: Database
    clock: FixedClock
    cure: list[Exception | None] = field(default_factory=list[Exception | None])

    def __post_init__(self) -> None:
        self.letters = EventLetters("toy", toy.plumbing, [On(SUBJECT, bytes.decode, self._take)])
        self.calls = DeadLetterServicer(self.database, [self.letters])

    def _take(self, unit: Unit, text: str) -> None:
        unit.session.execute(insert(toy.effects).values(id=unit.new_id(), text=f"{text} by {unit.actor.id}"))
        if self.cure and (error := self.cure.pop(0)) is not None:
            raise error

    def give_up(self, number: int = 1, consumer: str = CONSUMER, payload: bytes = b"hello") -> str:
        """Buries an event as the consumer does after its last try; answers the letter's id."""
        error = 'ValueError("no customer 13812345678 王敏")'
        event_id = f"e{number}"
        self.database.run_sync(
            toy.ANN,
            bury,
            consumer=consumer,
            event_id=event_id,
            subject=SUBJECT,
            payload=payload,
            headers=HEADERS,
            error=error,
            tries=8,
            first_tried_at=toy.NOON - timedelta(minutes=2),
        )
        return next(str(row.id) for row in self.rows() if row.event_id == event_id)

    def rows(self) -> list[Any]:
        """Every letter as it is stored, oldest first."""
        with self.database.engine.connect() as connection:
            return list(connection.execute(select(toy.plumbing.dead_letters).order_by(toy.plumbing.dead_letters.c.id)))

    def states(self) -> list[str]:
        """State of every letter, oldest first."""
        return [row.state for row in self.rows()]

    def effects(self) -> list[str]:
        """What events brought about."""
        with self.database.engine.connect() as connection:
            return sorted(connection.execute(select(toy.effects.c.text)).scalars())

    def history(self) -> list[tuple[str, str, str | None, str | None]]:
        """Who changed what of a letter."""
        changes = toy.plumbing.changes.c
        asked = select(changes.actor_id, changes.field, changes.old_value, changes.new_value)
        with self.database.engine.connect() as connection:
            rows = connection.execute(asked.where(changes.form == "operations.dead_letters").order_by(changes.id))
            return [(row[0], row[1], row[2], row[3]) for row in rows]

    async def replay(self, *ids: str) -> list[str]:
        """Outcomes of a call to try letters again."""
        set_caller(OLGA)
        answer = await self.calls.ReplayDeadLetters(pb.ReplayDeadLettersRequest(ids=ids), NOTHING)
        assert [result.id for result in answer.results] == list(ids)
        return [_word(result.outcome) for result in answer.results]

    async def discard(self, reason: str, *ids: str) -> list[str]:
        """Outcomes of a call to put letters away."""
        set_caller(OLGA)
        answer = await self.calls.DiscardDeadLetters(pb.DiscardDeadLettersRequest(ids=ids, reason=reason), NOTHING)
        return [_word(result.outcome) for result in answer.results]

    async def page(self, size: int = 50, cursor: str = "", kind: int = 0) -> pb.ListDeadLettersResponse:
        """A page of letters with the number of all."""
        set_caller(OLGA)
        page = page_pb2.PageRequest(size=size, cursor=cursor, with_total=True)
        request = pb.ListDeadLettersRequest(kind=cast("Any", kind), page=page)
        return await self.calls.ListDeadLetters(request, NOTHING)


def _word(outcome: int) -> str:
    return pb.DeadLetterOutcome.Name(cast("Any", outcome)).removeprefix("DEAD_LETTER_OUTCOME_")


@pytest.fixture
def desk(fresh_database: Callable[..., str]) -> Iterator[Desk]:
    clock = FixedClock(toy.NOON)
    database = toy.open_database(fresh_database(toy.metadata), clock=clock)
    yield Desk(database, clock)
    database.close()


async def test_an_event_is_tried_again_by_its_consumer_in_the_services_name_and_who_did_it_is_kept(desk: Desk) -> None:
    letter = desk.give_up()
    assert await desk.replay(letter) == ["DONE"]
    assert desk.effects() == ["hello by svc-toy"]
    assert desk.states() == ["replayed"]
    assert desk.history() == [("operator", "state", "dead", "replayed")]
    assert await desk.replay(letter) == ["ALREADY"]
    assert await desk.discard("too late", letter) == ["ALREADY"]
    assert desk.effects() == ["hello by svc-toy"]
    assert len(desk.history()) == 1


async def test_twenty_clicks_at_once_have_one_effect(desk: Desk) -> None:
    letter = desk.give_up()
    outcomes = await asyncio.gather(*(desk.replay(letter) for _ in range(20)), desk.discard("no", letter))
    assert sorted(one[0] for one in outcomes) == ["ALREADY"] * 20 + ["DONE"]
    done_by_replay = outcomes[-1] == ["ALREADY"]
    assert desk.effects() == (["hello by svc-toy"] if done_by_replay else [])
    assert desk.states() == ["replayed" if done_by_replay else "discarded"]


async def test_one_that_fails_again_stays_without_its_effect_and_stops_no_other(desk: Desk) -> None:
    first, second = desk.give_up(1), desk.give_up(2)
    desk.cure = [KeyError("still")]
    desk.clock.advance(timedelta(hours=1))
    assert await desk.replay(first, second) == ["FAILED", "DONE"]
    assert desk.effects() == ["hello by svc-toy"]
    (failed, done) = desk.rows()
    assert (failed.state, failed.tries, failed.error) == ("dead", 9, "KeyError('still')")
    assert (failed.last_tried_at, done.state) == (toy.NOON + timedelta(hours=1), "replayed")
    assert await desk.replay(first) == ["DONE"]


async def test_a_database_that_is_away_blames_no_letter(desk: Desk) -> None:
    letter = desk.give_up()
    desk.cure = [DatabaseUnavailable(detail="away")]
    with pytest.raises(DatabaseUnavailable):
        await desk.replay(letter)
    (row,) = desk.rows()
    assert (row.state, row.tries, desk.effects()) == ("dead", 8, [])


async def test_what_took_effect_meanwhile_is_not_done_twice(desk: Desk) -> None:
    letter = desk.give_up()
    desk.database.run_sync(toy.ANN, once, CONSUMER, "e1")
    assert await desk.replay(letter) == ["ALREADY"]
    assert (desk.effects(), desk.states()) == ([], ["replayed"])


async def test_put_away_with_a_reason_it_is_never_taken_not_even_when_the_broker_sends_it_again(desk: Desk) -> None:
    letter = desk.give_up()
    for reason in ("", "  ", "x" * 201):
        with pytest.raises(InvalidField, match="REASON_MISSING"):
            await desk.discard(reason, letter)
    assert await desk.discard(" tried by hand ", letter) == ["DONE"]
    assert desk.states() == ["discarded"]
    assert desk.history() == [("operator", "state", "dead", "discarded"), ("operator", "reason", None, "tried by hand")]
    assert not desk.database.run_sync(toy.ANN, once, CONSUMER, "e1")
    assert await desk.replay(letter) == ["ALREADY"]
    assert desk.effects() == []


async def test_one_whose_consumer_is_gone_can_only_be_put_away(desk: Desk) -> None:
    letter = desk.give_up(consumer="toy-toy-note-burnt-v1")
    assert [one.stuck for one in (await desk.page()).letters] == ["CONSUMER_GONE"]
    assert await desk.replay(letter) == ["REFUSED"]
    assert await desk.discard("nobody takes it", letter) == ["DONE"]


async def test_unknown_and_unreadable_ids(desk: Desk) -> None:
    assert await desk.replay("0190a000-0000-7000-8000-000000000001") == ["NOT_FOUND"]
    assert await desk.discard("why", "0190a000-0000-7000-8000-000000000001") == ["NOT_FOUND"]
    for ids in ((), ("x",), tuple(f"0190a000-0000-7000-8000-{n:012d}" for n in range(51))):
        with pytest.raises(InvalidField):
            await desk.replay(*ids)


async def test_what_is_given_up_twice_lies_there_once(desk: Desk) -> None:
    first = desk.give_up()
    desk.clock.advance(timedelta(hours=1))
    assert desk.give_up() == first
    (row,) = desk.rows()
    assert (row.tries, row.received_at, row.last_tried_at) == (8, toy.NOON, toy.NOON + timedelta(hours=1))


async def test_pages_go_through_all_of_them_newest_first_and_they_are_counted(desk: Desk) -> None:
    ids = [desk.give_up(number) for number in range(5)]
    seen: list[str] = []
    cursor = ""
    for expected in (2, 2, 1):
        answer = await desk.page(2, cursor)
        assert (len(answer.letters), answer.page.total) == (expected, 5)
        seen += [letter.id for letter in answer.letters]
        cursor = answer.page.next_cursor
    assert (seen, cursor) == (ids[::-1], "")
    assert list((await desk.page(kind=pb.DEAD_LETTER_KIND_WRITE_BACK)).letters) == []
    with desk.database.engine.connect() as connection:
        assert counting([desk.letters])(connection) == 5
    with pytest.raises(InvalidField, match="CURSOR_INVALID"):
        await desk.page(2, "WzFd")


async def test_a_letter_says_when_how_often_and_why_and_nothing_of_anybody(desk: Desk) -> None:
    letter = desk.give_up(payload="王敏 13812345678".encode())
    (shown,) = (await desk.page()).letters
    assert (shown.id, shown.kind, shown.subject, shown.target) == (letter, pb.DEAD_LETTER_KIND_EVENT, SUBJECT, CONSUMER)
    assert (shown.source_id, shown.tries, shown.trace_id, shown.size) == ("e1", 8, TRACE, 18)
    assert (shown.last_tried_at.seconds - shown.first_tried_at.seconds, shown.reason) == (120, "ValueError")
    assert shown.detail == 'ValueError("no customer 138****5678 …")'
    assert "王敏".encode() not in shown.SerializeToString()
    assert b"13812345678" not in shown.SerializeToString()


def test_of_a_message_only_its_fields_and_ids_are_told() -> None:
    who = person_pb2.Actor(kind=person_pb2.Actor.KIND_PERSON, id="m001", name="王敏", ip="10.0.0.1")
    looks = view_events_pb2.RecordsViewed(
        views=[view_events_pb2.RecordViewed(actor=who, form="customer.customer", record_id="13812345678")]
    )
    found = summary_of(json.dumps({"ce-type": "crm.common.v1.RecordsViewed"}), looks.SerializeToString())
    assert found.ids == {"views.actor.id": "m001"}
    assert set(found.fields) == {
        *("views[]", "views.actor.kind", "views.actor.id", "views.actor.name", "views.actor.ip"),
        *("views.form", "views.record_id"),
    }
    assert found.size == len(looks.SerializeToString())


@pytest.mark.parametrize(
    ("headers", "payload"),
    [("", b"x"), ("not json", b"x"), ("[]", b"x"), ('{"ce-type": "crm.common.v1.RecordsViewed"}', b"\xff\xff\xff")],
)
def test_what_cannot_be_read_is_told_by_its_size(headers: str, payload: bytes) -> None:
    found = summary_of(headers, payload)
    assert (found.ids, found.fields, found.size) == ({}, (), len(payload))


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("ValueError('x')", "ValueError"),
        ("<Refusal>", "UNKNOWN"),
        ("", "UNKNOWN"),
        ("sqlalchemy.exc.DataError('y')", "DataError"),
    ],
)
def test_the_kind_of_an_error(error: str, reason: str) -> None:
    assert reason_of(error) == reason


def test_an_error_is_told_without_rows_and_names() -> None:
    said = said_by("DataError('Key (phone)=(13812345678) exists for 王敏')")
    assert "1381234" not in said
    assert "王敏" not in said
    assert said_by("x" * 1000) == "x" * 300
    assert (trace_of("nonsense"), trace_of(f"00-{TRACE}-b7ad6b7169203331-01")) == ("", TRACE)
