"""Keycloak as an OpenID provider: where to send a browser, what a code or a refresh token is worth, what it says of itself."""

from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

import grpc
import httpx
import structlog
from joserfc import jwt
from joserfc.errors import JoseError

from chassis.clock import Clock
from chassis.identity import IssuerUnavailable, TokenVerifier
from gateway.problems import Problem, refused
from gateway.settings import GatewaySettings

log = structlog.get_logger()
_ALGORITHMS = ["RS256", "ES256", "PS256"]
_LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
# Clocks differ a little; a logout token is meant to be used at once.
_LEEWAY = 60.0
_LOGOUT_TOKEN_AGE = 300.0

Claims = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TokenSet:
    """What the provider gave for a code or a refresh token."""

    access: str
    access_until: float
    refresh: str
    id_token: str


@dataclass(frozen=True, slots=True)
class Logout:
    """What a logout token says ends: one session of the provider, or all of one person's."""

    provider_session: str
    subject: str
    token_id: str
    until: float


class TokenRefused(Exception):
    """The provider knows this code or refresh token no more: the person must sign in again."""


class IdentityProvider:
    """The realm, as this gateway's client sees it."""

    def __init__(
        self, settings: GatewaySettings, verifier: TokenVerifier, clock: Clock, http: httpx.AsyncClient
    ) -> None:
        self._settings = settings
        self._verifier = verifier
        self._clock = clock
        self._http = http
        self._secret = settings.secret("client_secret")

    @property
    def callback_url(self) -> str:
        """Where the provider sends the browser back to."""
        return f"{self._settings.origin}/callback"

    def sign_in_url(self, *, state: str, nonce: str, challenge: str, language: str) -> str:
        """Where the browser signs in (code flow with PKCE)."""
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self.callback_url,
            "scope": "openid",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "ui_locales": language,
        }
        return f"{self._settings.issuer}/protocol/openid-connect/auth?{urlencode(query)}"

    def sign_out_url(self, id_token: str) -> str:
        """Where the browser ends the provider's session too."""
        query = {
            "client_id": self._settings.client_id,
            "post_logout_redirect_uri": f"{self._settings.origin}/",
            "id_token_hint": id_token,
        }
        return f"{self._settings.issuer}/protocol/openid-connect/logout?{urlencode(query)}"

    async def redeem(self, code: str, verifier: str) -> TokenSet:
        """Turns a code into tokens, once."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.callback_url}
        return await self._tokens({**form, "code_verifier": verifier})

    async def renew(self, refresh_token: str) -> TokenSet:
        """Turns a refresh token into new tokens; the old one is worth nothing afterwards."""
        return await self._tokens({"grant_type": "refresh_token", "refresh_token": refresh_token})

    async def _tokens(self, form: dict[str, str]) -> TokenSet:
        asked_at = self._clock.now().timestamp()
        try:
            answer = await self._http.post(
                self._settings.token_url, data=form, auth=(self._settings.client_id, self._secret)
            )
        except httpx.HTTPError as error:
            raise _away() from error
        body = _json(answer)
        if body.get("error") == "invalid_grant":
            raise TokenRefused("invalid_grant")
        if answer.status_code != 200 or "access_token" not in body:
            log.error("the provider refuses the gateway itself", status=answer.status_code, error=body.get("error"))
            raise _away()
        return TokenSet(
            access=str(body["access_token"]),
            access_until=asked_at + float(body.get("expires_in", 60)),
            refresh=str(body.get("refresh_token", "")),
            id_token=str(body.get("id_token", "")),
        )

    async def verify_id_token(self, token: str, *, nonce: str) -> Claims:
        """The claims of an id token that was made for us, just now, for this very sign-in. Raises `Problem`."""
        claims = await self._signed(token, "ID_TOKEN_INVALID")
        now = self._clock.now().timestamp()
        audience = _audience(claims)
        good = (
            claims.get("iss") == self._settings.issuer
            and self._settings.client_id in audience
            and (len(audience) == 1 or claims.get("azp") == self._settings.client_id)
            and _number(claims.get("exp")) > now
            and _number(claims.get("iat")) < now + _LEEWAY
            and bool(nonce)
            and claims.get("nonce") == nonce
            and bool(claims.get("sub"))
        )
        if not good:
            raise refused(grpc.StatusCode.UNAUTHENTICATED, "ID_TOKEN_INVALID", "the id token was not made for this")
        return claims

    async def verify_logout_token(self, token: str) -> Logout:
        """What a logout token ends (OpenID Connect Back-Channel Logout 1.0 §2.6). Raises `Problem`."""
        claims = await self._signed(token, "LOGOUT_TOKEN_INVALID")
        now = self._clock.now().timestamp()
        events = claims.get("events")
        issued = _number(claims.get("iat"))
        good = (
            claims.get("iss") == self._settings.issuer
            and self._settings.client_id in _audience(claims)
            and now - _LOGOUT_TOKEN_AGE < issued < now + _LEEWAY
            and ("exp" not in claims or _number(claims["exp"]) > now - _LEEWAY)
            and isinstance(events, dict)
            and isinstance(events.get(_LOGOUT_EVENT), dict)
            and bool(claims.get("sid") or claims.get("sub"))
            and bool(claims.get("jti"))
            # An id token has a nonce; it must never pass for a logout token.
            and "nonce" not in claims
        )
        if not good:
            raise refused(grpc.StatusCode.INVALID_ARGUMENT, "LOGOUT_TOKEN_INVALID", "not a logout token for us")
        return Logout(
            provider_session=str(claims.get("sid", "")),
            subject=str(claims.get("sub", "")),
            token_id=str(claims["jti"]),
            until=issued + _LOGOUT_TOKEN_AGE + _LEEWAY,
        )

    async def _signed(self, token: str, reason: str) -> Claims:
        """The claims of a token signed by a key of the realm; a key not known yet is worth one fresh look."""
        for fresh in (False, True):
            try:
                keys = await self._verifier.keys(fresh=fresh)
            except IssuerUnavailable as error:
                raise _away() from error
            try:
                return dict(jwt.decode(token, keys, algorithms=_ALGORITHMS).claims)
            except (JoseError, ValueError):
                continue
        raise refused(grpc.StatusCode.UNAUTHENTICATED, reason, "the token is not signed by the realm")


def _away() -> Problem:
    return refused(grpc.StatusCode.UNAVAILABLE, "IDENTITY_PROVIDER_UNAVAILABLE", "the sign-in service does not answer")


def _json(answer: httpx.Response) -> Claims:
    try:
        body: object = answer.json()
    except ValueError:
        return {}
    return cast("Claims", body) if isinstance(body, dict) else {}


def _audience(claims: Claims) -> list[str]:
    found = claims.get("aud", [])
    return [found] if isinstance(found, str) else [str(name) for name in found]


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
