import asyncio
import gc
import time
from collections.abc import Callable, Iterator
from threading import Event

import pytest
from sqlalchemy import NullPool, create_engine, func, make_url, select, text

from chassis.database import Database, Unit
from chassis.errors import DatabaseUnavailable, RequestIdReused, Stale
from chassis.requests import first_answer, remember
from tests.chassis import toy


@pytest.fixture
def database(fresh_database: Callable[..., str]) -> Iterator[Database]:
    opened = toy.open_database(fresh_database(toy.metadata))
    yield opened
    opened.close()


def count(database: Database, table: str) -> int:
    with database.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(toy.metadata.tables[table])).scalar_one()


async def test_state_history_and_event_leave_together(database: Database) -> None:
    note_id = await database.run(toy.ANN, toy.write_note, "hello")
    with database.engine.connect() as connection:
        change = connection.execute(select(toy.plumbing.changes)).one()
        event = connection.execute(select(toy.plumbing.outbox)).one()
    assert (change.record_id, change.field, change.old_value, change.new_value) == (note_id, "text", None, "hello")
    assert (change.actor_id, change.actor_ip, change.changed_at) == ("m001", "10.0.0.1", toy.NOON)
    assert (event.subject, bytes(event.payload), event.waiting) == ("crm.toy.note.written.v1", b"hello", True)
    assert database.recorded.is_set()


async def test_a_refused_action_leaves_no_row_and_no_event(database: Database) -> None:
    def refuse(unit: Unit) -> None:
        toy.write_note(unit, "never")
        raise RequestIdReused(request_id="x")

    with pytest.raises(RequestIdReused):
        await database.run(toy.ANN, refuse)
    assert [count(database, name) for name in ("notes", "changes", "outbox")] == [0, 0, 0]
    assert not database.recorded.is_set()


async def test_the_second_of_two_writers_on_one_version_is_told(database: Database) -> None:
    note_id = await database.run(toy.ANN, toy.write_note, "first")

    def change(unit: Unit) -> None:
        note = unit.session.get_one(toy.Note, note_id)
        with database.engine.begin() as other:
            other.execute(toy.notes.update().values(version=toy.notes.c.version + 1))
        note.text = "mine"

    with pytest.raises(Stale):
        await database.run(toy.ANN, change)
    with database.engine.connect() as connection:
        assert connection.execute(select(toy.notes.c.text)).scalar_one() == "first"


async def test_a_connection_that_died_before_the_commit_is_replaced_unnoticed(database: Database) -> None:
    await database.run(toy.ANN, toy.write_note, "one")
    killer = database.engine.raw_connection()
    killer.cursor().execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    killer.close()
    await database.run(toy.ANN, toy.write_note, "two")
    assert count(database, "notes") == 2


async def test_a_database_that_is_away_is_a_refusal_not_a_defect() -> None:
    database = toy.open_database("postgresql+psycopg://nobody:x@127.0.0.1:1/none")
    with pytest.raises(DatabaseUnavailable):
        await database.run(toy.ANN, toy.write_note, "lost")
    database.close()


@pytest.mark.slow
@pytest.mark.parametrize("way", ["run", "read"])
async def test_an_action_that_outlives_its_database_leaves_no_connection_open(
    fresh_database: Callable[..., str], way: str
) -> None:
    url = fresh_database(toy.metadata)
    database = toy.open_database(url)
    begun, go_on, done = Event(), Event(), Event()

    def dawdle(unit: Unit) -> None:
        unit.connection().execute(select(1))
        begun.set()
        go_on.wait(10)
        done.set()

    asking = asyncio.ensure_future(getattr(database, way)(toy.ANN, dawdle))
    await asyncio.to_thread(begun.wait, 10)
    asking.cancel()
    database.close()
    go_on.set()
    await asyncio.to_thread(done.wait, 10)
    assert await asyncio.to_thread(settles_at_none, url)


def settles_at_none(url: str) -> bool:
    """Tells whether the sessions of a database end within two seconds; nothing collects garbage meanwhile."""
    engine = create_engine(make_url(url).set(database="postgres"), poolclass=NullPool)
    question = text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name")
    gc.disable()
    try:
        for _ in range(40):
            with engine.connect() as connection:
                if connection.execute(question, {"name": make_url(url).database}).scalar_one() == 0:
                    return True
            time.sleep(0.05)
        return False
    finally:
        gc.enable()


async def test_the_same_request_twice_has_one_effect_and_one_answer(database: Database) -> None:
    def create(unit: Unit, content: str) -> str:
        known = first_answer(unit, "WriteNote", "r-1", content)
        if known is not None:
            return known
        note_id = toy.write_note(unit, content)
        remember(unit, "WriteNote", "r-1", content, note_id)
        return note_id

    answers = await asyncio.gather(*(database.run(toy.ANN, create, "same") for _ in range(4)))
    assert len(set(answers)) == 1
    assert count(database, "notes") == 1
    with pytest.raises(RequestIdReused):
        await database.run(toy.ANN, create, "other")


async def test_reads_run_without_a_transaction(database: Database) -> None:
    await database.run(toy.ANN, toy.write_note, "one")

    def look(unit: Unit) -> tuple[int, bool]:
        rows = unit.session.execute(select(func.count()).select_from(toy.notes)).scalar_one()
        return rows, bool(unit.session.connection().connection.dbapi_connection.autocommit)  # type: ignore[union-attr]  # psycopg's own

    assert await database.read(toy.ANN, look) == (1, True)
