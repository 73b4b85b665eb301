"""A stack is ready when its gateway says so, and says what is missing until then."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from local_stack import readiness


@dataclass
class Gateway:
    """Answers `/readyz` as it is told."""

    port: int = 0
    answers: list[tuple[int, bytes]] = field(default_factory=list[tuple[int, bytes]])


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    told = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = told.answers.pop(0) if self.path == "/readyz" else (404, b"")
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    told.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


def test_it_is_ready_when_everything_is_there(gateway: Gateway) -> None:
    gateway.answers = [(200, b"{}")]
    assert readiness.ask(gateway.port) == readiness.Answer(True)


def test_what_is_missing_is_named(gateway: Gateway) -> None:
    services = {
        "gateway": {"process": "up"},
        "dispatch": {"keycloak": "down", "nats": "up"},
        "support": {"process": "down: X"},
    }
    gateway.answers = [(503, json.dumps({"status": "down", "services": services}).encode()), (503, b"busy")]
    assert readiness.ask(gateway.port) == readiness.Answer(False, "dispatch: keycloak, support: process")
    assert readiness.ask(gateway.port) == readiness.Answer(False, "the gateway does not say what it misses")


def test_nobody_there_is_said(gateway: Gateway) -> None:
    assert gateway.port
    answer = readiness.ask(1)
    assert (answer.ready, answer.missing[:31]) == (False, "the gateway does not answer (<u")
