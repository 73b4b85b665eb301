"""Who is calling: access tokens verified against the issuer's keys, turned into an `Actor`."""

import asyncio
import ssl
import time
from collections import OrderedDict
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from chassis.errors import Unauthenticated
from chassis.tls import trusted

ActorKind = Literal["person", "system", "service"]
# How far the issuer's clock may be ahead of ours, in seconds.
_AHEAD = 60.0
_SERVICE_ACCOUNT = "service-account-"


@dataclass(frozen=True)
class Actor:
    """A person, an external system or one of our services, with what their access is decided by."""

    kind: ActorKind
    id: str
    name: str
    roles: frozenset[str] = frozenset()
    ip: str = ""
    bureau_ids: frozenset[str] = frozenset()
    community_ids: frozenset[str] = frozenset()
    active: bool = True
    language: str = "zh-CN"


class PersonLike(Protocol):
    """What identity needs of a person's document."""

    active: bool
    name: str

    @property
    def roles(self) -> Any:
        """Role names."""
        ...

    @property
    def bureau_ids(self) -> Any:
        """Ids of bureaus."""
        ...

    @property
    def community_ids(self) -> Any:
        """Ids of communities."""
        ...


class People(Protocol):
    """Where persons are looked up."""

    def person(self, staff_number: str) -> PersonLike | None:
        """Answers the person, or None while the branch does not know them."""
        ...


_caller: ContextVar[Actor] = ContextVar("caller")


def caller() -> Actor:
    """Answers who makes the present call."""
    return _caller.get()


def set_caller(actor: Actor) -> None:
    """Sets who makes the present call."""
    _caller.set(actor)


def service_actor(name: str) -> Actor:
    """Answers the actor of a service's own background work."""
    return Actor(kind="service", id=f"svc-{name}", name=name, roles=frozenset({"service"}))


class TokenVerifier:
    """Verifies access tokens for one audience. A verified token is remembered until it ends."""

    def __init__(
        self, *, issuer: str, jwks_url: str, audience: str, people: People, verify: ssl.SSLContext | None = None
    ) -> None:
        self._trust = verify or trusted()
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._audience = audience
        self._people = people
        self._keys: KeySet | None = None
        self._fetched_at = 0.0
        self._fetching = asyncio.Lock()
        self._verified: OrderedDict[tuple[str, str, str], _Known] = OrderedDict()

    async def actor(self, authorization: str, *, ip: str, language: str) -> Actor:
        """Answers who carries this `Authorization` header, or refuses with `TOKEN_*`."""
        if authorization[:7].lower() != "bearer " or len(authorization) < 16:
            raise Unauthenticated(detail="no bearer token")
        key = (authorization[7:], ip, language)
        known = self._verified.get(key)
        if known is None:
            claims = await self._verify(key[0])
            known = self._remember(key, claims)
        elif not known.issued_at - _AHEAD <= time.time() < known.until:
            del self._verified[key]
            raise Unauthenticated(detail="token has ended")
        elif known.person is not self._people.person(known.username):
            known = self._remember(key, known.claims)
        return known.actor

    def _remember(self, key: tuple[str, str, str], claims: dict[str, Any]) -> "_Known":
        username = str(claims.get("preferred_username", ""))
        person = self._people.person(username)
        known = _Known(
            claims, claims["exp"], claims["iat"], username, person, _to_actor(claims, username, person, key[1], key[2])
        )
        self._verified[key] = known
        if len(self._verified) > 20_000:
            self._verified.popitem(last=False)
        return known

    async def keys(self, *, fresh: bool = False) -> KeySet:
        """Answers the issuer's keys; fetches them when there are none, they are old, or a fresh look is asked for."""
        now = time.monotonic()
        age = now - self._fetched_at
        if self._keys is not None and age < 600 and not (fresh and age > 5):
            return self._keys
        async with self._fetching:
            if self._keys is None or time.monotonic() - self._fetched_at >= min(age, 5):
                try:
                    async with httpx.AsyncClient(timeout=5, verify=self._trust) as client:
                        answer = await client.get(self._jwks_url)
                        answer.raise_for_status()
                        self._keys = KeySet.import_key_set(answer.json())
                        self._fetched_at = time.monotonic()
                except httpx.HTTPError as error:
                    # Known keys go on being trusted while the issuer is away; without any, nobody can be verified.
                    if self._keys is None:
                        raise IssuerUnavailable(detail=type(error).__name__) from error
        return self._keys

    async def _verify(self, token: str) -> dict[str, Any]:
        keys = await self.keys()
        try:
            decoded = jwt.decode(token, keys, algorithms=["RS256", "ES256"])
        except (JoseError, ValueError):
            # A key that is not known yet is worth one fresh look: issuers rotate.
            try:
                decoded = jwt.decode(token, await self.keys(fresh=True), algorithms=["RS256", "ES256"])
            except (JoseError, ValueError) as error:
                raise Unauthenticated(detail="signature") from error
        claims: dict[str, Any] = dict(decoded.claims)
        self._check(claims)
        return claims

    def _check(self, claims: dict[str, Any]) -> None:
        named: Any = claims.get("aud") or []
        audience: list[str] = [named] if isinstance(named, str) else list(named)
        if claims.get("iss") != self._issuer:
            raise Unauthenticated(detail="issuer")
        if self._audience not in audience:
            raise Unauthenticated(detail="audience")
        # An ID or refresh token is signed by the same keys and is not a right to call.
        if claims.get("typ") != "Bearer":
            raise Unauthenticated(detail="type")
        exp, issued, not_before = claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)
        if not isinstance(exp, int | float) or exp <= time.time() or not_before > time.time() + _AHEAD:
            raise Unauthenticated(detail="token has ended")
        # One from the future is of before the clock was set back; its end is days away and means nothing.
        if not isinstance(issued, int | float) or issued > time.time() + _AHEAD:
            raise Unauthenticated(detail="token is from the future")


@dataclass(frozen=True)
class _Known:
    """A verified token and who carries it, good until the token ends or the person's record changes."""

    claims: dict[str, Any]
    until: float
    issued_at: float
    username: str
    person: PersonLike | None
    actor: Actor


def _to_actor(claims: dict[str, Any], username: str, person: PersonLike | None, ip: str, language: str) -> Actor:
    realm_access: dict[str, Any] = claims.get("realm_access") or {}
    roles = frozenset(str(role) for role in realm_access.get("roles", ()))
    if username.startswith(_SERVICE_ACCOUNT):
        client = str(claims.get("azp") or username.removeprefix(_SERVICE_ACCOUNT))
        kind: ActorKind = "service" if "service" in roles else "system"
        return Actor(kind=kind, id=client, name=client, roles=roles, ip=ip, language=language)
    if person is None:
        name = str(claims.get("name") or username)
        return Actor(kind="person", id=username, name=name, roles=roles, ip=ip, language=language)
    # The branch's own record is newer than a token can be: a role taken away bites before the token ends.
    return actor_of(username, person, ip=ip, language=language)


def actor_of(staff_number: str, person: PersonLike, *, ip: str = "", language: str = "zh-CN") -> Actor:
    """Answers a member of staff as a caller, by the branch's own record."""
    return Actor(
        kind="person",
        id=staff_number,
        name=person.name,
        roles=frozenset(person.roles),
        ip=ip,
        bureau_ids=frozenset(person.bureau_ids),
        community_ids=frozenset(person.community_ids),
        active=person.active,
        language=language,
    )


class IssuerUnavailable(Unauthenticated):
    """The issuer's keys cannot be had, so nobody can be verified yet."""

    reason = "ISSUER_UNAVAILABLE"
    kind = "unavailable"


class ServiceToken:
    """The token of a service's own client, renewed before it ends."""

    def __init__(self, *, token_url: str, client_id: str, secret: str, verify: ssl.SSLContext | None = None) -> None:
        self._trust = verify or trusted()
        self._token_url = token_url
        self._client_id = client_id
        self._secret = secret
        self._token = ""
        self._good_until = 0.0
        self._clock_was = 0.0
        self._lock = asyncio.Lock()

    async def get(self) -> str:
        """Answers a token with at least half a minute left. Raises `httpx.HTTPError` when none can be had."""
        if self._good():
            return self._token
        async with self._lock:
            if self._good():
                return self._token
            async with httpx.AsyncClient(timeout=5, verify=self._trust) as client:
                answer = await client.post(
                    self._token_url,
                    data={"grant_type": "client_credentials"},
                    auth=(self._client_id, self._secret),
                )
                answer.raise_for_status()
                body = answer.json()
            self._token = body["access_token"]
            self._good_until = time.monotonic() + max(int(body.get("expires_in", 60)) - 30, 5)
            self._clock_was = time.time() - time.monotonic()
            return self._token

    def _good(self) -> bool:
        # Where the clock was set, a token's times mean nothing any more, to those who verify it either.
        clock_set = abs(time.time() - time.monotonic() - self._clock_was) > _AHEAD / 2
        return time.monotonic() < self._good_until and not clock_set
