"""Room on the disk: the last of it is kept for what must go on, so changes are refused before the disk is really full.

With nothing left PostgreSQL ends in the middle of its log and the broker stops storing; with the reserve the one still commits
what was begun, the other still takes the canary, and everything that only reads goes on.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from chassis.errors import StorageFull
from chassis.shedding import left

_LOOK_EVERY = 1.0


@dataclass(eq=False)
class Room:
    """The disk under a folder, of which `reserve` bytes are not for changes."""

    folder: Path
    reserve: int
    _full: bool = False
    _looked_at: float = 0.0

    def check(self) -> None:
        """Raises `StorageFull` for a call while the reserve is touched; background work finishes what was begun."""
        if self.reserve and left() is not None and self._is_full():
            raise StorageFull(detail="disk")

    def _is_full(self) -> bool:
        now = time.monotonic()
        if now - self._looked_at >= _LOOK_EVERY:
            self._looked_at = now
            try:
                disk = os.statvfs(self.folder)
            except OSError:
                # A folder that is not there yet fills no disk.
                return False
            self._full = disk.f_bavail * disk.f_frsize < self.reserve
        return self._full
