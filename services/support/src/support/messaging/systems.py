"""What is announced of older systems, and the upkeep of what people stored for them."""

import asyncio
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import structlog
from crm.common.v1 import person_pb2
from crm.support.v1 import systems_events_pb2 as pb

from chassis.clock import Clock, business_day
from chassis.database import Database, Outgoing
from chassis.identity import service_actor
from support.actions.store_credential import forget_people_who_left, seal_anew
from support.domain.system_events import SystemOpened
from support.messaging.publish import PACKERS
from support.sealing import Keys

log = structlog.get_logger()
OPENED = "crm.support.system.opened.v1"
_ACTOR = service_actor("support")
_KINDS = {
    "person": person_pb2.Actor.KIND_PERSON,
    "system": person_pb2.Actor.KIND_SYSTEM,
    "service": person_pb2.Actor.KIND_SERVICE,
}


def pack_opened(event: SystemOpened) -> Outgoing:
    """Answer the event as it leaves."""
    message = pb.SystemOpened(
        actor=person_pb2.Actor(
            kind=_KINDS[event.actor_kind], id=event.actor_id, name=event.actor_name, ip=event.actor_ip
        ),
        code=event.code,
        outcome=str(event.outcome),
    )
    message.at.FromDatetime(event.at)
    return Outgoing(OPENED, message.SerializeToString(), OPENED, event.actor_id)


PACKERS[SystemOpened] = pack_opened


@dataclass
class Upkeep:
    """Background work: credentials of people who left are deleted, those under an old key are sealed anew."""

    database: Database
    keys: Keys
    clock: Clock
    zone: ZoneInfo
    seconds: float = 30.0

    async def run(self) -> None:
        """Run for ever; raises when the database is away, and is started again by its caller."""
        while True:
            while await self.database.run(_ACTOR, seal_anew, self.keys):
                log.info("credentials sealed with the present key", key=self.keys.current)
            await self.once()
            await asyncio.sleep(self.seconds)

    async def once(self) -> int:
        """Forget people who left; answer how many credentials that were."""
        today = business_day(self.clock.now(), self.zone)
        forgotten = await self.database.run(_ACTOR, forget_people_who_left, today)
        if forgotten:
            log.info("credentials of people who left forgotten", count=forgotten)
        return forgotten
