"""The expressions of chassis.sql mean the same on every database; this file runs on PostgreSQL and on Oracle's mode of H2."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import cast, false, insert, literal, select, true
from sqlalchemy.orm import Session

from chassis.columns import Day, Id, Moment
from chassis.database import Database
from chassis.sql import LONGEST_LIST, any_of, claim, day_text, epoch, fresh_id, id_ending, id_text, pieces, utc_text
from tests.chassis import toy
from tests.chassis.toy import plumbing

ONE, TWO = "0190a000-0000-7000-8000-0000000000b1", "0190a000-0000-7000-8000-0000000000b2"
SHANGHAI = timezone(timedelta(hours=8))
# Eight in the evening in Shanghai is noon in UTC.
EVENING = datetime(2026, 11, 22, 20, 0, 5, 250_000, tzinfo=SHANGHAI)
outbox = plumbing.outbox.c


@pytest.fixture
def database(fresh_database: Callable[..., str]) -> Iterator[Database]:
    opened = toy.open_database(fresh_database(toy.metadata))
    with opened.engine.begin() as connection:
        row = {"waiting": True, "subject": "a", "type": "t", "payload": b"\0\xff", "recorded_at": EVENING}
        connection.execute(insert(plumbing.outbox), [{"id": ONE, **row}, {"id": TWO, **row}])
    yield opened
    opened.close()


def the_one(database: Database, *columns: Any) -> tuple[Any, ...]:
    with database.engine.connect() as connection:
        return tuple(connection.execute(select(*columns).where(outbox.id == ONE)).one())


def test_an_instant_a_day_an_id_a_flag_and_bytes_come_back_as_they_were(database: Database) -> None:
    day = cast(literal(date(2026, 2, 28), Day), Day)
    found = the_one(database, outbox.id, outbox.recorded_at, outbox.waiting, outbox.payload, day, outbox.sent_at)
    assert found == (ONE, EVENING, True, b"\0\xff", date(2026, 2, 28), None)
    assert found[1].utcoffset() is not None


def test_an_instant_is_the_same_whatever_zone_it_is_asked_in(database: Database) -> None:
    before, same = EVENING.astimezone(UTC) - timedelta(microseconds=1), EVENING.astimezone(UTC)
    with database.engine.connect() as connection:
        assert connection.scalars(select(outbox.id).where(outbox.recorded_at <= before)).all() == []
        assert sorted(connection.scalars(select(outbox.id).where(outbox.recorded_at == same))) == [ONE, TWO]


def test_expressions(database: Database) -> None:
    day = cast(literal(date(2026, 2, 28), Day), Day)
    at = cast(literal(EVENING, Moment), Moment)
    assert the_one(
        database,
        epoch(outbox.recorded_at),
        id_text(outbox.id),
        id_ending(outbox.id, literal("0a")),
        utc_text(at),
        day_text(day),
    ) == (
        int(EVENING.timestamp()),
        ONE,
        ONE[:34] + "0a",
        "2026-11-22T12:00:05+00:00",
        "2026-02-28",
    )


def test_an_id_of_the_database_is_another_for_each_row(database: Database) -> None:
    with database.engine.connect() as connection:
        made = connection.scalars(select(cast(fresh_id(), Id)).select_from(plumbing.outbox)).all()
    assert len(set(made)) == 2
    assert {len(each) for each in made} == {36}


def test_a_long_list_is_one_condition(database: Database) -> None:
    many = [f"0190a000-0000-7000-9000-{number:012x}" for number in range(3 * LONGEST_LIST)]
    with database.engine.connect() as connection:
        for wanted, found in ((many, []), ([*many, TWO], [TWO]), ([ONE], [ONE]), ([], [])):
            assert connection.scalars(select(outbox.id).where(any_of(outbox.id, wanted))).all() == found
    assert [len(part) for part in pieces(many)] == [LONGEST_LIST] * 3


def test_of_two_takers_one_has_a_row(database: Database) -> None:
    free = (outbox.waiting == true(),)
    with Session(database.engine) as first, Session(database.engine) as second:
        found = [first.scalars(select(outbox.id).where(*free).order_by(outbox.id)).all() for _ in range(2)]
        assert found == [[ONE, TWO]] * 2
        assert claim(first, plumbing.outbox, [ONE], free, {"waiting": False}) == [ONE]
        first.commit()
        assert claim(second, plumbing.outbox, [ONE, TWO], free, {"waiting": False}) == [TWO]
        second.commit()
    with database.engine.connect() as connection:
        assert sorted(connection.scalars(select(outbox.id).where(outbox.waiting == false()))) == [ONE, TWO]
