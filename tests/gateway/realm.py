"""The far side of sign-in: a small provider that speaks the protocol over HTTP, with its own keys and its own memory."""

import asyncio
import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

import orjson
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

PATH = "/auth/realms/crm"
# Making a key takes longer than everything else here.
KEY = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "k2", "use": "sig", "alg": "RS256"})
ROLES = ["customer_manager"]


@dataclass
class Realm:
    """One realm with one person in front of the screen."""

    issuer: str
    client_secret: str
    person: str = "m001"
    sid: str = "sid-1"
    access_seconds: int = 300
    keys: list[RSAKey] = field(default_factory=lambda: [KEY])
    codes: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    refresh_tokens: dict[str, bool] = field(default_factory=dict[str, bool])
    renewals: int = 0
    reused: int = 0
    slow_renewal: float = 0.0
    away: bool = False
    knocks: int = 0
    forged_by: RSAKey | None = None
    nonce_wrong: bool = False
    asked: list[Request] = field(default_factory=list[Request])

    def app(self) -> Starlette:
        """The realm over HTTP."""
        protocol = f"{PATH}/protocol/openid-connect"
        return Starlette(
            routes=[
                Route(f"{protocol}/auth", self._auth),
                Route(f"{protocol}/token", self._token, methods=["POST"]),
                Route(f"{protocol}/certs", self._certs),
                Route("/auth/{rest:path}", self._anything, methods=["GET", "POST"]),
            ]
        )

    async def _anything(self, request: Request) -> Response:
        self.asked.append(request)
        body = await request.body()
        answer = PlainTextResponse(f"{request.method} {request.url.path} {body.decode()}")
        answer.set_cookie("KC", "1")
        answer.raw_headers.append((b"set-cookie", b"KC2=2; Path=/"))
        return answer

    async def _auth(self, request: Request) -> Response:
        self.asked.append(request)
        query = dict(request.query_params)
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        back = {"code": code, "state": query["state"], "iss": self.issuer}
        return RedirectResponse(f"{query['redirect_uri']}?{urlencode(back)}", status_code=302)

    async def _certs(self, _: Request) -> Response:
        return JSONResponse(KeySet(list(self.keys)).as_dict(private=False))

    async def _token(self, request: Request) -> Response:
        if self.away:
            self.knocks += 1
            return PlainTextResponse("starting", status_code=503)
        wanted = base64.b64encode(f"gateway:{self.client_secret}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {wanted}":
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        return await (self._by_code(form) if form["grant_type"] == "authorization_code" else self._by_refresh(form))

    async def _by_code(self, form: dict[str, str]) -> Response:
        asked = self.codes.pop(form["code"], None)
        challenge = (
            base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        )
        if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != form["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        return self._answer(asked["nonce"])

    async def _by_refresh(self, form: dict[str, str]) -> Response:
        token = form["refresh_token"]
        if self.slow_renewal:
            await asyncio.sleep(self.slow_renewal)
        if not self.refresh_tokens.get(token):
            self.reused += token in self.refresh_tokens
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        self.refresh_tokens[token] = False
        self.renewals += 1
        return self._answer("")

    def _answer(self, nonce: str) -> Response:
        refresh = secrets.token_urlsafe(16)
        self.refresh_tokens[refresh] = True
        nonce = "another" if self.nonce_wrong else nonce
        return JSONResponse(
            {
                "access_token": self.access_token(),
                "expires_in": self.access_seconds,
                "refresh_token": refresh,
                "id_token": self.sign({"aud": "gateway", "nonce": nonce, "sid": self.sid}, key=self.forged_by),
            }
        )

    def access_token(self, **more: Any) -> str:
        """A token for calls."""
        claims = {
            "aud": ["gateway", "dispatch"],
            "typ": "Bearer",
            "preferred_username": self.person,
            "name": "王敏",
            "realm_access": {"roles": ROLES},
            "jti": secrets.token_hex(8),
            "exp": int(time.time()) + self.access_seconds,
        }
        return self.sign({**claims, **more})

    def logout_token(self, **changes: Any) -> str:
        """A token that says a session has ended."""
        claims: dict[str, Any] = {
            "aud": "gateway",
            "jti": secrets.token_hex(8),
            "sid": self.sid,
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }
        claims |= changes
        return self.sign({name: value for name, value in claims.items() if value is not None})

    def sign(self, claims: dict[str, Any], key: RSAKey | None = None) -> str:
        """A token with the realm's name on it."""
        now = int(time.time())
        whole = {"iss": self.issuer, "sub": f"sub-{self.person}", "iat": now, "exp": now + 300, **claims}
        key = key or self.keys[0]
        return jwt.encode({"alg": "RS256", "kid": key.kid or ""}, whole, key)


def decoded(body: bytes) -> Any:
    """JSON."""
    return orjson.loads(body)
