"""Domain events → subject and contract bytes: one line a kind of event."""

from collections.abc import Callable
from typing import Any

from chassis.database import Outgoing

PACKERS: dict[type, Callable[[Any], Outgoing]] = {}


def encode(event: object) -> Outgoing:
    """Answer the event as it leaves; an event nobody declared is a defect."""
    packer = PACKERS.get(type(event))
    if packer is None:
        raise TypeError(f"support announces no {type(event).__name__}")
    return packer(event)
