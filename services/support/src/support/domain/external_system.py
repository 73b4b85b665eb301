"""An older system as the administrator sets it: checked here, so that what is stored can be opened."""

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from support.domain.errors import FieldRefused, SupportRefusal

_CODE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,38}[A-Za-z0-9])?")
_FIELD = re.compile(r"[^\s\"'<>&=]{1,80}")
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
_ROLE = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f\\]")
_TITLE_LENGTH, _NOTE_LENGTH, _ADDRESS_LENGTH = 40, 120, 500
_POSITIONS_AT_MOST = 40
_PLACE_AT_MOST = 10_000
_NAME_LENGTH, _PASSWORD_LENGTH = 200, 500


class WayIn(StrEnum):
    """How a person gets in."""

    OIDC = "oidc"
    SAML = "saml"
    STORED_CREDENTIAL = "stored"
    LINK = "link"


class Outcome(StrEnum):
    """How opening a system went."""

    OPENED = "OPENED"
    CREDENTIAL_WANTED = "CREDENTIAL_WANTED"
    CREDENTIAL_REFUSED = "CREDENTIAL_REFUSED"
    SYSTEM_UNREACHABLE = "SYSTEM_UNREACHABLE"


class SystemCodeTaken(SupportRefusal):
    """Another system has the code already."""

    reason = "SYSTEM_CODE_TAKEN"
    kind = "exists"


class SystemChanged(SupportRefusal):
    """Somebody changed the system since the caller read it."""

    reason = "STALE_VERSION"
    kind = "stale"


class SystemTakesNoCredential(SupportRefusal):
    """The way into the system needs no stored name and password."""

    reason = "SYSTEM_TAKES_NO_CREDENTIAL"


class CredentialWanted(SupportRefusal):
    """The person must enter name and password: none is stored, or the one stored was turned away (`cause`)."""

    reason = "CREDENTIAL_WANTED"


class SystemUnreachable(SupportRefusal):
    """The older system does not answer, or not as a sign-in form does (`cause`).

    We ourselves are available: said otherwise, the channel would ask again and again, and the older system with it.
    """

    reason = "SYSTEM_UNREACHABLE"


@dataclass(frozen=True, slots=True)
class ExternalSystem:
    """An older system. `version` 0 is one that is not stored yet."""

    code: str
    title_zh: str
    title_en: str
    way_in: WayIn
    start_url: str
    note_zh: str = ""
    note_en: str = ""
    login_url: str = ""
    user_field: str = ""
    password_field: str = ""
    cookie_domain: str = ""
    positions: tuple[str, ...] = ()
    place: int = 0
    active: bool = True
    version: int = 0
    id: str = ""

    def shown_to(self, roles: frozenset[str]) -> bool:
        """Tell whether somebody in these positions has the tile."""
        return self.active and (not self.positions or not roles.isdisjoint(self.positions))

    def same_receiver(self, other: "ExternalSystem") -> bool:
        """Tell whether a password entered for this system goes to the same place in the other state of it.

        A person trusts the place that was there when they entered the password; another one must be trusted anew.
        """
        return self.way_in == other.way_in and origin_of(self.login_url) == origin_of(other.login_url)


@dataclass(frozen=True, slots=True)
class Tile:
    """A system as one person sees it; `ready` when nothing needs to be entered first."""

    system: ExternalSystem
    ready: bool


def origin_of(address: str) -> tuple[str, str, int]:
    """Answer scheme, host and port of an address."""
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.scheme, (parts.hostname or "").lower(), port


def check_system(system: ExternalSystem, portal_host: str) -> None:
    """Refuse what could never be opened; `portal_host` is where the browser has the portal."""
    _check_words(system)
    _check_address("start_url", system.start_url)
    if system.way_in is WayIn.STORED_CREDENTIAL:
        _check_form(system)
        _check_cookies(system, portal_host.lower())
        return
    for field in ("login_url", "user_field", "password_field", "cookie_domain"):
        if getattr(system, field):
            raise FieldRefused(f"system.{field}", "ONLY_FOR_STORED_CREDENTIALS")


def check_credential(user: str, password: str) -> None:
    """Refuse a name or password that cannot be one. The refusal says nothing of either."""
    for field, value, longest in (("user", user, _NAME_LENGTH), ("password", password, _PASSWORD_LENGTH)):
        if not value.strip():
            raise FieldRefused(field, "FIELD_REQUIRED")
        if len(value) > longest:
            raise FieldRefused(field, "TOO_LONG", limit=str(longest))


def never_ours(host: str) -> bool:
    """Tell whether an address is one that no older system has: link-local (metadata of clouds), multicast, unspecified."""
    try:
        address = ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    found = mapped or address
    return found.is_link_local or found.is_multicast or found.is_unspecified or str(found) == "255.255.255.255"


def _check_words(system: ExternalSystem) -> None:
    if not _CODE.fullmatch(system.code):
        raise FieldRefused("system.code", "CODE_INVALID")
    for field in ("title_zh", "title_en"):
        if not getattr(system, field).strip():
            raise FieldRefused(f"system.{field}", "FIELD_REQUIRED")
    lengths = {"title_zh": _TITLE_LENGTH, "title_en": _TITLE_LENGTH, "note_zh": _NOTE_LENGTH, "note_en": _NOTE_LENGTH}
    for field, longest in lengths.items():
        if len(getattr(system, field)) > longest:
            raise FieldRefused(f"system.{field}", "TOO_LONG", limit=str(longest))
    if len(system.positions) > _POSITIONS_AT_MOST or not all(_ROLE.fullmatch(name) for name in system.positions):
        raise FieldRefused("system.positions", "POSITION_UNKNOWN")
    if not 0 <= system.place <= _PLACE_AT_MOST:
        raise FieldRefused("system.place", "FIELD_INVALID")


def _check_address(field: str, address: str) -> None:
    if not address:
        raise FieldRefused(f"system.{field}", "FIELD_REQUIRED")
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise FieldRefused(f"system.{field}", "ADDRESS_INVALID") from None
    wrong = parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or bool(parts.fragment)
    if wrong or _SPACE.search(address) or not address.isascii() or len(address) > _ADDRESS_LENGTH or never_ours(host):
        raise FieldRefused(f"system.{field}", "ADDRESS_INVALID")


def _check_form(system: ExternalSystem) -> None:
    _check_address("login_url", system.login_url)
    for field in ("user_field", "password_field"):
        if not _FIELD.fullmatch(getattr(system, field)):
            raise FieldRefused(f"system.{field}", "FIELD_REQUIRED")
    if system.user_field == system.password_field:
        raise FieldRefused("system.password_field", "FIELD_INVALID")


def _check_cookies(system: ExternalSystem, portal_host: str) -> None:
    """The browser takes the other system's cookies from us only for our own host, or for a domain above both."""
    hosts = {origin_of(system.start_url)[1], origin_of(system.login_url)[1]}
    if not system.cookie_domain:
        if hosts != {portal_host}:
            raise FieldRefused("system.cookie_domain", "COOKIE_DOMAIN_WANTED", host=portal_host)
        return
    domain = system.cookie_domain
    if not _DOMAIN.fullmatch(domain) or not all(
        host == domain or host.endswith(f".{domain}") for host in hosts | {portal_host}
    ):
        raise FieldRefused("system.cookie_domain", "COOKIE_DOMAIN_WRONG", host=portal_host)
