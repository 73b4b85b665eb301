"""What support announces on the bus: nothing so far; its settings travel as documents (documents.py)."""

from chassis.database import Outgoing


def encode(event: object) -> Outgoing:
    """Refuse every event: none is declared."""
    raise TypeError(f"support announces no {type(event).__name__}")
