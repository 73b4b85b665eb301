"""A token issuer for tests: signs with a key of its own and serves it over real HTTP, as Keycloak does."""

import json
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

ISSUER = "http://issuer.test/realms/crm"


class Issuer:
    """Holds the signing key; `jwks_url` is where its public half is served."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "k1"})
        self.jwks_url = ""

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        return {
            "iss": ISSUER,
            "aud": ["support", "dispatch"],
            "typ": "Bearer",
            "iat": now,
            "exp": now + 300,
            "preferred_username": "m001",
            "name": "Ann",
            "realm_access": {"roles": ["customer_manager"]},
            **changes,
        }

    def token(self, key: RSAKey | None = None, **changes: Any) -> str:
        signer = key or self.key
        return jwt.encode({"alg": "RS256", "kid": "k1"}, self.claims(**changes), signer)


@contextmanager
def serving() -> Generator[Issuer]:
    issuer = Issuer()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"keys": [issuer.key.as_dict(private=False)]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    issuer.jwks_url = f"http://127.0.0.1:{server.server_port}/certs"
    yield issuer
    server.shutdown()
    server.server_close()
    thread.join()
