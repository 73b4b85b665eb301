"""A mark that a process leaves for as long as it lives: whoever finds one without its process knows that nobody said good-bye.

Killed, crashed, or the power failed. The system's lock on the file ends with the process, so processes of one service that stand side by side
through a hand-over do not take each other for dead.
"""

import contextlib
import fcntl
import os
from pathlib import Path

import structlog

from chassis.ids import new_id
from chassis.telemetry import counter

log = structlog.get_logger()
_broken_off = counter("crm.process.broken_off", "earlier processes of this part that ended without a word")
_SUFFIX = ".alive"


class LifeMark:
    """The mark of this process in a folder that the processes of a service share."""

    def __init__(self, folder: Path) -> None:
        """Counts the marks of those that are gone, takes them away, and leaves its own.

        A folder that cannot be written costs the mark, not the start.
        """
        self.broken_off = 0
        self._path = folder / (new_id() + _SUFFIX)
        self._file = -1
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.broken_off = sum(_take_away(path) for path in folder.glob(f"*{_SUFFIX}"))
            # Under another name until it is locked: a mark that is seen has its process.
            hidden = self._path.with_suffix(".new")
            self._file = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            hidden.rename(self._path)
            _to_disk(folder)
        except OSError as error:
            log.warning("no mark of this process can be left", folder=str(folder), error=str(error))
        if self.broken_off:
            log.warning("the process before this one ended without a word", processes=self.broken_off)
            _broken_off.add(self.broken_off)

    def clear(self) -> None:
        """Takes the mark away: this process ends as it was told."""
        if self._file >= 0:
            self._path.unlink(missing_ok=True)
            os.close(self._file)
            self._file = -1


def _take_away(path: Path) -> bool:
    """Tells whether nobody holds a mark any more, and takes it away then."""
    with contextlib.suppress(OSError):
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
            return True
        finally:
            os.close(file)
    return False


def _to_disk(folder: Path) -> None:
    # A power cut soon after must find the mark.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
