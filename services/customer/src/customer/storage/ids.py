"""Ids as they come from outside."""

import uuid


def is_id(text: str) -> bool:
    """Tells whether a text can be an id at all; the database would fail on another one instead of finding nothing."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
