"""Background work: reads failed sign-ins from Keycloak's stored events. What was read twice is recorded once."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from chassis.database import Database
from chassis.identity import service_actor
from chassis.tls import trusted
from support.actions.failed_sign_ins import Failure, known_until, record_failures

_ACTOR = service_actor("support")
_PAGE = 200
# An event is stored a moment after its time; a second look that far back finds it.
_OVERLAP = timedelta(minutes=2)


@dataclass
class FailedSignIns:
    """Asks the realm at `url` (…/auth/admin/realms/crm) with a token that may view events."""

    database: Database
    url: str
    token: Callable[[], Awaitable[str]]
    every: float = 15.0
    verify: ssl.SSLContext | None = None

    async def run(self) -> None:
        """Run for ever; raises when Keycloak or the database is away, and is started again by its caller."""
        while True:
            await self.read()
            await asyncio.sleep(self.every)

    async def read(self) -> int:
        """Read what is new and answer how much that was."""
        since = await self.database.read(_ACTOR, known_until)
        found: dict[str, Failure] = {}
        first = 0
        async with httpx.AsyncClient(timeout=15, verify=self.verify or trusted()) as client:
            # Newest first: what comes in meanwhile pushes others to the next page, where they are met again.
            while page := await self._page(client, since, first):
                found |= {failure.id: failure for failure in _failures(page)}
                first += len(page)
                if len(page) < _PAGE:
                    break
        failures = sorted(found.values(), key=lambda failure: failure.at)
        new = 0
        for start in range(0, len(failures), _PAGE):
            new += await self.database.run(_ACTOR, record_failures, failures[start : start + _PAGE])
        return new

    async def _page(self, client: httpx.AsyncClient, since: datetime | None, first: int) -> list[dict[str, Any]]:
        wanted = {"type": "LOGIN_ERROR", "first": str(first), "max": str(_PAGE)}
        if since is not None:
            wanted["dateFrom"] = str(int((since - _OVERLAP).timestamp() * 1000))
        headers = {"authorization": f"Bearer {await self.token()}"}
        answer = await client.get(f"{self.url}/events", params=wanted, headers=headers)
        answer.raise_for_status()
        return answer.json()


def _failures(page: list[dict[str, Any]]) -> Iterator[Failure]:
    for event in page:
        details: dict[str, Any] = event.get("details") or {}
        typed = str(details.get("username") or "")
        if not typed:
            continue  # a form that was left open too long; nobody tried anything
        at = datetime.fromtimestamp(event["time"] / 1000, UTC)
        its_id = str(event.get("id") or f"{event['time']}-{event.get('sessionId')}-{typed}")
        yield Failure(its_id[:64], typed, str(event.get("ipAddress") or ""), str(event.get("error") or ""), at)
