"""A whole gateway on a free port, and a browser in front of it."""

import asyncio
import contextlib
import math
import socket
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import httpx
import nats
import uvicorn
from nats.aio.client import Client
from nats.js.errors import NotFoundError

from chassis.clock import Clock
from chassis.nats import keep
from chassis.tls import trusted
from gateway.__main__ import put_away, stopped
from gateway.settings import GatewaySettings
from gateway.wiring import Gateway, wire

CLIENT_SECRET = "client-secret-of-tests"


@contextlib.asynccontextmanager
async def serving(app: Any) -> AsyncGenerator[int]:
    """Serves an ASGI application; answers its port."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    async with serving_on(app, listening):
        yield listening.getsockname()[1]


class _Prompt(uvicorn.Server):
    """Notices in a hundredth of a second that it shall end, where uvicorn takes a tenth."""

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await until(lambda: self.should_exit, math.inf)


@contextlib.asynccontextmanager
async def serving_on(app: Any, listening: socket.socket) -> AsyncGenerator[None]:
    """Serves an ASGI application on a bound socket."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    server = _Prompt(config)
    server.capture_signals = contextlib.nullcontext  # pyright: ignore[reportAttributeAccessIssue]  # signals belong to pytest
    task = asyncio.create_task(server.serve(sockets=[listening]))
    await until(lambda: server.started)
    try:
        yield
    finally:
        server.should_exit = True
        await task


@dataclass
class World:
    """What a gateway stands in."""

    home: Path
    nats_port: int
    nats_url: str
    nats_password: str
    public_port: int
    realm_port: int
    upstream: str
    clock: Clock
    changes: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.public_port}"

    def settings(self) -> GatewaySettings:
        secrets = self.home / "secrets"
        secrets.mkdir(exist_ok=True)
        for name, value in (
            ("client_secret", CLIENT_SECRET),
            ("session_key", "session-key-of-tests"),
            ("nats_password", self.nats_password),
        ):
            (secrets / name).write_text(value)
        realm = f"http://127.0.0.1:{self.realm_port}/auth/realms/crm/protocol/openid-connect"
        values: dict[str, Any] = {
            "nats_url": f"nats://127.0.0.1:{self.nats_port}",
            "issuer": f"{self.origin}/auth/realms/crm",
            "jwks_url": f"{realm}/certs",
            "token_url": f"{realm}/token",
            "client_id": "gateway",
            "secrets_dir": secrets,
            "home_dir": self.home,
            "grpc_port": 1,
            "upstream": {"dispatch": self.upstream, "customer": self.upstream},
            "portal_dir": self.home / "dist",
            "log_level": "warning",
        }
        return GatewaySettings(**{**values, **self.changes})


@contextlib.asynccontextmanager
async def broker(world: World) -> AsyncGenerator[Client]:
    """The broker as a user without limits sees it: the gateway may say nothing in the name of a service."""
    client = await nats.connect(world.nats_url)
    try:
        yield client
    finally:
        await client.close()


async def forget_sessions(world: World) -> None:
    """Empties the broker of what the tests before have left."""
    async with broker(world) as client:
        for stream in ("KV_sessions", "CRM_GATEWAY"):
            with contextlib.suppress(NotFoundError):
                await client.jetstream().delete_stream(stream)


@contextlib.asynccontextmanager
async def gateway_in(world: World, listening: socket.socket | None = None) -> AsyncGenerator[tuple[Gateway, str]]:
    """Runs a gateway; answers it and the address where it listens."""
    gateway = wire(world.settings(), world.clock)
    listening = listening or _free()
    await gateway.bus.connect()
    jobs = (gateway.documents.run, gateway.store.run, gateway.live.run)
    tasks = [asyncio.create_task(keep("job", job)) for job in jobs]
    async with serving_on(gateway.door, listening):
        await until(lambda: gateway.store.loaded)
        try:
            yield gateway, f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            gateway.live.close()
            await stopped(*tasks)
    await put_away(gateway)


def _free() -> socket.socket:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    return listening


async def until(true: Callable[[], Any], seconds: float = 8.0) -> None:
    """Waits until something is true."""
    end = asyncio.get_running_loop().time() + seconds
    while not true():
        if asyncio.get_running_loop().time() > end:
            raise AssertionError("it did not come true in time")
        await asyncio.sleep(0.01)


@dataclass
class Browser:
    """Keeps cookies as a browser does on a host it trusts, and says where its requests come from."""

    origin: str
    at: str = ""
    cookies: dict[str, str] = field(default_factory=dict[str, str])
    csrf: str = ""
    raw_cookies: list[str] = field(default_factory=list[str])

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self._ask("GET", path, headers, None)

    async def post(self, path: str, content: bytes = b"", **headers: str) -> httpx.Response:
        return await self._ask("POST", path, headers, content)

    async def _ask(self, method: str, path: str, headers: dict[str, str], content: bytes | None) -> httpx.Response:
        url = path if path.startswith("http") else (self.at or self.origin) + path
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        async with httpx.AsyncClient(timeout=20, verify=trusted()) as client:
            answer = await client.request(method, url, headers=sent, content=content)
        for line in answer.headers.get_list("set-cookie"):
            self.raw_cookies.append(line)
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return answer

    async def sign_in(self, return_to: str = "/") -> httpx.Response:
        """The whole way: to the provider and back."""
        answer = await self.get(f"/login?return_to={return_to}")
        answer = await self.get(answer.headers["location"])
        answer = await self.get(answer.headers["location"])
        if answer.status_code == 303:
            self.csrf = (await self.get("/session")).json()["csrf"]
        return answer

    async def call(self, method: str = "ListTasks", content: bytes = b"{}", /, **headers: str) -> httpx.Response:
        """A call as the portal makes it."""
        usual = {"content_type": "application/json", "origin": self.origin, "x_csrf_token": self.csrf}
        given = {name: value for name, value in {**usual, **headers}.items() if value}
        return await self.post(f"/rpc/crm.dispatch.v1.DispatchService/{method}", content, **given)

    def elsewhere(self, at: str) -> "Browser":
        """The same browser, sent to another gateway by whatever stands in front of them."""
        return replace(self, at=at)
