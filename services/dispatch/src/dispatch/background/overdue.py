"""Looks for tasks that passed their due time, and says so once."""

import asyncio
from dataclasses import dataclass

from chassis.database import Database
from chassis.identity import service_actor
from dispatch.actions.say_overdue import say_overdue

BATCH = 200


@dataclass
class OverdueWatch:
    """Looks every few seconds."""

    database: Database
    seconds: float

    async def run(self) -> None:
        """Runs for ever."""
        while True:
            said = await self.database.run(service_actor("dispatch"), say_overdue, BATCH)
            if said < BATCH:
                await asyncio.sleep(self.seconds)
