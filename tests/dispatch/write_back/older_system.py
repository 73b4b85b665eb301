"""An older system that fails, hangs and loses answers, and outcomes on their way to it."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from dispatch.actions.cancel_task import cancel_task
from dispatch.actions.complete_task import complete_task
from dispatch.actions.start_write_back import start_write_back
from dispatch.messaging.subscribe import read_cancelled, read_completed
from dispatch.storage import tables
from dispatch.write_back.worker import Target, WriteBackWorker
from tests.dispatch.small_branch import DISPATCH, M1, World

SYSTEM = "gnet-crm"


@dataclass
class OlderSystem:
    """A small HTTP server. `mood` says what the next requests meet; `effects` are what took effect, each key once."""

    url: str = ""
    mood: list[str] = field(default_factory=list[str])
    seen: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list[Any])
    effects: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    at_once: int = 0
    most_at_once: int = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                assert line.startswith(b"POST ")
                await self._one(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        headers: dict[str, str] = {}
        while line := (await reader.readline()).decode().strip():
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
        body: dict[str, Any] = json.loads(await reader.readexactly(int(headers["content-length"])))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        mood = self.mood.pop(0) if self.mood else "200"
        self.seen.append((mood, headers, body))
        if mood == "hang":
            await asyncio.sleep(3)
        if mood in ("200", "lose"):
            self.effects.setdefault(headers["idempotency-key"], body)
        self.at_once -= 1
        if mood == "lose":
            writer.close()
            raise ConnectionResetError
        status = mood if mood.isdigit() else "200"
        writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n".encode())
        await writer.drain()


def ended(world: World, number: int = 1, *, cancel: bool = False, systems: tuple[str, ...] = (SYSTEM,)) -> str:
    """Ends a task of the older system and lets the event start its write-back, as the consumer does."""
    task = world.task(source=SYSTEM, external_id=f"G-{number}", item_id="1")
    if cancel:
        world.run(M1, cancel_task, task.id, 1, "客户不在")
    else:
        world.run(M1, complete_task, task.id, 1, "satisfied", '{"channel": "call"}')
    event = max(world.rows(tables.plumbing.outbox), key=lambda row: row.id)
    outcome = (read_cancelled if cancel else read_completed)(bytes(event.payload))
    world.run(DISPATCH, start_write_back, outcome, systems)
    return task.id


def worker(world: World, older: OlderSystem, timeout: float = 1.0) -> WriteBackWorker:
    return WriteBackWorker(world.database, Target(SYSTEM, older.url, "sesame"), timeout)


async def work(world: World, older: OlderSystem, rounds: int = 1, patience: float = 1.0, hours: float = 0.1) -> None:
    sender = worker(world, older, patience)
    async with sender.client() as client:
        for _ in range(rounds):
            await sender.work(client)
            world.clock.advance(timedelta(hours=hours))


def states(world: World) -> list[tuple[str, int, str | None]]:
    return [
        (row.state, row.attempts, row.last_error) for row in sorted(world.rows(tables.write_backs), key=lambda r: r.id)
    ]
