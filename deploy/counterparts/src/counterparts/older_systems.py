"""`python -m counterparts.older_systems` runs three older systems on 127.0.0.1, in one process to be lean.

Resource management (OpenID Connect), billing enquiry (SAML 2.0) and complaint handling (name and password alone).
"""

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn
from starlette.applications import Starlette

from counterparts.older.billing import Billing
from counterparts.older.complaints import Complaints
from counterparts.older.resources import Provider, Resources
from demo_branch.people import staff

RESOURCES_CLIENT, BILLING_ENTITY = "resource-management", "billing-enquiry"


@dataclass(frozen=True)
class Settings:
    """What the program is told by its environment: three ports in a row, and the identity provider."""

    port: int
    provider: Provider
    client_secret: str
    accounts_password: str


def read(environment: Mapping[str, str]) -> Settings:
    """Read the settings, or end with one line that says what is missing."""
    wanted = ("CRM_HTTP_PORT", "CRM_ISSUER", "CRM_TOKEN_URL", "CRM_SECRETS_DIR")
    missing = [name for name in wanted if name not in environment]
    if missing:
        raise SystemExit(f"settings: missing {', '.join(missing)}")
    secrets = Path(environment["CRM_SECRETS_DIR"])
    inside = environment["CRM_TOKEN_URL"].removesuffix("/protocol/openid-connect/token")
    return Settings(
        port=int(environment["CRM_HTTP_PORT"]),
        provider=Provider(environment["CRM_ISSUER"], inside),
        client_secret=(secrets / "client_secret").read_text(encoding="utf-8").strip(),
        accounts_password=(secrets / "complaints_password").read_text(encoding="utf-8").strip(),
    )


def applications(settings: Settings, http: httpx.AsyncClient) -> list[Starlette]:
    """Put the three systems together, in the order of their ports."""
    first, second = (f"http://localhost:{settings.port + more}" for more in (0, 1))
    accounts = {person.number: settings.accounts_password for person in staff()}
    return [
        Resources(settings.provider, RESOURCES_CLIENT, settings.client_secret, first, http, time.time).app(),
        Billing(settings.provider, BILLING_ENTITY, second, http, time.time).app(),
        Complaints(accounts, time.time).app(),
    ]


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling: three in one process stop together."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leaves signals to us."""
        yield


async def serve(settings: Settings) -> None:
    """Serve all three until told to stop."""
    loop = asyncio.get_running_loop()
    async with httpx.AsyncClient(timeout=10.0) as http:
        servers = [
            _Server(uvicorn.Config(app, log_level="warning", lifespan="off", timeout_graceful_shutdown=2))
            for app in applications(settings, http)
        ]

        def stop() -> None:
            for server in servers:
                server.should_exit = True

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)
        # The first port opens last: whoever finds it open finds the others, too.
        sockets = [_listen(settings.port + place) for place in reversed(range(len(servers)))][::-1]
        await asyncio.gather(
            *(server.serve(sockets=[listening]) for server, listening in zip(servers, sockets, strict=True))
        )


def _listen(port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError as error:
        raise SystemExit(f"older systems: cannot listen on port {port}: {error.strerror}") from error
    return listening


def main() -> None:
    """Read the settings and serve until told to stop."""
    asyncio.run(serve(read(os.environ)))


if __name__ == "__main__":
    main()
