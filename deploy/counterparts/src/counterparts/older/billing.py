"""Billing enquiry (计费查询): a service provider of SAML 2.0, request by redirect, response by POST."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from counterparts.older.page import greeting, page, shown
from counterparts.older.resources import Provider
from counterparts.older.saml import ResponseRefused, ServiceProvider, Subject, certificates_of, request_address
from counterparts.older.sessions import Sessions

TITLE, ENGLISH, COLOUR = "计费查询", "billing enquiry", "#1e3a8a"
_LOOK_AGAIN = 60.0


@dataclass
class Billing:
    """The system: who is signed in, and how they got there."""

    provider: Provider
    entity: str
    url: str
    http: httpx.AsyncClient
    now: Callable[[], float]

    def __post_init__(self) -> None:
        self.asked: Sessions[str] = Sessions("billing_sign_in", self.now, seconds=600)
        self.people: Sessions[Subject] = Sessions("billing_session", self.now)
        self._rules = ServiceProvider(
            self.entity, f"{self.url}/saml/acs", self.provider.issuer, lambda: datetime.fromtimestamp(self.now(), UTC)
        )
        self._certificates: list[str] = []
        self._looked_at = -_LOOK_AGAIN

    def app(self) -> Starlette:
        """Put the routes together."""
        return Starlette(
            routes=[
                Route("/", self.home),
                Route("/login", self.sign_in),
                Route("/saml/acs", self.consume, methods=["POST"]),
                Route("/logout", self.sign_out, methods=["POST"]),
            ]
        )

    async def home(self, request: Request) -> Response:
        """Show who is signed in, or send them to sign in."""
        person = self.people.of(request)
        if person is None:
            return RedirectResponse("/login", status_code=303)
        name = person.attributes.get("name") or person.name_id
        return page(TITLE, ENGLISH, COLOUR, greeting(name, person.name_id, "SAML 2.0"))

    async def sign_in(self, _: Request) -> Response:
        """Send the browser to the identity provider with a request of its own."""
        request_id = f"_{secrets.token_hex(16)}"
        at = datetime.fromtimestamp(self.now(), UTC)
        destination = f"{self.provider.issuer}/protocol/saml"
        answer = RedirectResponse(
            request_address(destination, self.entity, self._rules.consumer, request_id, at), status_code=303
        )
        self.asked.begin(answer, request_id)
        return answer

    async def consume(self, request: Request) -> Response:
        """Take the response and begin a session; it must answer the request of this very browser."""
        sent = parse_qs((await request.body()).decode("latin-1"))
        asked = self.asked.take(request)
        try:
            if asked is None:
                raise ResponseRefused("no request of this browser")
            subject = await self._subject(sent.get("SAMLResponse", [""])[0], asked)
        except (ResponseRefused, httpx.HTTPError) as error:
            body = f'<p class="wrong" role="alert">登录未完成 not signed in: {shown(str(error))}</p>'
            return page(TITLE, ENGLISH, COLOUR, body, status=400)
        answer = RedirectResponse("/", status_code=303)
        self.people.begin(answer, subject)
        return answer

    async def _subject(self, response: str, asked: str) -> Subject:
        """Whom the response is about; keys of the identity provider that are not known yet are worth one look a minute."""
        try:
            return self._rules.subject(response, asked, await self._keys())
        except ResponseRefused as refused:
            if not str(refused).startswith("signature") or self.now() - self._looked_at < _LOOK_AGAIN:
                raise
            self._certificates = []
            return self._rules.subject(response, asked, await self._keys())

    async def _keys(self) -> list[str]:
        if not self._certificates:
            self._looked_at = self.now()
            metadata = await self.http.get(f"{self.provider.inside}/protocol/saml/descriptor")
            self._certificates = certificates_of(metadata.raise_for_status().content)
        return self._certificates

    async def sign_out(self, request: Request) -> Response:
        """End the session here."""
        answer = page(TITLE, ENGLISH, COLOUR, '<h1>已退出 signed out</h1><p><a href="/">重新登录 sign in again</a></p>')
        self.people.end(request, answer)
        return answer
