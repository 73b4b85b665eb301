"""Verifies days wherever they are kept: in the database or in the archive's files, against what was published of them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from chassis.database import Database
from chassis.identity import service_actor
from support import audit_archive
from support.actions.verify_audit import days_to_verify, has_entries, head_of, joint_before, verify_day, verify_end
from support.domain.audit import DayHead, Verdict, Witness, Wrong
from support.witnesses import Witnesses

_ACTOR = service_actor("support")


@dataclass
class AuditVerification:
    """Asks the database, the archive and the broker; changes nothing."""

    database: Database
    witnesses: Witnesses
    folder: Path

    async def day(self, day: date) -> Verdict:
        """Verify one day."""
        witness = await self.witnesses.of(day)
        head = await self.database.read(_ACTOR, head_of, day)
        verdict = await self._verify(day, head, witness)
        end = await self.database.run(_ACTOR, verify_end)
        return end if verdict.intact and end is not None and end.day == day else verdict

    async def every(self) -> AsyncIterator[Verdict]:
        """Verify every day that anything is known of, oldest first, and the end of the chain."""
        witnesses: Mapping[date, Witness] = await self.witnesses.every()
        for day, head in await self.database.read(_ACTOR, days_to_verify, witnesses):
            yield await self._verify(day, head, witnesses.get(day))
        end = await self.database.run(_ACTOR, verify_end)
        if end is not None:
            yield end

    async def _verify(self, day: date, head: DayHead | None, witness: Witness | None) -> Verdict:
        if head is None or not head.removed:
            return await self.database.run(_ACTOR, verify_day, day, witness)
        if await self.database.read(_ACTOR, has_entries, day):
            return Verdict(day, head.entries, 1, Wrong.EDITED, archived=True)
        before = await self.database.read(_ACTOR, joint_before, day)
        return await asyncio.to_thread(self._verify_file, head, before, witness)

    def _verify_file(self, head: DayHead, before: str, witness: Witness | None) -> Verdict:
        path = self.folder / head.file_name
        verdict = audit_archive.verify(path, head, before, witness)
        if verdict.intact and audit_archive.digest(path) != head.file_hash:
            return replace(verdict, first_wrong=1, reason=Wrong.EDITED)
        return verdict
