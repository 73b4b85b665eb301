"""A broker with its permissions, and connections to it as each of its users."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import nats
from nats.aio.client import Client

from branch_trust.broker import ANYBODY
from branch_trust.broker_users import USERS, User
from local_stack.nats import NatsServer, one_password
from local_stack.processes import free_port
from tests.databases import quick_folder

PASSWORD = "secret-of-tests"


@contextmanager
def running(users: Sequence[User] = USERS) -> Generator[NatsServer]:
    """A broker in which every user has the one password."""
    with quick_folder("crm-nats-") as folder:
        server = NatsServer(folder, free_port(), one_password(PASSWORD), users=users)
        server.start()
        try:
            yield server
        finally:
            server.stop()


class Connection:
    """A user's connection that notes what the broker refuses."""

    def __init__(self, name: str, client: Client, refusals: list[str]) -> None:
        self.name, self.client, self._refusals = name, client, refusals

    async def may_say(self, subject: str, data: bytes = b"") -> bool:
        """Publishes and tells whether the broker took it."""
        await self.client.publish(subject, data)
        return await self._settled()

    async def may_hear(self, subject: str) -> bool:
        """Subscribes and tells whether the broker allowed it."""
        subscription = await self.client.subscribe(subject)
        allowed = await self._settled()
        await subscription.unsubscribe()
        return allowed

    async def _settled(self) -> bool:
        # The broker answers in order: what it refused is known when a ping behind it is answered. The client sends the
        # first ping past what still waits to be sent, the second one behind it.
        for _ in range(2):
            await self.client.flush(timeout=5)
            await asyncio.sleep(0)
        refused = bool(self._refusals)
        self._refusals.clear()
        return not refused


@asynccontextmanager
async def connected(server: NatsServer, name: str) -> AsyncGenerator[Connection]:
    """Connects as a user."""
    refusals: list[str] = []

    async def note(error: Exception) -> None:
        assert "permissions violation" in str(error).lower(), error
        refusals.append(str(error))

    client = await nats.connect(
        f"nats://127.0.0.1:{server.port}",
        user=name,
        password=PASSWORD,
        inbox_prefix=f"_INBOX.{name}",
        error_cb=note,
        allow_reconnect=False,
    )
    try:
        yield Connection(name, client, refusals)
    finally:
        await client.close()


async def try_to_connect(url: str, user: str, password: str, context: ssl.SSLContext | None = None) -> None:
    """Connects and goes again; raises what kept it from that, and leaves no socket open in either case."""
    client = Client()
    try:
        await client.connect(
            url,
            user=user or None,
            password=password or None,
            tls=context,
            allow_reconnect=False,
            max_reconnect_attempts=0,
            error_cb=_unheard,
        )
    finally:
        # A refused handshake is never said goodbye to: nothing is waited for for long.
        with contextlib.suppress(Exception):
            await asyncio.wait_for(client.close(), 1)
        writer: Any = getattr(client._transport, "_io_writer", None)  # pyright: ignore[reportPrivateUsage]
        if writer is not None:
            writer.transport.abort()
            await asyncio.sleep(0.05)


async def _unheard(_: Exception) -> None: ...


@asynccontextmanager
async def anybody(server: NatsServer) -> AsyncGenerator[Client]:
    """Connects as the user without limits."""
    async with connected(server, ANYBODY) as connection:
        yield connection.client
