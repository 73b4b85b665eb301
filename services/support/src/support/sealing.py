"""Names and passwords of people for older systems, sealed with keys that are in no database.

AES-256-GCM; the person and the system are bound in, so that a row moved to another person or system opens nothing.
The key's id stands in the row: keys are rotated by putting a new line `id:base64` on top of the file.
"""

import json
import os
from base64 import b64decode
from binascii import Error as WrongBase64
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_FILE = "credential_key"
_NONCE_BYTES = 12
_KEY_BYTES = 32
_KEY_ID_LENGTH = 16
_PURPOSE = b"crm-support-credential/1"


@dataclass(frozen=True, slots=True)
class Credential:
    """A name and password in clear; only ever in memory, and never printed."""

    user: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A credential as it is stored."""

    key_id: str
    content: bytes = field(repr=False)


class SealBroken(Exception):
    """What is stored was not sealed by us for this person and system, or its key is gone."""


@dataclass(frozen=True)
class Keys:
    """Every key that opens, and the id of the one that seals."""

    current: str
    _ciphers: Mapping[str, AESGCM] = field(repr=False)

    @classmethod
    def read(cls, text: str) -> "Keys":
        """Read the lines `id:base64` of a key file; the first one seals. Ends the process when there is anything else."""
        ciphers: dict[str, AESGCM] = {}
        for place, line in enumerate(filter(None, (line.strip() for line in text.splitlines())), 1):
            key_id, _, encoded = line.partition(":")
            try:
                key = b64decode(encoded, validate=True)
            except WrongBase64:
                key = b""
            if not key_id or len(key_id) > _KEY_ID_LENGTH or key_id in ciphers or len(key) != _KEY_BYTES:
                raise SystemExit(f"settings: line {place} of the secret file {KEY_FILE} is not `id:32 bytes in base64`")
            ciphers[key_id] = AESGCM(key)
        if not ciphers:
            raise SystemExit(f"settings: the secret file {KEY_FILE} holds no key")
        return cls(next(iter(ciphers)), ciphers)

    def seal(self, credential: Credential, staff_number: str, system_code: str) -> Sealed:
        """Seal a credential for one person and one system."""
        plain = json.dumps([credential.user, credential.password], ensure_ascii=False).encode()
        nonce = os.urandom(_NONCE_BYTES)
        bound = _bound(self.current, staff_number, system_code)
        return Sealed(self.current, nonce + self._ciphers[self.current].encrypt(nonce, plain, bound))

    def open(self, sealed: Sealed, staff_number: str, system_code: str) -> Credential:
        """Open what was sealed for this person and system; anything else raises `SealBroken`."""
        cipher = self._ciphers.get(sealed.key_id)
        if cipher is None:
            raise SealBroken("the key is gone")
        nonce, content = sealed.content[:_NONCE_BYTES], sealed.content[_NONCE_BYTES:]
        try:
            plain = cipher.decrypt(nonce, content, _bound(sealed.key_id, staff_number, system_code))
        except (InvalidTag, ValueError):
            raise SealBroken("the seal does not fit") from None
        user, password = json.loads(plain)
        return Credential(user, password)


def _bound(key_id: str, staff_number: str, system_code: str) -> bytes:
    # Lengths in front: `m1`+`0x` and `m10`+`x` must not read the same.
    parts = [_PURPOSE, *(part.encode() for part in (key_id, staff_number, system_code))]
    return b"".join(len(part).to_bytes(2, "big") + part for part in parts)
