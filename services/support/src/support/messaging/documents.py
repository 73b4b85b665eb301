"""Publishes the settings: what waits goes out, and what the bucket lacks or has wrong is put right.

A change marks its documents in its own transaction, so a process that dies between the commit and the publication
loses nothing: the next one finds the mark. The mark is taken back for the published version only.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

import structlog
from crm.support.v1 import support_pb2 as pb

from chassis.clock import Clock, business_day
from chassis.database import Database
from chassis.documents import Documents
from chassis.identity import service_actor
from support import packing, parameters_document, rules_document
from support.actions.settings import Settings, anything_waits, prepare, read_settings, settle, turn_day
from support.storage import unit_days
from support.storage.calendar import key_of
from support.storage.documents import GRANTS, PAIRS, PERSON, UNITS
from support.storage.extra_fields import DOCUMENT as EXTRA_FIELDS
from support.storage.parameters import PREFIX

log = structlog.get_logger()
_ACTOR = service_actor("support")
# Acknowledged one by one, a thousand people would take seconds; so many may be on the way at once.
_AT_ONCE = 32


def encode_all(settings: Settings, today: date) -> dict[str, bytes]:
    """Answer every document by its key as it is on a day; equal settings give equal bytes."""
    found: dict[str, bytes] = {
        GRANTS: rules_document.document(settings.roles, settings.versions.get(GRANTS, 0)).SerializeToString(
            deterministic=True
        ),
        UNITS: pb.UnitsDocument(
            version=settings.versions.get(UNITS, 0), units=[packing.unit(unit) for unit in settings.units]
        ).SerializeToString(deterministic=True),
        PAIRS: packing.pairs(settings.pairs, settings.versions.get(PAIRS, 0)).SerializeToString(deterministic=True),
    }
    for number, year in settings.years.items():
        found[key_of(number)] = packing.year(year).SerializeToString(deterministic=True)
    for view in settings.people:
        found[PERSON + view.person.staff_number] = packing.published_person(view).SerializeToString(deterministic=True)
    return found | _set_by_hand(settings, today)


def _set_by_hand(settings: Settings, today: date) -> dict[str, bytes]:
    """Answer the documents that are there once somebody has set something, and stay when it is taken back."""
    found: dict[str, bytes] = {}
    for key, version in settings.versions.items():
        own = unit_days.read_key(key)
        if own is not None:
            days = settings.own_days.get(own, [])
            found[key] = packing.own_days(own[0], days, version).SerializeToString(deterministic=True)
        elif key.startswith(PREFIX):
            name = key.removeprefix(PREFIX)
            values = settings.parameters.get(name, ())
            document = parameters_document.document(name, values, version, today)
            found[key] = document.SerializeToString(deterministic=True)
        elif key == EXTRA_FIELDS:
            fields = parameters_document.extra_fields(settings.extra_fields, version)
            found[key] = fields.SerializeToString(deterministic=True)
    return found


@dataclass
class Publisher:
    """Background work: every moment what waits, every few seconds a look whether the bucket is right."""

    database: Database
    documents: Documents
    clock: Clock
    zone: ZoneInfo
    publish_seconds: float = 1.0
    repair_seconds: float = 10.0
    _publishing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self) -> None:
        """Run for ever; raises when broker or database is away, and is started again by its caller."""
        looks_until_repair = max(1, round(self.repair_seconds / self.publish_seconds))
        prepared_on: date | None = None
        while True:
            today = self._today()
            if today != prepared_on:
                # Once a day: on New Year's Day the calendar grows by a year.
                await self.database.run(_ACTOR, prepare, today)
                await self.database.run(_ACTOR, turn_day, today)
                prepared_on = today
            await self.repair()
            for _ in range(looks_until_repair):
                await self.publish_waiting()
                await asyncio.sleep(self.publish_seconds)

    def _today(self) -> date:
        return business_day(self.clock.now(), self.zone)

    async def publish_waiting(self) -> int:
        """Publish what was changed and answer how many documents. One at a time: an older answer never follows a newer."""
        async with self._publishing:
            return await self._publish_waiting()

    async def _publish_waiting(self) -> int:
        if not await self.database.read(_ACTOR, anything_waits):
            return 0
        today = self._today()
        settings = await self.database.read(_ACTOR, read_settings, today, waiting_people_only=True)
        contents = encode_all(settings, today)
        await self._put(settings.waiting, contents)
        await self.database.run(_ACTOR, settle, settings.waiting)
        return len(settings.waiting)

    async def repair(self) -> int:
        """Publish every document that the bucket has not, or not like this; answer how many."""
        async with self._publishing:
            return await self._repair()

    async def _repair(self) -> int:
        today = self._today()
        settings = await self.database.read(_ACTOR, read_settings, today)
        contents = encode_all(settings, today)
        # Memory follows the bucket but does not forget with it: one look past it tells of a store that was lost.
        lost = await self.documents.stored(GRANTS) != contents[GRANTS]
        wrong = [key for key, data in contents.items() if lost or self.documents.get(key) != data]
        if lost:
            wrong = [key for key in wrong if await self.documents.stored(key) != contents[key]]
        await self._put(wrong, contents)
        if wrong:
            log.info("settings published", documents=len(wrong), bucket_was_wrong=lost)
        await self.database.run(_ACTOR, settle, {key: settings.versions[key] for key in settings.waiting})
        return len(wrong)

    async def _put(self, keys: Iterable[str], contents: dict[str, bytes]) -> None:
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(key: str) -> None:
            async with gate:
                await self.documents.put(key, contents[key])

        await asyncio.gather(*(one(key) for key in keys if key in contents))
