"""Resource management (管线资源): a relying party of OpenID Connect, code flow with PKCE."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
from authlib.common.security import generate_token
from authlib.oauth2.client import OAuth2Client
from authlib.oauth2.rfc6749 import parameters
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from counterparts.older.page import greeting, page, shown
from counterparts.older.sessions import Sessions

TITLE, ENGLISH, COLOUR = "管线资源", "resource management", "#14532d"
_LEEWAY = 30


@dataclass(frozen=True)
class Provider:
    """The identity provider: `issuer` as the browser and the tokens name it, `inside` where we reach it."""

    issuer: str
    inside: str

    @property
    def authorize(self) -> str:
        """Where the browser signs in."""
        return f"{self.issuer}/protocol/openid-connect/auth"


@dataclass(frozen=True)
class _Asked:
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class _Person:
    number: str
    name: str


class SignInRefused(Exception):
    """The identity provider's answer does not hold; the text says what does not."""


@dataclass
class Resources:
    """The system: who is signed in, and how they got there."""

    provider: Provider
    client_id: str
    client_secret: str
    url: str
    http: httpx.AsyncClient
    now: Callable[[], float]

    def __post_init__(self) -> None:
        self.asked: Sessions[_Asked] = Sessions("resources_sign_in", self.now, seconds=600)
        self.people: Sessions[_Person] = Sessions("resources_session", self.now)
        # Authlib's own HTTP clients want another transport; what it knows of the protocol needs none.
        self._protocol: Any = OAuth2Client(
            None,
            client_id=self.client_id,
            scope="openid",
            redirect_uri=f"{self.url}/callback",
            code_challenge_method="S256",
        )

    def app(self) -> Starlette:
        """Put the routes together."""
        return Starlette(
            routes=[
                Route("/", self.home),
                Route("/login", self.sign_in),
                Route("/callback", self.callback),
                Route("/logout", self.sign_out, methods=["POST"]),
            ]
        )

    async def home(self, request: Request) -> Response:
        """Show who is signed in, or send them to sign in."""
        person = self.people.of(request)
        if person is None:
            return RedirectResponse("/login", status_code=303)
        return page(TITLE, ENGLISH, COLOUR, greeting(person.name, person.number, "OpenID Connect"))

    async def sign_in(self, _: Request) -> Response:
        """Send the browser to the identity provider."""
        asked = _Asked(secrets.token_urlsafe(24), secrets.token_urlsafe(24), generate_token(48))
        where, _state = self._protocol.create_authorization_url(
            self.provider.authorize, state=asked.state, code_verifier=asked.verifier, nonce=asked.nonce
        )
        answer = RedirectResponse(where, status_code=303)
        self.asked.begin(answer, asked)
        return answer

    async def callback(self, request: Request) -> Response:
        """Take the browser back and begin its session."""
        asked = self.asked.take(request)
        try:
            if asked is None or request.query_params.get("state") != asked.state:
                raise SignInRefused("state")
            claims = await self._redeem(request.query_params.get("code", ""), asked)
        except (SignInRefused, JoseError, httpx.HTTPError, ValueError, KeyError) as error:
            body = f'<p class="wrong" role="alert">登录未完成 not signed in: {shown(type(error).__name__)} {shown(str(error))}</p>'
            return page(TITLE, ENGLISH, COLOUR, body, status=400)
        number = str(claims.get("preferred_username") or claims["sub"])
        answer = RedirectResponse("/", status_code=303)
        self.people.begin(answer, _Person(number, str(claims.get("name") or number)))
        return answer

    async def _redeem(self, code: str, asked: _Asked) -> dict[str, Any]:
        if not code:
            raise SignInRefused("code")
        prepare: Any = parameters
        body: str = prepare.prepare_token_request(
            "authorization_code", code=code, redirect_uri=f"{self.url}/callback", code_verifier=asked.verifier
        )
        answer = await self.http.post(
            f"{self.provider.inside}/protocol/openid-connect/token",
            content=body,
            headers={"content-type": "application/x-www-form-urlencoded"},
            auth=(self.client_id, self.client_secret),
        )
        if answer.status_code != 200:
            raise SignInRefused(f"token {answer.status_code}")
        return await self._verified(str(answer.json()["id_token"]), asked.nonce)

    async def _verified(self, id_token: str, nonce: str) -> dict[str, Any]:
        keys = await self.http.get(f"{self.provider.inside}/protocol/openid-connect/certs")
        decoded = jwt.decode(id_token, KeySet.import_key_set(keys.raise_for_status().json()), algorithms=["RS256"])
        wanted: Any = {
            "iss": {"essential": True, "value": self.provider.issuer},
            "aud": {"essential": True, "value": self.client_id},
            "nonce": {"essential": True, "value": nonce},
        }
        claims: Any = CodeIDToken(decoded.claims, decoded.header, wanted, {"nonce": nonce, "client_id": self.client_id})
        claims.validate(now=int(self.now()), leeway=_LEEWAY)
        return dict(claims)

    async def sign_out(self, request: Request) -> Response:
        """End the session here."""
        answer = page(TITLE, ENGLISH, COLOUR, '<h1>已退出 signed out</h1><p><a href="/">重新登录 sign in again</a></p>')
        self.people.end(request, answer)
        return answer
