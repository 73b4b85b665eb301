"""Who may come in at all: a session's cookie with its CSRF token from our own pages, or a bearer token.

The gateway decides nothing more: what the caller may do is for the services, which verify the token themselves.
"""

import hmac
from dataclasses import dataclass

import grpc

from gateway.edge import Headers, cookie_of
from gateway.problems import refused
from gateway.session_life import SessionLife
from gateway.sessions import COOKIE, Kept

_COOKIE = COOKIE.encode()
_SECRET_LENGTH = 43
# A page that refreshes itself says so, and does not keep an absent person signed in.
_BACKGROUND = b"x-crm-background"


@dataclass(frozen=True, slots=True)
class Admitted:
    """Somebody who may come in."""

    authorization: str
    session: Kept | None

    @property
    def who(self) -> str:
        """Staff number for the log; machines are named by the service that verifies their token."""
        return self.session.session.staff_number if self.session else "bearer"


class Admission:
    """Lets people and machines in."""

    def __init__(self, origin: str, life: SessionLife) -> None:
        self._origin = origin.encode()
        self._life = life

    async def admit(self, headers: Headers, *, changing: bool = True) -> Admitted:
        """Lets the caller of a request in, or refuses. A changing request by cookie must prove it is from our pages."""
        bearer = headers.get(b"authorization")
        if bearer is not None:
            return self.bearer(headers)
        kept = await self.person(headers, active=_BACKGROUND not in headers)
        if changing:
            self._prove(headers, kept)
        return Admitted(kept.authorization, kept)

    def bearer(self, headers: Headers) -> Admitted:
        """Lets a machine in; its token goes on to the service, which verifies it."""
        text = headers.get(b"authorization", b"").decode("latin-1")
        if text[:7].lower() != "bearer " or len(text) < 16:
            raise refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING", "send Authorization: Bearer")
        return Admitted(text, None)

    async def person(self, headers: Headers, *, active: bool = False) -> Kept:
        """The session of the request's cookie."""
        secret = cookie_of(headers, _COOKIE)
        if secret is None or len(secret) != _SECRET_LENGTH:
            raise refused(grpc.StatusCode.UNAUTHENTICATED, "SESSION_MISSING", "sign in first")
        return await self._life.resolve(secret, active=active)

    def _prove(self, headers: Headers, kept: Kept) -> None:
        self._prove_origin(headers)
        token = headers.get(b"x-csrf-token", b"")
        if not hmac.compare_digest(token, kept.csrf.encode()):
            raise refused(
                grpc.StatusCode.PERMISSION_DENIED, "CSRF_TOKEN_INVALID", "send x-csrf-token from GET /session"
            )

    def _prove_origin(self, headers: Headers) -> None:
        origin, site = headers.get(b"origin"), headers.get(b"sec-fetch-site")
        # Browsers send at least one of the two with every changing request; what sends neither is no page of ours.
        foreign = (origin is not None and origin != self._origin) or (site is not None and site != b"same-origin")
        if foreign or (origin is None and site is None):
            raise refused(grpc.StatusCode.PERMISSION_DENIED, "ORIGIN_INVALID", "the request is not from our own pages")
