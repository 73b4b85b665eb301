"""Ids: UUIDv7 as text, so that rows made later sort later."""

import uuid_utils


def new_id() -> str:
    """Answers a fresh UUIDv7 in its 36-character form."""
    return str(uuid_utils.uuid7())
