"""Tampering with the tables themselves, as somebody with the database's password could, is found and named."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from nats.js.errors import NotFoundError
from sqlalchemy import delete, update

from chassis.clock import FixedClock
from chassis.database import Database
from chassis.nats import Bus
from support.audit_verification import AuditVerification
from support.background.audit_writer import AuditWriter
from support.domain.audit import Verdict, Witness, Wrong
from support.storage.audit_tables import audit_chain, audit_days, audit_entries
from support.storage.schema import metadata
from support.witnesses import Witnesses
from tests.support.audit_trail import opened, record, rows, views
from tests.support.branch import NOON, TODAY, ZONE

NEXT = TODAY + timedelta(days=1)


@pytest.fixture
async def witnesses(nats_server: str) -> AsyncIterator[Witnesses]:
    bus = Bus(nats_server, "support")
    await bus.connect()
    yield Witnesses(bus)
    with contextlib.suppress(NotFoundError):
        await bus.jetstream.delete_key_value("audit")
    await bus.close()


@pytest.fixture
def own(fresh_database: Callable[..., str]) -> Iterator[tuple[Database, FixedClock]]:
    clock = FixedClock(NOON)
    database = opened(fresh_database(metadata), clock)
    yield database, clock
    database.close()


@pytest.fixture
async def verification(own: tuple[Database, FixedClock], witnesses: Witnesses, tmp_path: Path) -> AuditVerification:
    """Two days, six and four entries, their ends published."""
    database, clock = own
    writer = AuditWriter(database, witnesses, ZONE)
    record(database, *views("m001", 6))
    await writer.write()
    clock.advance(timedelta(days=1))
    record(database, *views("z01", 4))
    await writer.write()
    return AuditVerification(database, witnesses, tmp_path)


def change(verification: AuditVerification, *statements: Any) -> None:
    with verification.database.engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)


def at(place: int, day: Any = TODAY) -> Any:
    return (audit_entries.c.day == day) & (audit_entries.c.sequence == place)


async def every(verification: AuditVerification) -> list[Verdict]:
    return [verdict async for verdict in verification.every()]


async def test_an_untouched_chain_verifies(verification: AuditVerification) -> None:
    assert await every(verification) == [Verdict(TODAY, 6), Verdict(NEXT, 4)]
    assert await verification.day(TODAY) == Verdict(TODAY, 6)


async def test_an_edited_row_is_named(verification: AuditVerification) -> None:
    change(verification, update(audit_entries).where(at(3)).values(record_id="another"))
    assert await verification.day(TODAY) == Verdict(TODAY, 6, 3, Wrong.EDITED)
    assert [found.intact for found in await every(verification)] == [False, True]


async def test_a_deleted_row_is_named(verification: AuditVerification) -> None:
    change(verification, delete(audit_entries).where(at(4)))
    assert await verification.day(TODAY) == Verdict(TODAY, 5, 4, Wrong.MISSING)


async def test_rows_cut_off_are_named(verification: AuditVerification) -> None:
    change(verification, delete(audit_entries).where(audit_entries.c.day == TODAY, audit_entries.c.sequence > 4))
    assert await verification.day(TODAY) == Verdict(TODAY, 4, 5, Wrong.TRUNCATED)


async def test_rows_cut_off_with_their_heads_are_named(verification: AuditVerification) -> None:
    """The end of the open day, its head and the end of the chain all made to fit: what was published tells."""
    last = rows(verification.database)[7]
    change(
        verification,
        delete(audit_entries).where(audit_entries.c.day == NEXT, audit_entries.c.sequence > 2),
        update(audit_days).where(audit_days.c.day == NEXT).values(entries=2, head=last.hash),
        update(audit_chain).values(sequence=2, head=last.hash),
    )
    assert await verification.day(NEXT) == Verdict(NEXT, 2, 3, Wrong.TRUNCATED)
    writer = AuditWriter(verification.database, verification.witnesses, ZONE)
    record(verification.database, *views("m001", 5))
    before = await verification.witnesses.last()
    # A writer that starts afterwards does not publish over the proof.
    writer._published = before  # pyright: ignore[reportPrivateUsage]  # as its run() reads it
    await writer.write()
    assert await verification.witnesses.last() == before
    found = await verification.day(NEXT)
    assert (found.first_wrong, found.reason) == (4, Wrong.EDITED)


async def test_a_whole_day_taken_out_is_found(verification: AuditVerification) -> None:
    gone = (
        delete(audit_entries).where(audit_entries.c.day == TODAY),
        delete(audit_days).where(audit_days.c.day == TODAY),
    )
    change(verification, *gone)
    assert await every(verification) == [
        Verdict(TODAY, 0, 1, Wrong.TRUNCATED),
        Verdict(NEXT, 4, 1, Wrong.MISSING),
    ]


async def test_the_last_day_taken_out_is_found(verification: AuditVerification) -> None:
    gone = (
        delete(audit_entries).where(audit_entries.c.day == NEXT),
        delete(audit_days).where(audit_days.c.day == NEXT),
    )
    change(verification, *gone)
    found = await every(verification)
    assert found[:2] == [Verdict(TODAY, 6), Verdict(NEXT, 0, 1, Wrong.TRUNCATED)]
    assert not all(verdict.intact for verdict in found[2:]), "the end of the chain knows of it as well"


async def test_a_row_put_in_is_found(verification: AuditVerification) -> None:
    row = dict(rows(verification.database)[5]._mapping)
    change(verification, audit_entries.insert().values(**(row | {"sequence": 7})))
    assert await verification.day(TODAY) == Verdict(TODAY, 7, 7, Wrong.EDITED)


async def test_ends_are_published_and_read_back(verification: AuditVerification) -> None:
    hashes = [row.hash for row in rows(verification.database)]
    assert await verification.witnesses.every() == {
        TODAY: Witness(TODAY, 6, hashes[5]),
        NEXT: Witness(NEXT, 4, hashes[9]),
    }
    assert await verification.witnesses.last() == Witness(NEXT, 4, hashes[9])
    assert await verification.witnesses.of(TODAY - timedelta(days=1)) is None
