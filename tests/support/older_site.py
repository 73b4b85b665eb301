"""The older system of the tests: complaint handling over real HTTP, and other pages that behave as badly as wished."""

import base64
import contextlib
import socket
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn

from chassis.tls import trusted
from counterparts.older.complaints import Complaints
from support.domain.external_system import ExternalSystem, WayIn
from support.sealing import Keys

PASSWORD = "canary-Pw-7c41&秘密"
HOST = "localhost"


def key_line(key_id: str, filling: int = 1) -> str:
    return f"{key_id}:{base64.b64encode(bytes([filling]) * 32).decode()}"


def keys(*lines: str) -> Keys:
    return Keys.read("\n".join(lines or (key_line("k1"),)))


@dataclass
class Site:
    """A running web site."""

    url: str
    complaints: Complaints

    def system(self, code: str = "complaints", **changes: Any) -> ExternalSystem:
        values: dict[str, Any] = {
            "code": code,
            "title_zh": "投诉处理",
            "title_en": "Complaint handling",
            "way_in": WayIn.STORED_CREDENTIAL,
            "start_url": f"{self.url}/",
            "login_url": f"{self.url}/login",
            "user_field": "j_user",
            "password_field": "j_pass",
            "positions": ("customer_manager",),
        }
        return ExternalSystem(**{**values, **changes})

    def switch(self, path: str, **fields: str) -> None:
        httpx.post(f"{self.url}/admin/{path}", data=fields, verify=trusted()).raise_for_status()


@contextlib.contextmanager
def serving(app: Any) -> Generator[str]:
    """Serves an ASGI application in a thread; answers its address under the name that browsers use."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # pyright: ignore[reportAttributeAccessIssue]  # signals belong to pytest
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(5)


@contextlib.contextmanager
def complaint_handling() -> Generator[Site]:
    """Runs the older system with one account."""
    complaints = Complaints({"zhang.san": PASSWORD}, time.time)
    with serving(complaints.app()) as url:
        yield Site(url, complaints)
