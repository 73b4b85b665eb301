"""One gateway follows another on the same port: nobody who asks meanwhile is turned away."""

import asyncio
import socket
from typing import Any

import httpx
import pytest
import uvicorn

from gateway import handover
from gateway.edge import Receive, Scope, Send

pytestmark = pytest.mark.slow


def door(name: bytes) -> handover.Door:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        # A moment of work, so that some are under way whenever the other one leaves.
        await asyncio.sleep(0.002)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"3")]})
        await send({"type": "http.response.body", "body": name})

    return answer


def listening(port: int = 0) -> socket.socket:
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    found.bind(("127.0.0.1", port))
    return found


async def serving(name: bytes, sock: socket.socket, linger: float) -> tuple[handover.Server, "asyncio.Task[None]"]:
    farewell = handover.Farewell(door(name))
    app: Any = farewell
    config = uvicorn.Config(app, loop="none", http="httptools", ws="none", lifespan="off", log_config=None)
    server = handover.Server(config, farewell, linger)
    task = asyncio.create_task(server.serve(sockets=[sock]))
    while not server.started:  # noqa: ASYNC110 - uvicorn tells nobody
        await asyncio.sleep(0.01)
    return server, task


async def ask(base: str, heard: list[str], failed: list[str], stop: asyncio.Event) -> None:
    async with httpx.AsyncClient(base_url=base) as client:
        while not stop.is_set():
            try:
                heard.append((await client.get("/")).text)
            except httpx.HTTPError as error:
                failed.append(repr(error))
            await asyncio.sleep(0.005)


async def handed_over(linger: float) -> tuple[list[str], list[str]]:
    first = listening()
    port = int(first.getsockname()[1])
    old, old_task = await serving(b"old", first, linger)
    heard, failed, stop = list[str](), list[str](), asyncio.Event()
    people = [asyncio.create_task(ask(f"http://127.0.0.1:{port}", heard, failed, stop)) for _ in range(20)]
    await asyncio.sleep(0.3)
    new, new_task = await serving(b"new", listening(port), linger)
    old.should_exit = True
    await asyncio.wait_for(old_task, 10)
    heard.append("|")
    await asyncio.sleep(0.3)
    stop.set()
    await asyncio.gather(*people)
    new.should_exit = True
    await asyncio.wait_for(new_task, 10)
    return heard, failed


async def test_everybody_is_answered_while_one_follows_the_other() -> None:
    heard, failed = await handed_over(handover.LINGER)
    parting = heard.index("|")
    assert failed == []
    assert "old" in heard[:parting]
    assert set(heard[parting + 1 :]) == {"new"}


async def test_who_leaves_asks_to_come_again() -> None:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    farewell = handover.Farewell(door(b"one"))
    await farewell({}, receive, send)
    farewell.leaving = True
    await farewell({}, receive, send)
    headers = [message["headers"] for message in sent if message["type"] == "http.response.start"]
    usual = [(b"content-length", b"3")]
    assert headers == [usual, [*usual, (b"connection", b"close")]]


async def test_the_next_one_waits_for_what_it_stands_on_but_not_for_ever() -> None:
    asked = 0

    async def ready() -> bool:
        nonlocal asked
        asked += 1
        return asked == 2

    async def never() -> bool:
        return False

    await handover.until(ready)
    assert asked == 2
    await asyncio.wait_for(handover.until(never, seconds=0.0), 5)
