"""What comes in is written in batches, waits while the database is away, and never grows beyond its bounds."""

import tracemalloc
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import func, select

from chassis.errors import DatabaseUnavailable
from chassis.ids import new_id
from telemetry.actions.look_back import look_back
from telemetry.actions.tidy import tidy
from telemetry.background.keeping import A_SPAN, ACTOR
from telemetry.domain.alerts import Alert
from telemetry.domain.latency import BOUNDS_MS, measured
from telemetry.domain.logs import LogLine
from telemetry.domain.notices import Notice
from telemetry.domain.rules import Severity
from telemetry.domain.traces import Span, Trace
from telemetry.storage.retention import Limits
from telemetry.storage.tables import log_lines, minutes, trace_pieces, traces
from tests.telemetry.rooms import Room
from tests.telemetry.signals import NOON

_numbers = count(1)


def trace(part: str = "dispatch", *, at: float = 0, spans: int = 1) -> Trace:
    begin = int((NOON.timestamp() + at) * 1e6)
    return Trace(
        f"{next(_numbers):032x}", [Span(f"{n:016x}", "", part, "crm.x/Do", begin, 1000, "server") for n in range(spans)]
    )


def line(text: str = "said", *, at: float = 0, trace_id: str = "") -> LogLine:
    return LogLine(new_id(), NOON + timedelta(seconds=at), "dispatch", "info", text, trace_id, {"who": "m001"})


def held(room: Room) -> dict[str, int]:
    with room.database.engine.connect() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (traces, trace_pieces, log_lines, minutes)
        }


async def test_everything_that_waits_is_written_once(room: Room) -> None:
    for _ in range(1200):
        room.keeper.keep_trace(trace())
    room.keeper.keep_line(line())
    await room.keeper.write()
    await room.keeper.write()
    assert held(room) == {"traces": 1200, "trace_pieces": 1200, "log_lines": 1, "minutes": 0}
    assert (room.keeper.waiting_bytes, room.keeper.dropped) == (0, 0)


async def test_what_comes_late_of_a_trace_is_added_to_it(room: Room) -> None:
    first = trace("dispatch")
    room.keeper.keep_trace(first)
    await room.keeper.write()
    root = Span("a" * 16, "", "gateway", "crm.x/Outer", first.spans[0].begin_us - 50, 9000, "server")
    room.keeper.keep_trace(Trace(first.trace_id, [root]))
    await room.keeper.write()
    with room.database.engine.connect() as connection:
        row = connection.execute(select(traces)).one()
    assert (row.name, row.part, row.took_us, row.spans, row.parts) == (
        "crm.x/Outer",
        "gateway",
        9000,
        2,
        " dispatch gateway ",
    )


async def test_while_the_database_is_away_things_wait_within_bounds_and_drops_are_counted(room: Room) -> None:
    room.keeper.most_bytes = 100 * A_SPAN
    working = room.keeper.database
    room.keeper.database = Room("postgresql+psycopg://nobody@127.0.0.1:1/none").database
    for _ in range(250):
        room.keeper.keep_trace(trace())
    with pytest.raises(DatabaseUnavailable):
        await room.keeper.write()
    assert (room.keeper.waiting_bytes, room.keeper.dropped) == (100 * A_SPAN, 150)
    room.keeper.database.close()
    room.keeper.database = working
    await room.keeper.write()
    assert held(room)["traces"] == 100
    assert room.keeper.waiting_bytes == 0


async def test_a_batch_that_no_database_takes_is_dropped_and_does_not_stop_the_next(room: Room) -> None:
    room.keeper.keep_trace(Trace("x" * 64, trace().spans))
    await room.keeper.write()
    room.keeper.keep_line(line())
    await room.keeper.write()
    assert (held(room)["traces"], held(room)["log_lines"], room.keeper.dropped) == (0, 1, 1)


async def test_minutes_are_written_when_they_are_over_and_known_to_the_next_process(room: Room) -> None:
    for minute in range(3):
        at = NOON + timedelta(minutes=minute)
        room.board.count("dispatch", at, "crm.x/Do", "OK", measured(BOUNDS_MS, [0, 0, 5] + [0] * 14, 20))
    room.clock.advance(timedelta(minutes=2, seconds=30))
    await room.keeper.write()
    await room.keeper.write()
    assert held(room)["minutes"] == 2
    past = room.database.run_sync(ACTOR, look_back)
    assert [(at, part, minute.calls["crm.x/Do", "OK"].count) for at, part, minute in past.minutes] == [
        (NOON, "dispatch", 5),
        (NOON + timedelta(minutes=1), "dispatch", 5),
    ]


async def test_alerts_and_messages_survive_a_restart(room: Room) -> None:
    going_on = Alert(new_id(), "dead_letters", "dispatch", "", Severity.WARNING, 3, 0, "", NOON)
    over = Alert(
        new_id(), "part_silent", "support", "", Severity.CRITICAL, 40, 30, "", NOON, NOON + timedelta(minutes=1)
    )
    waiting = Notice(new_id(), "mail", going_on, NOON, tries=2)
    for alert in (going_on, over):
        room.keeper.keep_alert(alert)
    room.keeper.keep_notice(waiting)
    room.keeper.keep_notice(Notice(new_id(), "mail", over, NOON).sent(NOON))
    await room.keeper.write()
    past = room.database.run_sync(ACTOR, look_back)
    assert (past.alerts, past.notices) == ([going_on], [waiting])


async def test_what_is_too_old_goes(room: Room) -> None:
    for days in (8, 6):
        room.keeper.keep_trace(trace(at=-days * 86_400))
        room.keeper.keep_line(line(at=-days * 86_400))
    await room.keeper.write()
    room.database.run_sync(ACTOR, tidy, room.limits)
    assert held(room) == {"traces": 1, "trace_pieces": 1, "log_lines": 1, "minutes": 0}


async def test_what_is_too_much_goes_the_oldest_first(room: Room) -> None:
    for hour in range(20):
        for _ in range(10):
            room.keeper.keep_line(line("x" * 900, at=-hour * 3600))
    await room.keeper.write()
    limit = Limits(timedelta(days=7), timedelta(days=30), 100_000)
    left = room.database.run_sync(ACTOR, tidy, limit)
    assert 50_000 < left <= 100_000
    with room.database.engine.connect() as connection:
        oldest, newest = connection.execute(select(func.min(log_lines.c.at), func.max(log_lines.c.at))).one()
    assert newest == NOON
    assert oldest > NOON - timedelta(hours=12)


async def test_a_flood_costs_no_more_memory_than_its_bounds(room: Room) -> None:
    room.keeper.most_bytes = 1 << 18
    tracemalloc.start()
    for _ in range(3000):
        room.keeper.keep_line(line("x" * 2000))
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 1 << 19
    assert room.keeper.dropped > 2900
