"""Looks owners up again that could not be looked up when their tasks came in."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from chassis.database import Database
from chassis.identity import service_actor
from dispatch.actions.place_tasks import owed_lookups, place_tasks
from dispatch.domain.intake import ItemInput
from dispatch.domain.task import Placement
from dispatch.domain.words import LOOKUP_UNAVAILABLE

BATCH = 100
Find = Callable[[Sequence[ItemInput]], Awaitable[list[Placement]]]


@dataclass
class LatePlacing:
    """Looks every few seconds."""

    database: Database
    find: Find
    seconds: float = 3.0

    async def run(self) -> None:
        """Runs for ever."""
        while True:
            if await self.place() < BATCH:
                await asyncio.sleep(self.seconds)

    async def place(self) -> int:
        """Places what can be placed now; answers how many answers came."""
        actor = service_actor("dispatch")
        owed = await self.database.read(actor, owed_lookups, BATCH)
        if not owed:
            return 0
        found = dict(zip(owed, await self.find(list(owed.values())), strict=True))
        answered = {task_id: place for task_id, place in found.items() if place.reason != LOOKUP_UNAVAILABLE}
        if answered:
            await self.database.run(actor, place_tasks, answered)
        return len(answered)
