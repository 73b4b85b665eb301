"""First passwords: random, typed from a screen once, and kept only as the hash that Keycloak imports."""

import base64
import hashlib
import json
import secrets

# Without letters and digits that are taken for each other.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 3, 4
# OWASP's figure for PBKDF2 with SHA-512; Keycloak hashes again in its own way at the next login.
_ITERATIONS = 210_000


def first_password() -> str:
    """Make a password of 59 random bits that a person can read out."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))


def credential(password: str) -> str:
    """Answer the hash of a password as Keycloak keeps it, JSON. Takes a tenth of a second on purpose."""
    salt = secrets.token_bytes(16)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS, 64)
    return json.dumps(
        {
            "type": "password",
            "credentialData": json.dumps({"hashIterations": _ITERATIONS, "algorithm": "pbkdf2-sha512"}),
            "secretData": json.dumps({"value": _base64(digest), "salt": _base64(salt)}),
        }
    )


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
