"""What was recorded gets its place: one chain whoever writes, however many at once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import insert

from chassis.clock import FixedClock
from chassis.database import Database
from chassis.database import Unit as Work
from support.actions.chain_audit import chain_audit
from support.actions.verify_audit import verify_day, verify_end
from support.domain.audit import GENESIS, AuditKind, Verdict, Witness
from support.storage.audit_queue import queue
from support.storage.audit_tables import audit_days, audit_queue, audit_subnets
from support.storage.tables import units
from tests.support.audit_trail import count, note, opened, record, rows, views, with_staff
from tests.support.branch import ADMIN, NOON, TODAY, ZONE


def test_an_entry_knows_person_unit_place_and_hour(database: Database) -> None:
    with_staff(database)
    with database.engine.begin() as connection:
        connection.execute(insert(audit_subnets).values(cidr="10.1.0.0/16", id=ADMIN_SUBNET, place="鼓楼局"))
        by_code = {row.code: row.id for row in connection.execute(units.select())}
    record(database, note("m001", ip="10.1.2.3"), note("z01"), note("c01"), note("nobody"))
    manager, seat, chief, nobody = rows(database)
    assert (manager.day, manager.sequence, manager.previous_hash) == (TODAY, 1, GENESIS)
    assert (manager.name, manager.place, manager.on_day, manager.local_hour) == ("王敏", "鼓楼局", TODAY, 12)
    assert (manager.unit_id, manager.bureau_id) == (by_code["B01-C01"], by_code["B01"])
    assert manager.community_id == by_code["B01-C01"]
    assert (seat.bureau_id, seat.community_id, chief.bureau_id) == (by_code["B01"], None, by_code["B01"])
    assert (nobody.name, nobody.unit_id, nobody.place) == (None, None, None)
    assert [row.previous_hash for row in rows(database)[1:]] == [row.hash for row in rows(database)[:-1]]
    assert count(database, audit_queue) == 0


ADMIN_SUBNET = "01939c3e-0000-7000-8000-0000000000aa"


def test_nothing_waiting_changes_nothing(database: Database) -> None:
    assert database.run_sync(ADMIN, chain_audit, ZONE) == (0, None)
    record(database, note())
    (row,) = rows(database)
    assert database.run_sync(ADMIN, chain_audit, ZONE) == (0, Witness(TODAY, 1, row.hash))
    assert rows(database) == [row]


def test_a_new_day_follows_the_one_before(database: Database) -> None:
    clock = FixedClock(NOON)
    own = opened(database.engine.url, clock)
    record(own, *views("m001", 3))
    clock.advance(timedelta(days=2))
    # A look of the first day that came late belongs to its own day and to today's part of the chain.
    record(own, note("m001"), note("m001", clock.at))
    found = rows(own)
    later = TODAY + timedelta(days=2)
    assert [(row.day, row.sequence, row.on_day) for row in found[3:]] == [(later, 1, TODAY), (later, 2, later)]
    assert found[3].previous_hash == found[2].hash
    assert own.run_sync(ADMIN, verify_day, TODAY) == Verdict(TODAY, 3)
    assert own.run_sync(ADMIN, verify_day, later) == Verdict(later, 2)
    assert own.run_sync(ADMIN, verify_day, TODAY + timedelta(days=1)) == Verdict(TODAY + timedelta(days=1), 0)
    assert own.run_sync(ADMIN, verify_end) is None
    own.close()


def test_a_clock_set_back_does_not_reopen_a_day(database: Database) -> None:
    clock = FixedClock(NOON)
    own = opened(database.engine.url, clock)
    record(own, note())
    clock.advance(timedelta(days=-3))
    record(own, note())
    assert [(row.day, row.sequence) for row in rows(own)] == [(TODAY, 1), (TODAY, 2)]
    own.close()


def test_the_day_is_the_branch_s(database: Database) -> None:
    own = opened(database.engine.url, FixedClock(NOON.replace(hour=16, minute=30)))
    record(own, note("m001", NOON.replace(hour=16, minute=10)))
    (row,) = rows(own)
    assert (row.day, row.on_day, row.local_hour) == (date(2026, 11, 23), date(2026, 11, 23), 0)
    own.close()


def test_many_writers_make_one_chain(database: Database) -> None:
    def some(work: Work) -> None:
        queue(work, *views("m001", 100))

    def write(_: int) -> None:
        database.run_sync(ADMIN, some)
        database.run_sync(ADMIN, chain_audit, ZONE)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(12)))
    record(database)
    assert [row.sequence for row in rows(database)] == list(range(1, 1201))
    assert len({row.id for row in rows(database)}) == 1200
    assert database.run_sync(ADMIN, verify_day, TODAY) == Verdict(TODAY, 1200)
    assert count(database, audit_days) == 1


def test_recording_waits_for_no_writer(database: Database) -> None:
    """A writer that holds the end of the chain keeps nobody from recording."""

    def hold(work: Work) -> None:
        queue(work, note())
        chain_audit(work, ZONE)

        def meanwhile(other: Work) -> None:
            queue(other, note("z01"))

        database.run_sync(ADMIN, meanwhile)

    database.run_sync(ADMIN, hold)
    assert count(database, audit_queue) == 1


def test_a_failed_transaction_records_nothing(database: Database) -> None:
    def break_off(work: Work) -> None:
        queue(work, note())
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        database.run_sync(ADMIN, break_off)
    assert count(database, audit_queue) == 0


def test_what_people_type_cannot_break_a_line(database: Database) -> None:
    record(database, replace(note(kind=AuditKind.SIGN_IN_FAILED), staff_number="m0\x0001\n", detail="x" * 400))
    (row,) = rows(database)
    assert (row.staff_number, len(row.detail)) == ("m001", 300)
    assert database.run_sync(ADMIN, verify_day, TODAY).intact
