"""One gateway after the other on the same ports: the next one serves before this one goes, so that nobody is turned away.

Both listen at once for a moment (SO_REUSEPORT). The one that leaves takes no new connection, asks everybody on an old one
to come again, and ends when they have gone; what it had not yet accepted the kernel hands to the other (tcp_migrate_req).
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import Awaitable, Callable, Generator
from pathlib import Path
from typing import Any

import structlog
import uvicorn

from gateway.edge import Receive, Scope, Send

log = structlog.get_logger()
LINGER = 4.0
"""So long a client that keeps a connection open may take for its next request and still learn that it should come anew."""
PATIENCE = 60.0
"""So long a new gateway waits for what it stands on before it serves all the same."""
_LOOK_AGAIN = 0.05
Door = Callable[[Scope, Receive, Send], Awaitable[None]]


class Farewell:
    """Answers like the door behind it; once we are leaving it closes each connection with the answer."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self.leaving = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if not self.leaving:
            await self._door(scope, receive, send)
            return

        async def closing(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
            await send(message)

        await self._door(scope, receive, closing)


class Server(uvicorn.Server):
    """uvicorn without its own signal handling: it would end the process before the rest is put away."""

    def __init__(self, config: uvicorn.Config, farewell: Farewell, linger: float) -> None:
        super().__init__(config)
        self._farewell = farewell
        self._linger = linger

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leaves signals to us."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stops accepting, lets people leave of themselves, then closes what is left."""
        self._farewell.leaving = True
        for server in self.servers:
            server.close()
        for listening in sockets or ():
            listening.close()
        deadline = time.monotonic() + self._linger
        while self.server_state.connections and time.monotonic() < deadline:  # noqa: ASYNC110 - uvicorn tells nobody
            await asyncio.sleep(_LOOK_AGAIN)
        await super().shutdown(sockets)


async def until(ready: Callable[[], Awaitable[bool]], seconds: float = PATIENCE) -> None:
    """Waits until we can serve: the gateway before us does, meanwhile. Not for ever: there may be none before us."""
    deadline = time.monotonic() + seconds
    while not await ready():
        if time.monotonic() > deadline:
            log.warning("serving although not all we stand on is there")
            return
        await asyncio.sleep(0.5)


def announce(file: Path) -> None:
    """Says to our own container alone that it is we who serve: on shared ports nobody could tell by asking."""
    file.touch()
