"""Background work: days that are older than they must be kept go to files, which are verified before a row is removed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from chassis.clock import Clock, business_day
from chassis.database import Database
from chassis.database import Unit as Work
from chassis.identity import service_actor
from support import audit_archive
from support.actions.archive_audit import days_to_archive, first_day_kept, note_archived, remove_archived, still_there
from support.domain.audit import DayHead, Verdict
from support.storage.audit_entries import entries_of, head_before

log = structlog.get_logger()
_ACTOR = service_actor("support")
LOOK_EVERY = 3600.0


@dataclass
class AuditKeeping:
    """Archives one day after another."""

    database: Database
    clock: Clock
    zone: ZoneInfo
    folder: Path
    months: Callable[[], int]

    async def run(self) -> None:
        """Run for ever; raises when the database is away, and is started again by its caller."""
        while True:
            await self.archive()
            await asyncio.sleep(LOOK_EVERY)

    async def archive(self) -> list[date]:
        """Archive every day that is old enough; answer those that left the database."""
        before = first_day_kept(business_day(self.clock.now(), self.zone), self.months())
        left: list[date] = []
        for head in await self.database.read(_ACTOR, days_to_archive, before):
            verdict = await self.database.run(_ACTOR, self._write, head)
            if verdict is None:
                continue
            if not verdict.intact:
                # A broken chain stays where it can be looked at.
                log.error(
                    "an audit day is not archived: it was tampered with",
                    day=head.day.isoformat(),
                    first_wrong=verdict.first_wrong,
                    reason=verdict.reason,
                )
                continue
            count = await self.database.run(_ACTOR, remove_archived, head.day)
            log.info("audit day archived", day=head.day.isoformat(), entries=count, head=head.head)
            left.append(head.day)
        return left

    def _write(self, work: Work, head: DayHead) -> Verdict | None:
        """Write the file, read it back whole, and note it only when every hash in it adds up. None when it is gone already."""
        # Of several processes one writes; the others wait and find the day gone.
        if not still_there(work, head.day):
            return None
        unfinished = audit_archive.write(self.folder, head, entries_of(work, head.day))
        verdict = audit_archive.verify(unfinished, head, head_before(work, head.day))
        if verdict.intact:
            note_archived(work, head.day, *audit_archive.finish(unfinished))
        else:
            unfinished.unlink()
        return verdict
