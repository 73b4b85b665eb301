"""Ids: UUIDv7 as text, so that rows made later sort later, also while the clock is set back."""

import threading
import time
from uuid import UUID

import uuid_utils

_lock = threading.Lock()
_latest = 0
# As long as the clock may stand still or step a little without ids noticing: the library itself counts within a millisecond.
_STEP = 1_000_000_000


def new_id() -> str:
    """Answers a fresh UUIDv7 in its 36-character form; within a process none is older than one before it, but for a second."""
    global _latest
    now = time.time_ns()
    if now >= _latest:
        # Two threads may write it in either order; what is lost is less than the step.
        _latest = now
        return str(uuid_utils.uuid7())
    if _latest - now < _STEP:
        return str(uuid_utils.uuid7())
    with _lock:
        # The clock was set back: ids go on from where they were, a millisecond apart, until it has caught up.
        _latest += 1_000_000
        return str(uuid_utils.uuid7(nanoseconds=_latest))


def is_id(text: object) -> bool:
    """Tells whether a text can be an id at all."""
    try:
        UUID(str(text))
    except ValueError:
        return False
    return True
