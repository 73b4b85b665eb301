"""A session: who signed in, their tokens, and how it is sealed for the bucket that several gateways share.

The cookie holds 256 random bits; the bucket's key is their SHA-256, so whoever reads the bucket cannot forge a cookie.
The record is sealed with AES-GCM bound to its key, so whoever reads the bucket learns nothing and cannot move it.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

COOKIE = "__Host-crm"
_SECRET_BYTES = 32
_NONCE_BYTES = 12

EndedBy = Literal["", "logout", "back_channel", "idle", "absolute"]


@dataclass(frozen=True, slots=True)
class Session:
    """Everything the gateways know of one sign-in. Times are seconds since 1970."""

    id: str
    staff_number: str
    name: str
    roles: tuple[str, ...]
    subject: str
    provider_session: str
    ip: str
    user_agent: str
    language: str
    started_at: float
    seen_at: float
    access_token: str = field(repr=False)
    access_until: float
    refresh_token: str = field(repr=False)
    id_token: str = field(repr=False)
    # Who is renewing the tokens just now, and until when that claim holds.
    renewing_by: str = ""
    renewing_until: float = 0.0
    # True once the branch's other services have been told of the sign-in.
    announced: bool = False
    ended_by: EndedBy = ""
    ended_at: float = 0.0


@dataclass(slots=True)
class Kept:
    """A session as one gateway holds it in memory."""

    key: str
    revision: int
    session: Session
    csrf: str
    authorization: str
    # Newer than the record's: the bucket hears of it once a minute.
    seen_at: float


class Sealer:
    """Turns secrets into keys, sessions into sealed records, and back."""

    def __init__(self, secret: str) -> None:
        self._cipher = AESGCM(self._derive(secret, b"seal"))
        self._csrf = self._derive(secret, b"csrf")

    @staticmethod
    def _derive(secret: str, purpose: bytes) -> bytes:
        return hmac.digest(secret.encode(), b"crm-gateway-session/" + purpose, "sha256")

    def csrf_of(self, key: str) -> str:
        """The token a changing call must carry beside the cookie: bound to the session, computed by any gateway."""
        return hmac.new(self._csrf, key.encode(), "sha256").hexdigest()

    def seal(self, session: Session, key: str) -> bytes:
        """The record for the bucket."""
        return self.seal_bytes(orjson.dumps(asdict(session)), key.encode())

    def open(self, sealed: bytes, key: str) -> Session | None:
        """The session of a record; None for one that was not sealed by us for this key."""
        plain = self.open_bytes(sealed, key.encode())
        if plain is None:
            return None
        fields: dict[str, Any] = orjson.loads(plain)
        fields["roles"] = tuple(fields["roles"])
        return Session(**fields)

    def seal_bytes(self, plain: bytes, bound_to: bytes) -> bytes:
        """Seals anything to its purpose."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, bound_to)

    def open_bytes(self, sealed: bytes, bound_to: bytes) -> bytes | None:
        """Opens what was sealed to the same purpose; None for anything else."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to)
        except (InvalidTag, ValueError):
            return None

    def keep(self, key: str, revision: int, session: Session) -> Kept:
        """A session ready for use in memory."""
        return Kept(
            key=key,
            revision=revision,
            session=session,
            csrf=self.csrf_of(key),
            authorization=f"Bearer {session.access_token}",
            seen_at=session.seen_at,
        )


def new_secret() -> str:
    """The value of a fresh session cookie."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def key_of(secret: bytes) -> str:
    """The bucket's key of a session cookie."""
    return hashlib.sha256(secret).hexdigest()


def to_text(sealed: bytes) -> str:
    """Sealed bytes as a cookie can carry them."""
    return urlsafe_b64encode(sealed).decode().rstrip("=")


def from_text(text: str) -> bytes:
    """The reverse of `to_text`; empty for anything unreadable."""
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
