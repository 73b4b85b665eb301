"""Takes outcomes to the older systems over HTTP: one queue a system, so that a slow one holds up nobody else.

At least once: the id of the write-back is the `Idempotency-Key`, so the other side can tell a repetition. A lease keeps
two processes from sending the same one at the same time; it is longer than any try can take.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import httpx
import structlog
from opentelemetry.trace import SpanKind

from chassis.database import Database
from chassis.identity import service_actor
from chassis.telemetry import counter, parent, span, traceparent
from chassis.tls import trusted
from dispatch.actions.claim_write_backs import claim_write_backs, write_backs_due
from dispatch.actions.settle_write_back import settle_write_back
from dispatch.domain.words import WriteBackState
from dispatch.domain.write_back import GIVE_UP_AFTER, WriteBack
from dispatch.storage.write_backs import LEASE

log = structlog.get_logger()
_tried = counter("crm.write_back.tried", "write-backs sent to an older system")
TIMEOUT = 5.0
AT_ONCE = 8
LOOK_AGAIN = 0.5
REFUSED_FROM = 300


@dataclass(frozen=True)
class Target:
    """An older system: its name, where outcomes go, and the key it wants to see."""

    system: str
    url: str
    key: str = ""
    # How long a write-back is tried before it is left to an operator.
    give_up_after: timedelta = GIVE_UP_AFTER


def workers(database: Database, targets: list[Target], timeout: float = TIMEOUT) -> list[Callable[[], Awaitable[None]]]:
    """Answers one piece of background work for each system."""
    return [WriteBackWorker(database, target, timeout).run for target in targets]


@dataclass
class WriteBackWorker:
    """Empties the queue of one system."""

    database: Database
    target: Target
    timeout: float = TIMEOUT

    async def run(self) -> None:
        """Runs for ever; started again by its caller when the database is away."""
        async with self.client() as client:
            while True:
                if await self.work(client) < AT_ONCE:
                    await asyncio.sleep(LOOK_AGAIN)

    def client(self) -> httpx.AsyncClient:
        """Opens the connections to the system; redirects are not followed, they would carry the key elsewhere."""
        headers = {"Authorization": f"Bearer {self.target.key}"} if self.target.key else {}
        return httpx.AsyncClient(
            timeout=self.timeout, headers=headers, follow_redirects=False, trust_env=False, verify=trusted()
        )

    async def work(self, client: httpx.AsyncClient) -> int:
        """Sends what is due now; answers how many were."""
        actor = service_actor("dispatch")
        due = await self.database.read(actor, write_backs_due, self.target.system, AT_ONCE)
        claimed = await self.database.run(actor, claim_write_backs, due, LEASE) if due else []
        await asyncio.gather(*(self._take(client, write_back) for write_back in claimed))
        return len(due)

    async def _take(self, client: httpx.AsyncClient, write_back: WriteBack) -> None:
        carrier = {"traceparent": write_back.traceparent} if write_back.traceparent else {}
        with span(f"write back {self.target.system}", SpanKind.CLIENT, parent(carrier)):
            error = await self._send(client, write_back)
            _tried.add(1, {"system": self.target.system, "error": error})
            state = await self.database.run(
                service_actor("dispatch"),
                settle_write_back,
                write_back.id,
                write_back.lease or "",
                error,
                self.target.give_up_after,
            )
        # What waits for an operator from now on is to be found among the warnings.
        say = log.warning if state == WriteBackState.FAILED else log.info
        say(
            "write-back", system=self.target.system, id=write_back.id, task=write_back.task_id, state=state, error=error
        )

    async def _send(self, client: httpx.AsyncClient, write_back: WriteBack) -> str:
        headers = {"Idempotency-Key": write_back.id, "Content-Type": "application/json"}
        if found := traceparent():
            headers["traceparent"] = found
        try:
            # httpx counts its limit anew for every piece it reads; this one is for the whole try.
            async with asyncio.timeout(self.timeout):
                answer = await client.post(self.target.url, content=write_back.body_json.encode(), headers=headers)
        except (TimeoutError, httpx.TimeoutException):
            return "TIMEOUT"
        except httpx.HTTPError:
            return "CONNECTION"
        return "" if answer.status_code < REFUSED_FROM else f"HTTP_{answer.status_code}"
