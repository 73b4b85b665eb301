"""Events leave in the transaction of their cause (outbox) and are sent by somebody else (relay).

The event id is the `Nats-Msg-Id`; sending twice is possible after a crash and harmless: the inbox of the consumer decides.
"""

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog
from sqlalchemy import delete, false, insert, or_, select, true, update

from chassis.clock import Clock
from chassis.database import Database
from chassis.ids import new_id
from chassis.leases import run_out
from chassis.plumbing import Plumbing
from chassis.telemetry import counter

log = structlog.get_logger()
_sent = counter("crm.outbox.sent", "events handed to the broker")
_lost = counter("crm.broker.store_lost", "times the broker came back without what it had stored")
KEEP = timedelta(days=7)
BATCH = 200
GATHER = 0.02
LEASE = timedelta(seconds=10)
# Well within the lease; a lost store is noticed at the latest when sending fails, which starts the relay again.
LOOK_AGAIN = timedelta(seconds=1)


class Sender(Protocol):
    """What the relay sends through."""

    async def send(
        self, *, event_id: str, subject: str, kind: str, entity_id: str, at: datetime, payload: bytes, traceparent: str
    ) -> None:
        """Publishes one event and returns once the broker has stored it."""
        ...

    async def stream_created(self) -> str:
        """Answers when the broker's stream for this service was made."""
        ...


@dataclass
class Relay:
    """Sends what waits in the outbox, oldest first, and forgets what was sent a week ago."""

    database: Database
    plumbing: Plumbing
    sender: Sender
    clock: Clock
    _me: str = ""
    _look_at: datetime | None = None

    async def run(self) -> None:
        """Runs for ever; raises when the broker or the database is away, and is started again by its caller."""
        self._me = self._me or new_id()
        self._look_at = None
        tidy_at = self.clock.now()
        while True:
            if not await self._may_send():
                await asyncio.sleep(2)
                continue
            sent = await self._send_waiting()
            if sent < BATCH:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.database.recorded.wait(), timeout=1)
                    # What is recorded meanwhile goes along: under load one round for many events instead of one for each.
                    await asyncio.sleep(GATHER)
                self.database.recorded.clear()
            if self.clock.now() >= tidy_at:
                await asyncio.to_thread(self._forget)
                tidy_at = self.clock.now() + timedelta(hours=1)

    async def _may_send(self) -> bool:
        """Takes or renews the lease, and looks whether the broker still has our stream; both last for a while."""
        now = self.clock.now()
        if self._look_at is not None and self._look_at - LOOK_AGAIN <= now < self._look_at:
            return True
        self._look_at = None
        if not await asyncio.to_thread(self._hold):
            return False
        await self._resend_after_loss()
        self._look_at = now + LOOK_AGAIN
        return True

    async def _send_waiting(self) -> int:
        rows = await asyncio.to_thread(self._waiting)
        if not rows:
            return 0
        results = await asyncio.gather(*(self._send(row) for row in rows), return_exceptions=True)
        sent = [row.id for row, result in zip(rows, results, strict=True) if not isinstance(result, BaseException)]
        if sent:
            await asyncio.to_thread(self._mark, sent)
            _sent.add(len(sent))
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return len(sent)

    async def _send(self, row: Any) -> None:
        await self.sender.send(
            event_id=row.id,
            subject=row.subject,
            kind=row.type,
            entity_id=row.entity_id or "",
            at=row.recorded_at,
            payload=bytes(row.payload),
            traceparent=row.traceparent or "",
        )

    async def _resend_after_loss(self) -> None:
        created = await self.sender.stream_created()
        count = await asyncio.to_thread(self._note_stream, created)
        if count is not None:
            _lost.add(1)
            log.warning("the broker lost its store; events of the last seven days are sent again", events=count)

    def _hold(self) -> bool:
        """Takes or renews the lease, so that of several processes one sends."""
        table, now = self.plumbing.relay, self.clock.now()
        with self.database.engine.begin() as connection:
            taken = connection.execute(
                update(table)
                .where(
                    table.c.id == 1,
                    or_(table.c.holder == self._me, table.c.holder.is_(None), run_out(table.c.held_until, now, LEASE)),
                )
                .values(holder=self._me, held_until=now + LEASE)
            )
            if taken.rowcount == 1:
                return True
            if connection.execute(select(table.c.id)).first() is None:
                connection.execute(insert(table).values(id=1, holder=self._me, held_until=now + LEASE))
                return True
        return False

    def _waiting(self) -> list[Any]:
        table = self.plumbing.outbox
        with self.database.engine.connect() as connection:
            return list(
                connection.execute(select(table).where(table.c.waiting == true()).order_by(table.c.id).limit(BATCH))
            )

    def _mark(self, ids: list[str]) -> None:
        table = self.plumbing.outbox
        with self.database.engine.begin() as connection:
            connection.execute(update(table).where(table.c.id.in_(ids)).values(waiting=False, sent_at=self.clock.now()))

    def _note_stream(self, created: str) -> int | None:
        """Notes which stream is there; answers how many events go again where it is another one, None where it is not."""
        relay, outbox = self.plumbing.relay, self.plumbing.outbox
        with self.database.engine.begin() as connection:
            known = connection.execute(select(relay.c.stream_created).where(relay.c.id == 1)).scalar()
            if known == created:
                return None
            connection.execute(update(relay).where(relay.c.id == 1).values(stream_created=created))
            if known is None:
                return None
            again = connection.execute(
                update(outbox)
                .where(
                    outbox.c.waiting == false(),
                    outbox.c.sent_at.is_not(None),
                    outbox.c.recorded_at > self.clock.now() - KEEP,
                )
                .values(waiting=True)
            )
            return again.rowcount

    def _forget(self) -> None:
        before = self.clock.now() - KEEP
        outbox, inbox, requests = self.plumbing.outbox, self.plumbing.inbox, self.plumbing.requests
        letters = self.plumbing.dead_letters
        with self.database.engine.begin() as connection:
            # What was never sent is not forgotten: a look at a record waits to be released (views.py).
            sent = (outbox.c.waiting == false(), outbox.c.sent_at.is_not(None), outbox.c.recorded_at < before)
            connection.execute(delete(outbox).where(*sent))
            # The inbox outlives the outbox: an event re-sent on its last day must still be known.
            connection.execute(delete(inbox).where(inbox.c.received_at < before - KEEP))
            connection.execute(delete(requests).where(requests.c.answered_at < before - KEEP))
            # Who settled a letter, when and why stays in the history; what stood in it goes.
            connection.execute(delete(letters).where(letters.c.settled_at < before - KEEP))
