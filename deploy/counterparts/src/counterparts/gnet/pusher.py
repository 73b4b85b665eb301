"""Hands orders to the branch until each is acknowledged or refused; pushing one twice is harmless and happens."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import httpx

from counterparts.gnet.ledger import Ledger
from counterparts.gnet.orders import next_order
from counterparts.gnet.settings import Settings

_PATH: Final = "/tmf-api/workOrderManagement/v4/workOrder"
_BATCH: Final = 50
# The branch said no for good. Everything else is tried again: it may be starting, busy or cut off, also from its own
# access rules (403).
_REFUSALS: Final = frozenset({400, 404, 405, 409, 413, 415, 422})
_UNAUTHORIZED: Final = 401
_LONGEST_PAUSE: Final = 20.0


class NoTokenError(Exception):
    """The identity provider gives us no token now."""


@dataclass
class Pusher:
    """Works off the waiting orders, a few at a time, and makes a new one every few minutes."""

    settings: Settings
    ledger: Ledger
    http: httpx.AsyncClient
    now: Callable[[], datetime]
    concurrency: int = 4
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    _token: str = ""
    _token_until: float = 0.0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self) -> None:
        """Push for ever; pauses grow while the branch does not answer."""
        pause = 0.5
        while True:
            waiting = await asyncio.to_thread(self.ledger.waiting, _BATCH)
            if not waiting:
                await self._until_woken(30.0)
                pause = 0.5
                continue
            if await self._push_all(waiting):
                pause = 0.5
            else:
                await self._until_woken(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def make_orders(self) -> None:
        """Make an order every few minutes, once the demo has begun."""
        while self.settings.minutes_between_orders > 0:
            await asyncio.sleep(self.settings.minutes_between_orders * 60)
            if self.ledger.mark("begun"):
                number = int(self.ledger.mark("last_number") or self.settings.first_orders) + 1
                order = next_order(number, customers=self.settings.customers, now=self.now())
                self.ledger.add_orders([order], at=self.now().isoformat())
                self.ledger.set_mark("last_number", str(number))
                self.woken.set()

    async def _until_woken(self, seconds: float) -> None:
        self.woken.clear()
        try:
            await asyncio.wait_for(self.woken.wait(), seconds)
        except TimeoutError:
            return

    async def _push_all(self, waiting: list[tuple[str, dict[str, Any]]]) -> bool:
        """Push a batch; tells whether at least one got an answer."""
        gate = asyncio.Semaphore(self.concurrency)

        async def one(external_id: str, document: dict[str, Any]) -> bool:
            async with gate:
                return await self._push(external_id, document)

        return any(await asyncio.gather(*(one(external_id, document) for external_id, document in waiting)))

    async def _push(self, external_id: str, document: dict[str, Any]) -> bool:
        try:
            answer = await self.http.post(
                self.settings.gateway_url + _PATH,
                json=document,
                headers={"authorization": f"Bearer {await self._bearer()}"},
            )
        except (httpx.HTTPError, NoTokenError, OSError) as error:
            await asyncio.to_thread(self.ledger.not_answered, external_id, f"{type(error).__name__}: {error}"[:300])
            return False
        if answer.is_success:
            await asyncio.to_thread(self.ledger.acknowledged, external_id, answer.json())
            return True
        error = f"HTTP {answer.status_code} {answer.text[:300]}"
        if answer.status_code in _REFUSALS:
            await asyncio.to_thread(self.ledger.refused, external_id, error)
            return True
        if answer.status_code == _UNAUTHORIZED:
            self._token = ""
        await asyncio.to_thread(self.ledger.not_answered, external_id, error)
        return False

    async def _bearer(self) -> str:
        """Answer a token that is good for a while; a batch asks for it once."""
        async with self._lock:
            if self._token and time.monotonic() < self._token_until:
                return self._token
            answer = await self.http.post(
                self.settings.token_url,
                data={
                    "grant_type": "client_credentials",
                    "client_id": self.settings.client_id,
                    "client_secret": self.settings.client_secret,
                },
            )
            if not answer.is_success:
                raise NoTokenError(f"HTTP {answer.status_code}")
            body = answer.json()
            self._token = str(body["access_token"])
            self._token_until = time.monotonic() + max(float(body.get("expires_in", 60)) - 30, 5)
            return self._token
