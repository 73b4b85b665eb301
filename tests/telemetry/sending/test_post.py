"""Messages leave once each by every way, however often it takes; real servers on the other side."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count
from typing import Any

import pytest

from telemetry.domain.alerts import Alert
from telemetry.domain.rules import Severity
from telemetry.sending.mail import Mail
from telemetry.sending.post import Post
from telemetry.sending.webhook import Webhook
from tests.telemetry.rooms import Room
from tests.telemetry.signals import NOON


class Pager(HTTPServer):
    """An address that takes messages, and may be out of order."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.taken: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.tries = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/alerts"


class _Handler(BaseHTTPRequestHandler):
    server: Pager  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.tries += 1
        if self.server.status == 200:
            self.server.taken.append(body)
            self.server.headers.append({key.lower(): value for key, value in self.headers.items()})
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture
def pager() -> Iterator[Pager]:
    server = Pager()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def alert(*, ended: bool = False) -> Alert:
    end = NOON + timedelta(minutes=3) if ended else None
    return Alert("a1", "dependency_down", "postgres", "", Severity.CRITICAL, 3, 0, "DISK_FULL (dispatch)", NOON, end)


def post(room: Room, **ways: Any) -> Post:
    numbers = count(1)
    return Post(ways, room.keeper, room.clock.now, lambda: f"n{next(numbers)}")


async def test_onset_and_end_are_posted_once_each_with_the_name_of_the_part(room: Room, pager: Pager) -> None:
    found = post(room, webhook=Webhook(pager.url, "key"))
    found.tell(alert(), NOON)
    for _ in range(3):
        await found.send_due()
    found.tell(alert(ended=True), NOON)
    for _ in range(3):
        await found.send_due()
    assert [(body["moment"], body["part"], body["rule"], body["detail"]) for body in pager.taken] == [
        ("onset", "postgres", "dependency_down", "DISK_FULL (dispatch)"),
        ("end", "postgres", "dependency_down", "DISK_FULL (dispatch)"),
    ]
    assert pager.taken[0]["title"] == "[CRM] 告警 · alert: postgres – dependency_down"
    assert [(h["idempotency-key"], h["authorization"]) for h in pager.headers] == [
        ("n1", "Bearer key"),
        ("n2", "Bearer key"),
    ]


async def test_what_does_not_leave_is_tried_again_with_growing_pauses(room: Room, pager: Pager) -> None:
    found = post(room, webhook=Webhook(pager.url))
    pager.status = 503
    found.tell(alert(), NOON)
    tried: list[int] = []
    for _ in range(60):
        await found.send_due()
        tried.append(pager.tries)
        room.clock.advance(timedelta(seconds=1))
    assert [tried.index(number) for number in range(1, 5)] == [0, 5, 15, 35]
    pager.status = 200
    room.clock.advance(timedelta(minutes=1))
    await found.send_due()
    await found.send_due()
    assert [body["id"] for body in pager.taken] == ["n1"]


async def test_one_way_that_is_blocked_does_not_block_the_other(room: Room, pager: Pager) -> None:
    found = post(room, mail=Mail("smtp://127.0.0.1:1", "crm@branch", ["ops@branch"]), webhook=Webhook(pager.url))
    found.tell(alert(), NOON)
    await found.send_due()
    assert [body["moment"] for body in pager.taken] == ["onset"]


def _mail_server(listening: socket.socket, letters: list[str]) -> None:
    connection, _ = listening.accept()
    with connection, connection.makefile("rwb", buffering=0) as stream:
        stream.write(b"220 branch\r\n")
        while (words := stream.readline()).strip():
            if words.upper().startswith(b"DATA"):
                stream.write(b"354 go on\r\n")
                letter = b""
                while not letter.endswith(b"\r\n.\r\n"):
                    letter += stream.readline()
                letters.append(letter.decode())
            stream.write(b"221 bye\r\n" if words.upper().startswith(b"QUIT") else b"250 fine\r\n")


async def test_mail_goes_through_the_branchs_own_server(room: Room) -> None:
    letters: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.get_running_loop().run_in_executor(None, _mail_server, listening, letters)
        port = listening.getsockname()[1]
        found = post(room, mail=Mail(f"smtp://127.0.0.1:{port}", "crm@branch", ["ops@branch", "chief@branch"]))
        found.tell(alert(), NOON)
        await found.send_due()
        await serving
    (letter,) = letters
    for said in ("To: ops@branch, chief@branch", "Message-ID: <n1@crm>", "References: <a1@crm>"):
        assert said in letter
