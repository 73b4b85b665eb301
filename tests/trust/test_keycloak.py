"""Keycloak behind a certificate of the branch: keys, tokens and accounts are had from it, and from nobody else."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from branch_trust.authority import Authority
from chassis.identity import ServiceToken
from chassis.tls import trusted
from support.accounts.keycloak import AccountsUnavailable, KeycloakAccounts
from tests.trust import certs

# python-keycloak hands the file on to httpx, which would rather have a context; there is no other way to tell it.
pytestmark = pytest.mark.filterwarnings("ignore:`verify=<str>` is deprecated:DeprecationWarning")


class _Answers(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self._say({"access_token": "of tests", "expires_in": 300, "token_type": "Bearer"})

    def do_GET(self) -> None:
        self._say([])

    def _say(self, said: Any) -> None:
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return certs.part(Authority.make(), tmp_path / "keycloak", "keycloak")


@pytest.fixture
def url(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    server.socket = certs.of(folder).server_context().wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"https://localhost:{server.server_port}/auth"
    server.shutdown()
    server.server_close()
    thread.join()


def token(url: str, folder: str) -> ServiceToken:
    return ServiceToken(token_url=url, client_id="svc-support", secret="-", verify=trusted(folder))


async def test_a_service_has_its_token_from_keycloak_of_the_branch_alone(url: str, folder: Path) -> None:
    assert await token(url, str(folder)).get() == "of tests"
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        await token(url, "").get()


def test_accounts_are_kept_in_keycloak_of_the_branch_alone(url: str, folder: Path) -> None:
    assert KeycloakAccounts(url, "crm", "client", "secret", str(folder / "ca.crt")).find("m001") is None
    with pytest.raises(AccountsUnavailable) as refused:
        KeycloakAccounts(url, "crm", "client", "secret").find("m001")
    assert refused.value.away
