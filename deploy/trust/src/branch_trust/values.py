"""What secrets look like. Nothing here is ever printed."""

import base64
import secrets


def random_text() -> str:
    """Makes a password for machines: 168 random bits in 28 characters; Oracle 19c takes no more than 30."""
    return secrets.token_urlsafe(21)


def sealing_key(key_id: str = "k1") -> str:
    """Makes a line for a file of sealing keys: an id and 256 random bits."""
    return f"{key_id}:{base64.b64encode(secrets.token_bytes(32)).decode()}"


def typeable() -> str:
    """Makes a password that a person can type from a screen: 60 random bits without look-alikes."""
    letters = "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(12))
    return f"crm-{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def age_key() -> str:
    """Makes the key of the backups, in the form of the program age."""
    import pyrage

    return str(pyrage.x25519.Identity.generate())
