"""Messages about alerts on their way: each once by every way, tried until it leaves or nobody needs it any more."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import structlog

from telemetry.background.keeping import Keeper
from telemetry.domain.alerts import Alert
from telemetry.domain.notices import Notice

log = structlog.get_logger()
LOOK_AGAIN = 1.0


class Way(Protocol):
    """A way by which messages leave."""

    async def send(self, notice: Notice) -> None:
        """Sends a message; raises when it did not leave."""
        ...


@dataclass
class Post:
    """Knows what is to be sent."""

    ways: Mapping[str, Way]
    keeper: Keeper
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    _waiting: dict[str, Notice] = field(default_factory=dict[str, Notice])

    def tell(self, alert: Alert, now: datetime) -> None:
        """Takes an alert that began or ended."""
        for channel in self.ways:
            self._note(Notice(self.new_id(), channel, alert, now))

    def resume(self, notices: list[Notice]) -> None:
        """Takes over what the process before this one did not send."""
        for notice in notices:
            if notice.channel in self.ways:
                self._waiting.setdefault(notice.id, notice)

    async def run(self) -> None:
        """Runs for ever."""
        while True:
            await self.send_due()
            await asyncio.sleep(LOOK_AGAIN)

    async def send_due(self) -> None:
        """Sends what is due, in the order of the events."""
        now = self.now()
        for notice in sorted(self._waiting.values(), key=lambda notice: notice.id):
            if notice.hopeless(now):
                del self._waiting[notice.id]
                self.keeper.keep_notice(notice.sent(now))
            elif notice.due_at <= now:
                await self._send(notice)

    async def _send(self, notice: Notice) -> None:
        try:
            await self.ways[notice.channel].send(notice)
        except Exception as error:
            log.warning("a message about an alert did not leave", channel=notice.channel, error=repr(error))
            self._note(notice.failed(self.now()))
            return
        del self._waiting[notice.id]
        self.keeper.keep_notice(notice.sent(self.now()))
        log.info("message about an alert sent", channel=notice.channel, moment=notice.moment, rule=notice.alert.rule)

    def _note(self, notice: Notice) -> None:
        self._waiting[notice.id] = notice
        self.keeper.keep_notice(notice)
