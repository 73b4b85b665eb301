"""Background work: what was recorded gets its place in the chain, and the chain's end is published."""

import asyncio
from dataclasses import dataclass
from time import monotonic
from zoneinfo import ZoneInfo

import structlog

from chassis.database import Database
from chassis.identity import service_actor
from support.actions.audit import is_as_published
from support.actions.chain_audit import BATCH, chain_audit
from support.domain.audit import Witness
from support.witnesses import Witnesses

log = structlog.get_logger()
_ACTOR = service_actor("support")
# Published at most so often; the hash of any later entry covers those before it.
PUBLISH_EVERY = 5.0


@dataclass
class AuditWriter:
    """Chains what waits. Several processes may run it: the end of the chain is locked by one at a time."""

    database: Database
    witnesses: Witnesses
    zone: ZoneInfo
    every: float = 1.0
    _published: Witness | None = None
    _published_at: float = 0.0

    async def run(self) -> None:
        """Run for ever; raises when database or broker is away, and is started again by its caller."""
        self._published = await self.witnesses.last()
        while True:
            await self.write()
            await asyncio.sleep(self.every)

    async def write(self) -> int:
        """Chain everything that waits now, publish where the chain ends, and answer how many entries that were."""
        written = 0
        while True:
            count, witness = await self.database.run(_ACTOR, chain_audit, self.zone)
            written += count
            if witness is not None:
                await self._publish(witness)
            if count < BATCH:
                return written

    async def _publish(self, witness: Witness) -> None:
        before = self._published
        if before == witness:
            return
        new_day = before is None or before.day != witness.day
        if not new_day and monotonic() - self._published_at < PUBLISH_EVERY:
            return
        if before is not None and not await self._still_there(before, witness):
            # Never published over: it is the proof.
            log.error(
                "the audit was tampered with: what was published of it is gone",
                day=before.day.isoformat(),
                sequence=before.sequence,
                head=before.head,
            )
            self._published_at = monotonic()
            return
        if before is not None and new_day:
            log.info("audit day closed", day=before.day.isoformat(), entries=before.sequence, head=before.head)
        await self.witnesses.publish(witness)
        self._published, self._published_at = witness, monotonic()

    async def _still_there(self, before: Witness, witness: Witness) -> bool:
        if witness.day < before.day or (witness.day == before.day and witness.sequence < before.sequence):
            return False
        return await self.database.read(_ACTOR, is_as_published, before)
