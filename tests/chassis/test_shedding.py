"""Who cannot be served in time is told at once, and nobody's gone question keeps a thread."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from sqlalchemy import func, select, text

from chassis import shedding
from chassis.database import Database, Unit
from chassis.errors import DatabaseUnavailable, Overloaded, StorageFull, TooSlow
from tests.chassis import toy

# Statements that take their time are the very thing that is tried.
pytestmark = pytest.mark.slow


@pytest.fixture
async def database(fresh_database: Callable[..., str]) -> AsyncIterator[Database]:
    opened = toy.open_database(fresh_database(toy.metadata))
    yield opened
    opened.close()


def sleep(unit: Unit, seconds: float) -> None:
    unit.session.execute(text("SELECT pg_sleep(:s)"), {"s": seconds})


def write_slowly(unit: Unit, seconds: float) -> None:
    toy.write_note(unit, "slow")
    unit.session.flush()
    sleep(unit, seconds)


async def call(work: Any, seconds: float | None = 5.0) -> Any:
    """As the interceptor has it: a deadline of its own for each call."""

    async def under() -> Any:
        shedding.until(seconds)
        async with asyncio.timeout(seconds):
            return await work()

    return await asyncio.create_task(under())


def statements(database: Database) -> int:
    with database.engine.connect() as connection:
        running = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()"
        return connection.execute(text(running)).scalar_one()


@pytest.mark.parametrize("way", ["run", "read"])
async def test_who_goes_frees_the_thread_and_ends_the_statement(database: Database, way: str) -> None:
    ask = getattr(database, way)
    asked = [asyncio.create_task(call(lambda: ask(toy.ANN, sleep, 20), 0.3)) for _ in range(4)]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(each) for each in results] == [TimeoutError] * 4
    began = time.monotonic()
    assert await asyncio.gather(*(call(lambda: ask(toy.ANN, sleep, 0)) for _ in range(4))) == [None] * 4
    assert time.monotonic() - began < 2
    # The server looks every two seconds whether anybody still listens.
    await asyncio.sleep(2.5)
    assert statements(database) == 0


async def test_what_its_caller_gave_up_is_not_committed(database: Database) -> None:
    with pytest.raises(TimeoutError):
        await call(lambda: database.run(toy.ANN, write_slowly, 1), 0.2)
    await asyncio.sleep(1.2)
    assert await database.read(toy.ANN, lambda unit: unit.session.scalar(select(func.count(toy.notes.c.id)))) == 0


async def test_a_call_that_would_wait_too_long_is_refused_at_once(database: Database) -> None:
    busy = [asyncio.create_task(call(lambda: database.run(toy.ANN, sleep, 1.5))) for _ in range(4)]
    await asyncio.sleep(0.7)
    began = time.monotonic()
    # Nothing has come out for 0.7 s: with a second to live, the third in the queue cannot hope to be served.
    late = [asyncio.create_task(call(lambda: database.run(toy.ANN, sleep, 0), 0.4)) for _ in range(8)]
    results = await asyncio.gather(*late, return_exceptions=True)
    assert time.monotonic() - began < 0.6
    assert sum(isinstance(each, Overloaded) for each in results) >= 5
    assert await asyncio.gather(*busy) == [None] * 4
    assert await call(lambda: database.run(toy.ANN, sleep, 0)) is None


async def test_nobody_stands_in_the_queue_for_long(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shedding, "QUEUE_MOST", 0.3)
    calls = [asyncio.create_task(call(lambda: database.read(toy.ANN, sleep, 1))) for _ in range(4)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    # Two reading threads: two are served, two are told after 0.3 s.
    assert sorted(type(each).__name__ for each in results) == ["NoneType", "NoneType", "Overloaded", "Overloaded"]


async def test_background_work_waits_for_its_turn(database: Database) -> None:
    assert await asyncio.gather(*(database.run(toy.ANN, sleep, 0.1) for _ in range(200 // 4))) == [None] * 50


async def test_every_place_in_the_queue_is_given_back(database: Database) -> None:
    gate = database._gate  # pyright: ignore[reportPrivateUsage]  # the count itself is what is proved
    work = [
        call(lambda: database.run(toy.ANN, sleep, 0)),
        call(lambda: database.run(toy.ANN, sleep, 1), 0.2),
        *(call(lambda: database.run(toy.ANN, sleep, 0.3), 0.35) for _ in range(20)),
    ]
    await asyncio.gather(*work, return_exceptions=True)
    await asyncio.sleep(0.5)
    assert gate.inside == 0


async def test_while_the_database_is_away_callers_are_told_at_once() -> None:
    away = toy.open_database("postgresql+psycopg://nobody:x@127.0.0.1:1/none")
    with pytest.raises(DatabaseUnavailable):
        await call(lambda: away.run(toy.ANN, sleep, 0))
    began = time.monotonic()
    for ask in (away.run, away.read):
        with pytest.raises(DatabaseUnavailable) as refused:
            await call(lambda ask=ask: ask(toy.ANN, sleep, 0))
        assert refused.value.data == {"detail": "away"}
    assert time.monotonic() - began < 0.1
    away.close()


async def test_one_caller_looks_whether_it_is_back(database: Database) -> None:
    database._outage.begins()  # pyright: ignore[reportPrivateUsage]  # an outage that has just been noticed
    with pytest.raises(DatabaseUnavailable):
        await call(lambda: database.run(toy.ANN, sleep, 0))
    await asyncio.sleep(1.05)
    assert await asyncio.gather(*(call(lambda: database.run(toy.ANN, sleep, 0)) for _ in range(1))) == [None]
    assert await asyncio.gather(*(call(lambda: database.run(toy.ANN, sleep, 0)) for _ in range(4))) == [None] * 4


@pytest.mark.parametrize(
    ("state", "refusal"), [("53100", StorageFull), ("57014", TooSlow), ("53300", DatabaseUnavailable)]
)
async def test_the_server_s_reasons_have_names(database: Database, state: str, refusal: type[Exception]) -> None:
    tries: list[int] = []

    def fail(unit: Unit) -> None:
        tries.append(1)
        unit.session.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$"))

    with pytest.raises(refusal):
        await database.run(toy.ANN, fail)
    assert len(tries) == (2 if refusal is DatabaseUnavailable else 1)
