"""Old days go to files that can be verified by themselves; what was tampered with stays where it is."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from chassis.clock import FixedClock
from chassis.database import Database
from chassis.nats import Bus
from support import audit_archive, verify_audit
from support.actions.archive_audit import first_day_kept
from support.audit_verification import AuditVerification
from support.background.audit_keeping import AuditKeeping
from support.background.audit_writer import AuditWriter
from support.domain.audit import Verdict, Wrong
from support.storage.audit_tables import audit_entries
from support.storage.schema import metadata
from support.witnesses import Witnesses
from tests.support.audit_trail import count, opened, record, rows, views
from tests.support.branch import NOON, TODAY, ZONE

NEXT = TODAY + timedelta(days=1)


class Branch:
    """Two days of entries and the clock seven months on."""

    def __init__(self, url: str, bus: Bus, folder: Path) -> None:
        self.clock = FixedClock(NOON)
        self.database: Database = opened(url, self.clock)
        self.folder = folder / "audit-archive"
        self.months = 6
        self.keeping = AuditKeeping(self.database, self.clock, ZONE, self.folder, lambda: self.months)
        self.verification = AuditVerification(self.database, Witnesses(bus), self.folder)

    async def fill(self) -> None:
        writer = AuditWriter(self.database, self.verification.witnesses, ZONE)
        record(self.database, *views("m001", 5))
        await writer.write()
        self.clock.advance(timedelta(days=1))
        record(self.database, *views("z01", 3))
        await writer.write()

    async def every(self) -> list[Verdict]:
        return [verdict async for verdict in self.verification.every()]


@pytest.fixture
async def branch(fresh_database: Callable[..., str], nats_server: str, tmp_path: Path) -> AsyncIterator[Branch]:
    bus = Bus(nats_server, "support")
    await bus.connect()
    made = Branch(fresh_database(metadata), bus, tmp_path)
    await made.fill()
    yield made
    await bus.jetstream.delete_key_value("audit")
    made.database.close()
    await bus.close()


@pytest.mark.parametrize(
    ("today", "months", "first"),
    [
        (date(2026, 11, 22), 6, date(2026, 5, 1)),
        (date(2026, 6, 30), 6, date(2025, 12, 1)),
        (date(2026, 1, 1), 12, date(2025, 1, 1)),
    ],
)
def test_full_months_are_kept(today: date, months: int, first: date) -> None:
    assert first_day_kept(today, months) == first


async def test_nothing_leaves_within_six_months(branch: Branch) -> None:
    branch.clock.at = NOON.replace(year=2027, month=5, day=31)
    assert await branch.keeping.archive() == []
    assert count(branch.database, audit_entries) == 8
    branch.months, branch.clock.at = 7, NOON.replace(year=2027, month=6, day=1)
    assert await branch.keeping.archive() == []


async def test_old_days_go_to_files_that_verify(branch: Branch) -> None:
    before = [row._mapping for row in rows(branch.database)]
    branch.clock.at = NOON.replace(year=2027, month=6, day=1)
    assert await branch.keeping.archive() == [TODAY, NEXT]
    assert count(branch.database, audit_entries) == 0
    assert await branch.every() == [Verdict(TODAY, 5, archived=True), Verdict(NEXT, 3, archived=True)]
    path = branch.folder / audit_archive.file_name(TODAY)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        head, *kept = [json.loads(line) for line in lines]
    assert (head["entries"], head["head"]) == (5, before[4]["hash"])
    assert [line["hash"] for line in kept] == [row["hash"] for row in before[:5]]
    assert kept[0]["record_id"] == "r0"
    # What comes afterwards follows the archived days.
    record(branch.database, *views("c01", 2))
    assert rows(branch.database)[0].previous_hash == before[-1]["hash"]
    assert await branch.keeping.archive() == []
    assert [found.intact for found in await branch.every()] == [True, True, True]


async def test_two_that_archive_at_once_keep_one_good_file(branch: Branch) -> None:
    branch.clock.at = NOON.replace(year=2027, month=6, day=1)
    other = AuditKeeping(branch.database, branch.clock, ZONE, branch.folder, lambda: 6)
    left = await asyncio.gather(branch.keeping.archive(), other.archive(), branch.keeping.archive())
    assert {day for days in left for day in days} == {TODAY, NEXT}
    assert await branch.every() == [Verdict(TODAY, 5, archived=True), Verdict(NEXT, 3, archived=True)]
    assert sorted(path.name for path in branch.folder.iterdir()) == [
        audit_archive.file_name(day) for day in (TODAY, NEXT)
    ]


def forged(path: Path, change: Callable[[list[Any]], object]) -> None:
    with gzip.open(path, "rt", encoding="utf-8") as text:
        lines = [json.loads(line) for line in text]
    change(lines)
    with gzip.open(path, "wt", encoding="utf-8") as text:
        text.writelines(json.dumps(line) + "\n" for line in lines)


FORGERIES: dict[str, tuple[Callable[[list[Any]], object], int, Wrong]] = {
    "edited": (lambda lines: lines[3].update(staff_number="z99"), 3, Wrong.EDITED),
    "deleted": (lambda lines: lines.pop(2), 2, Wrong.MISSING),
    "cut off": (lambda lines: lines.pop(), 5, Wrong.TRUNCATED),
    "not as noted": (lambda lines: lines[0].update(entries=4), 1, Wrong.EDITED),
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_a_forged_file_is_found(branch: Branch, forgery: str) -> None:
    change, place, reason = FORGERIES[forgery]
    branch.clock.at = NOON.replace(year=2027, month=6, day=1)
    await branch.keeping.archive()
    forged(branch.folder / audit_archive.file_name(TODAY), change)
    found = (await branch.every())[0]
    assert (found.first_wrong, found.reason, found.archived) == (place, reason, True)


async def test_a_lost_or_broken_file_is_found(branch: Branch) -> None:
    branch.clock.at = NOON.replace(year=2027, month=6, day=1)
    await branch.keeping.archive()
    first, second = (branch.folder / audit_archive.file_name(day) for day in (TODAY, NEXT))
    first.unlink()
    second.write_bytes(second.read_bytes()[:-20])
    assert [(found.first_wrong, found.reason) for found in await branch.every()] == [
        (1, Wrong.TRUNCATED),
        (1, Wrong.TRUNCATED),
    ]


async def test_what_was_tampered_with_is_not_archived(branch: Branch) -> None:
    with branch.database.engine.begin() as connection:
        wrong = (audit_entries.c.day == TODAY) & (audit_entries.c.sequence == 2)
        connection.execute(update(audit_entries).where(wrong).values(ip="1.1.1.1"))
    branch.clock.at = NOON.replace(year=2027, month=6, day=1)
    assert await branch.keeping.archive() == [NEXT]
    assert count(branch.database, audit_entries) == 5
    assert not (branch.folder / audit_archive.file_name(TODAY)).exists()


async def test_files_verify_by_themselves(branch: Branch, capsys: pytest.CaptureFixture[str]) -> None:
    branch.clock.at = NOON.replace(year=2027, month=6, day=1)
    await branch.keeping.archive()
    paths = [str(branch.folder / audit_archive.file_name(day)) for day in (TODAY, NEXT)]
    assert verify_audit.main(["--file", *paths]) == 0
    assert "2 days, 8 entries: all intact" in capsys.readouterr().out
    forged(Path(paths[1]), lambda lines: lines[1].update(ip="1.1.1.1"))
    assert verify_audit.main(["--file", *paths]) == 1
    out = capsys.readouterr().out
    assert "EDITED at entry 1" in out
    assert "1 NOT intact" in out
