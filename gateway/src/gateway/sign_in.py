"""Signing in and out: the OpenID code flow with PKCE, one state for one sign-in, and logout from either side."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import grpc
import orjson
from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse, RedirectResponse

from chassis.identity import TokenVerifier
from chassis.ids import new_id
from gateway.admission import Admission
from gateway.edge import Headers, client_ip, headers_of, read_body, text_of
from gateway.identity import Claims, IdentityProvider, TokenRefused, TokenSet
from gateway.pages import sign_in_failed
from gateway.problems import Problem, refused
from gateway.session_life import SessionLife
from gateway.session_store import SessionStore
from gateway.sessions import COOKIE, Kept, Sealer, Session, from_text, to_text
from gateway.settings import GatewaySettings

_BEFORE = "__Host-crm-login."
_BOUND_TO = b"sign-in"
_NO_STORE = {"cache-control": "no-store"}
_TOKEN_LIMIT = 64 * 1024
_DEFAULT_LANGUAGE = "zh-CN"


@dataclass(frozen=True)
class SignIn:
    """The doors a person goes through."""

    settings: GatewaySettings
    provider: IdentityProvider
    verifier: TokenVerifier
    life: SessionLife
    store: SessionStore
    sealer: Sealer
    admission: Admission

    def router(self) -> APIRouter:
        """The paths."""
        router = APIRouter()
        router.add_api_route("/login", self.login, methods=["GET"])
        router.add_api_route("/callback", self.callback, methods=["GET"])
        router.add_api_route("/session", self.session, methods=["GET"])
        router.add_api_route("/logout", self.logout, methods=["POST"])
        router.add_api_route("/auth-events/backchannel-logout", self.backchannel_logout, methods=["POST"])
        return router

    async def login(self, request: Request, return_to: str = "/") -> Response:
        """Sends the browser to the provider, with what only this browser can bring back."""
        if not own_path(return_to):
            raise refused(grpc.StatusCode.INVALID_ARGUMENT, "RETURN_TO_INVALID", "return_to must be a path of ours")
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        until = self.life.now() + self.settings.sign_in_within.total_seconds()
        language = language_of(headers_of(request.scope))
        where = self.provider.sign_in_url(state=state, nonce=nonce, challenge=_challenge(verifier), language=language)
        answer = RedirectResponse(where, status_code=303, headers=_NO_STORE)
        asked = {"state": state, "nonce": nonce, "verifier": verifier, "return_to": return_to, "until": until}
        # Lax, not Strict: a provider on another site must be able to send the browser back with it.
        answer.set_cookie(
            _BEFORE + state[:8],
            to_text(self.sealer.seal_bytes(orjson.dumps(asked), _BOUND_TO)),
            max_age=int(self.settings.sign_in_within.total_seconds()),
            secure=True,
            httponly=True,
            samesite="lax",
        )
        return answer

    async def callback(
        self, request: Request, state: str = "", code: str = "", iss: str = "", error: str = ""
    ) -> Response:
        """Takes the browser back from the provider and begins its session."""
        headers = headers_of(request.scope)
        try:
            asked = await self._asked(request, state, iss)
            if error or not code:
                raise _failed("SIGN_IN_REFUSED")
            tokens = await self.provider.redeem(code, asked["verifier"])
            claims = await self.provider.verify_id_token(tokens.id_token, nonce=asked["nonce"])
            session = await self._new_session(request, tokens, claims)
            await self._end_earlier(headers)
            secret, _ = await self.life.begin(session)
        except (Problem, TokenRefused) as failure:
            reason = failure.reason if isinstance(failure, Problem) else "CODE_REFUSED"
            if reason == "STATE_UNKNOWN" and await self._signed_in(headers):
                return RedirectResponse("/", status_code=303, headers=_NO_STORE)  # the back button, after all went well
            status = failure.connect_status if isinstance(failure, Problem) else 400
            return sign_in_failed(reason, status, language_of(headers))
        answer = RedirectResponse(asked["return_to"], status_code=303, headers=_NO_STORE)
        # Strict: no other site's link, form or script ever sends it along.
        answer.set_cookie(COOKIE, secret, secure=True, httponly=True, samesite="strict")
        answer.delete_cookie(_BEFORE + state[:8], secure=True, httponly=True, samesite="lax")
        return answer

    async def _asked(self, request: Request, state: str, iss: str) -> dict[str, Any]:
        """What this browser was sent away with; each state is good for one return."""
        sealed = from_text(request.cookies.get(_BEFORE + state[:8], ""))
        plain = self.sealer.open_bytes(sealed, _BOUND_TO) if sealed else None
        asked: dict[str, Any] = orjson.loads(plain) if plain else {}
        if not state or not hmac.compare_digest(str(asked.get("state", "")).encode(), state.encode()):
            raise _failed("STATE_UNKNOWN")
        left = asked["until"] - self.life.now()
        if left <= 0:
            raise _failed("STATE_EXPIRED")
        if iss and iss != self.settings.issuer:
            raise _failed("ISSUER_MISMATCH")
        if not await self.store.once("state", state, left):
            raise _failed("STATE_USED")
        return asked

    async def _new_session(self, request: Request, tokens: TokenSet, claims: Claims) -> Session:
        headers = headers_of(request.scope)
        ip = client_ip(request.scope, headers, self.settings.trusted_proxies)
        language = language_of(headers)
        actor = await self.verifier.actor(f"Bearer {tokens.access}", ip=ip, language=language)
        now = self.life.now()
        return Session(
            id=new_id(),
            staff_number=actor.id,
            name=actor.name,
            roles=tuple(sorted(actor.roles)),
            subject=str(claims["sub"]),
            provider_session=str(claims.get("sid", "")),
            ip=ip,
            user_agent=text_of(headers, b"user-agent")[:300],
            language=language,
            started_at=now,
            seen_at=now,
            access_token=tokens.access,
            access_until=tokens.access_until,
            refresh_token=tokens.refresh,
            id_token=tokens.id_token,
        )

    async def _end_earlier(self, headers: Headers) -> None:
        """A browser has one session: signing in again ends the one before."""
        kept = await self._signed_in(headers)
        if kept is not None:
            await self.life.end(kept.key, "logout")

    async def _signed_in(self, headers: Headers) -> Kept | None:
        try:
            return await self.admission.person(headers)
        except Problem:
            return None

    async def session(self, request: Request) -> Response:
        """Who is signed in, and the token that changing calls must carry."""
        kept = await self.admission.person(headers_of(request.scope))
        session = kept.session
        until = session.started_at + self.settings.session_absolute.total_seconds()
        body = {
            "staff_number": session.staff_number,
            "name": session.name,
            "roles": list(session.roles),
            "csrf": kept.csrf,
            "expires_at": datetime.fromtimestamp(until, UTC).isoformat(),
            "idle_seconds": int(self.settings.session_idle.total_seconds()),
            "language": session.language,
        }
        return JSONResponse(body, headers=_NO_STORE)

    async def logout(self, request: Request) -> Response:
        """Ends the session here and answers where the browser ends the provider's."""
        admitted = await self.admission.admit(headers_of(request.scope))
        if admitted.session is None:
            raise refused(grpc.StatusCode.UNAUTHENTICATED, "SESSION_MISSING", "only a session can be ended")
        session = await self.life.end(admitted.session.key, "logout")
        id_token = (session or admitted.session.session).id_token
        answer = JSONResponse({"location": self.provider.sign_out_url(id_token)}, headers=_NO_STORE)
        answer.delete_cookie(COOKIE, secure=True, httponly=True, samesite="strict")
        return answer

    async def backchannel_logout(self, request: Request) -> Response:
        """The provider says that a session has ended: so does ours (OpenID Connect Back-Channel Logout 1.0)."""
        body = await read_body(request.receive, headers_of(request.scope), _TOKEN_LIMIT)  # pyright: ignore[reportArgumentType]  # a mutable mapping is one
        token = parse_qs(body.decode("latin-1")).get("logout_token", [""])[0]
        try:
            logout = await self.provider.verify_logout_token(token)
        except Problem as problem:
            if problem.code is grpc.StatusCode.UNAVAILABLE:
                raise
            wrong = {"error": "invalid_request", "error_description": problem.reason}
            return JSONResponse(wrong, status_code=400, headers=_NO_STORE)
        if not await self.store.once("logout-token", logout.token_id, logout.until - self.life.now()):
            wrong = {"error": "invalid_request", "error_description": "LOGOUT_TOKEN_USED"}
            return JSONResponse(wrong, status_code=400, headers=_NO_STORE)
        await self.life.end_matching(logout.provider_session, logout.subject)
        return Response(status_code=200, headers=_NO_STORE)


def own_path(path: str) -> bool:
    """True for a path of this site that is safe to send a browser to."""
    if not path.startswith("/") or path.startswith("//") or "\\" in path or len(path) > 2000:
        return False
    if any(ord(letter) < 0x21 or ord(letter) == 0x7F for letter in path):
        return False  # browsers drop tabs and line ends, and what is left may name another host
    parts = urlsplit(path)
    return not parts.scheme and not parts.netloc


def language_of(headers: Headers) -> str:
    """`en` for a browser that prefers English, else the branch's own."""
    first = text_of(headers, b"accept-language").split(",")[0].strip().lower()
    return "en" if first.startswith("en") else _DEFAULT_LANGUAGE


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


def _failed(reason: str) -> Problem:
    return refused(grpc.StatusCode.INVALID_ARGUMENT, reason, "the sign-in cannot be finished")
