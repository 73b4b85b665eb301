"""Looks at the board every few seconds: what begins or ends is kept and told."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from chassis.database import Database
from telemetry.actions.look_back import look_back
from telemetry.background.keeping import ACTOR, Keeper
from telemetry.domain.alerts import Watch
from telemetry.domain.clock_set import ClockWatch
from telemetry.domain.parts import Board
from telemetry.receiving.spans import Spans
from telemetry.sending.post import Post

log = structlog.get_logger()
EVERY = 5.0


@dataclass
class Watching:
    """The one who looks."""

    board: Board
    watch: Watch
    keeper: Keeper
    post: Post
    spans: Spans
    database: Database
    now: Callable[[], datetime]
    clock: ClockWatch
    _resumed: bool = False

    async def run(self) -> None:
        """Runs for ever."""
        while True:
            if not self._resumed:
                await self._resume()
            self.look()
            await asyncio.sleep(EVERY)

    def look(self) -> None:
        """Looks once."""
        now = self.now()
        self.clock.look(now)
        self.spans.decide()
        self.board.tick(now)
        for alert in self.watch.step(self.board, now):
            over = alert.ended_at is not None
            log.warning("alert ended" if over else "alert", rule=alert.rule, part=alert.part, detail=alert.detail)
            self.keeper.keep_alert(alert)
            self.post.tell(alert, now)

    async def _resume(self) -> None:
        """Takes over from the process before this one; without the database it begins anew, and asks again."""
        try:
            past = await self.database.run(ACTOR, look_back)
        except Exception as error:
            log.warning("what was before cannot be read yet", error=type(error).__name__)
            return
        if past.minutes:
            self.clock.last_known(max(at for at, _, _ in past.minutes), self.now())
        for at, part, minute in past.minutes:
            for (method, code), latency in minute.calls.items():
                self.board.count(part, at, method, code, latency)
            self.keeper.known(at, part)
        for alert in self.watch.resume(past.alerts, self.now()):
            self.keeper.keep_alert(alert)
        self.post.resume(past.notices)
        self._resumed = True
