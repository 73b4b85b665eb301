"""Text that can be an id at all: a database refuses to compare an id with any other."""

from uuid import UUID


def is_id(text: str) -> bool:
    """Tell whether a text can be an id."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True
