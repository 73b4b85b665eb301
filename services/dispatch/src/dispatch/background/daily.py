"""Generates at start-up and every day at ten past midnight, branch time; a run continues from the last one."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog

from chassis.clock import Clock
from chassis.database import Database
from chassis.identity import service_actor
from dispatch.actions.generate_tasks import Branch, generate_tasks
from dispatch.domain.rules import RULE_NAMES

log = structlog.get_logger()
AT = time(0, 10)
# A machine that slept, or a clock that was set, is noticed within this time.
LOOK_AGAIN = 60.0


@dataclass
class DailyGeneration:
    """Runs the generator once a day."""

    database: Database
    clock: Clock
    branch: Callable[[], Branch]

    async def run(self) -> None:
        """Runs for ever."""
        next_run = self.clock.now()
        while True:
            if self.clock.now() >= next_run:
                await self.generate()
                next_run = next_run_after(self.clock.now(), self.branch().zone)
            rest = (next_run - self.clock.now()).total_seconds()
            await asyncio.sleep(max(0.0, min(rest, LOOK_AGAIN)))

    async def generate(self) -> dict[str, int]:
        """Generates what is missing up to today; answers new tasks by rule."""
        branch = self.branch()
        created = {
            name: await self.database.run(service_actor("dispatch"), generate_tasks, name, None, branch)
            for name in RULE_NAMES
        }
        log.info("tasks generated", **created)
        return created


def next_run_after(now: datetime, zone: ZoneInfo) -> datetime:
    """Answers the next ten past midnight of the branch."""
    local = now.astimezone(zone)
    today = datetime.combine(local.date(), AT, zone)
    return today if local < today else datetime.combine(local.date() + timedelta(days=1), AT, zone)
