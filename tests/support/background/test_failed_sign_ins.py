"""Failed sign-ins from the events that Keycloak stores: none twice, none missed, whatever page it stands on."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from chassis.database import Database
from support.actions.failed_sign_ins import known_until
from support.background.failed_sign_ins import FailedSignIns
from tests.support.audit_trail import record, rows
from tests.support.branch import ADMIN, NOON


class Realm:
    """Keycloak's side of it: stored events, newest first, by page and date, for who has the right."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.asked: list[dict[str, list[str]]] = []
        self.url = ""

    def fail(self, number: int, username: str | None = "m001", error: str = "invalid_user_credentials") -> None:
        self.events.append(
            {
                "id": f"e{number}",
                "time": int(NOON.timestamp() * 1000) + number * 1000,
                "type": "LOGIN_ERROR",
                "ipAddress": "10.1.2.3",
                "error": error,
                "details": {"auth_method": "openid-connect"} | ({"username": username} if username else {}),
            }
        )

    def page(self, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        self.asked.append(query)
        since = int(query.get("dateFrom", ["0"])[0])
        found = sorted((e for e in self.events if e["time"] >= since), key=lambda e: -e["time"])
        first = int(query["first"][0])
        return found[first : first + int(query["max"][0])]


@pytest.fixture
def realm() -> Iterator[Realm]:
    found = Realm()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            allowed = self.headers["authorization"] == "Bearer t" and parts.path == "/admin/realms/crm/events"
            body = json.dumps(found.page(parse_qs(parts.query)) if allowed else []).encode()
            self.send_response(200 if allowed else 403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}/admin/realms/crm"
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


async def token() -> str:
    return "t"


async def test_each_failure_is_recorded_once(database: Database, realm: Realm) -> None:
    reader = FailedSignIns(database, realm.url, token)
    for number in range(3):
        realm.fail(number)
    realm.fail(3, username=None, error="expired_code")
    assert [await reader.read(), await reader.read()] == [3, 0]
    # One that was stored late, behind what was read already.
    realm.fail(1000, "nobody", "user_not_found")
    realm.fail(990, "z01")
    assert [await reader.read(), await reader.read()] == [2, 0]
    record(database)
    found = rows(database)
    assert [(row.kind, row.staff_number, row.ip, row.detail) for row in found][2:] == [
        ("sign_in_failed", "m001", "10.1.2.3", "invalid_user_credentials"),
        ("sign_in_failed", "z01", "10.1.2.3", "invalid_user_credentials"),
        ("sign_in_failed", "nobody", "10.1.2.3", "user_not_found"),
    ]
    assert database.run_sync(ADMIN, known_until) == datetime.fromtimestamp(NOON.timestamp() + 1000, UTC)
    assert "dateFrom" not in realm.asked[0]
    assert int(realm.asked[-1]["dateFrom"][0]) == int((NOON.timestamp() + 1000 - 120) * 1000)


async def test_more_than_a_page_is_read_whole(database: Database, realm: Realm) -> None:
    for number in range(450):
        realm.fail(number, f"m{number:03d}")
    assert await FailedSignIns(database, realm.url, token).read() == 450
    # Another process, or this one after a restart, finds them recorded.
    assert await FailedSignIns(database, realm.url, token).read() == 0


async def test_without_the_right_it_says_so(database: Database, realm: Realm) -> None:
    async def wrong() -> str:
        return "other"

    with pytest.raises(Exception, match="403"):
        await FailedSignIns(database, realm.url, wrong).read()
