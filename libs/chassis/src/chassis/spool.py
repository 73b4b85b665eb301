"""Notes that outlive the process that wrote them: in a file before the caller goes on, in the database a moment later.

Writing one costs microseconds and waits for no disk: the room is reserved beforehand, so a full disk refuses none, and the
kernel keeps what was written when the process is killed. Notes leave together, a file at a time; the name of the file is the
id under which they leave, so bringing the same file in twice has one effect. A file that is brought in is used again.
"""

import contextlib
import fcntl
import os
import struct
import zlib
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from chassis.ids import new_id

ROOM = 128 * 1024
"""Bytes of a file: about 700 notes, and an event well below the largest that the broker takes."""
SPARES = 8
_HEAD = struct.Struct("<II")
_SUFFIX = ".notes"


class SpoolFull(Exception):
    """No room is left, because nothing could be brought in for long."""


@dataclass(eq=False)
class Segment:
    """A file with reserved room that only one process writes; the lock on it ends with that process."""

    id: str
    path: Path
    file: int
    used: int = 0

    def write(self, note: bytes) -> None:
        """Writes a note behind the others."""
        head = _HEAD.pack(len(note), _check(self.id, note))
        os.pwrite(self.file, head + note, self.used)
        self.used += len(head) + len(note)

    def read(self) -> bytes:
        """Answers the notes, joined; ends at the first that is not whole."""
        held, place, notes = os.pread(self.file, ROOM, 0), 0, list[bytes]()
        while place + _HEAD.size <= len(held):
            length, check = _HEAD.unpack_from(held, place)
            place += _HEAD.size
            note = held[place : place + length]
            # What an earlier use of the file left behind carries the mark of another id.
            if not length or len(note) < length or _check(self.id, note) != check:
                break
            notes.append(note)
            place += length
        return b"".join(notes)

    def use_again(self) -> None:
        """Forgets the notes and takes a new id."""
        self.id, self.used = new_id(), 0
        fresh = self.path.with_name(self.id + _SUFFIX)
        self.path.rename(fresh)
        self.path = fresh


class Spool:
    """The files of one process in a folder that the processes of a service share."""

    def __init__(self, folder: Path) -> None:
        """Reserves the room; raises OSError where the folder cannot be written or has no room."""
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._current = self._reserve()
        self._full: deque[Segment] = deque()
        self._spares = deque(self._reserve() for _ in range(SPARES))

    def add(self, note: bytes) -> None:
        """Keeps a note; raises `SpoolFull` when there is no room left. Called by one thread."""
        if self._current.used + _HEAD.size + len(note) > ROOM:
            self._turn()
        self._current.write(note)

    def take(self) -> list[Segment]:
        """Answers the files to be brought in, oldest first; what is added from now on goes into another."""
        if self._current.used and self._spares:
            self._turn()
        return list(self._full)

    def brought_in(self, segment: Segment) -> None:
        """Uses a file again whose notes are safe elsewhere."""
        self._full.remove(segment)
        segment.use_again()
        self._spares.append(segment)

    @contextlib.contextmanager
    def left_behind(self) -> Generator[list[Segment]]:
        """Answers the files of processes that are gone; they are deleted when the block ends well."""
        found: list[Segment] = []
        try:
            for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
                with contextlib.suppress(OSError):
                    found.append(_open(path))
            yield found
            for segment in found:
                segment.path.unlink(missing_ok=True)
        finally:
            for segment in found:
                os.close(segment.file)

    def close(self) -> None:
        """Lets go of the files; those without notes are deleted, the others wait for the next process."""
        for segment in (self._current, *self._full, *self._spares):
            if not segment.used:
                segment.path.unlink(missing_ok=True)
            os.close(segment.file)
        self._full.clear()
        self._spares.clear()

    def _turn(self) -> None:
        if not self._spares:
            raise SpoolFull
        self._full.append(self._current)
        self._current = self._spares.popleft()

    def _reserve(self) -> Segment:
        # Reserved under another name: a file that is seen is locked already.
        identity = new_id()
        path = self._folder / (identity + _SUFFIX)
        hidden = path.with_suffix(".new")
        file = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.posix_fallocate(file, 0, ROOM)
            hidden.rename(path)
        except OSError:
            os.close(file)
            hidden.unlink(missing_ok=True)
            raise
        return Segment(identity, path, file)


def _open(path: Path) -> Segment:
    file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        # Its writer lives where this fails.
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        raise
    return Segment(path.stem, path, file)


def _check(identity: str, note: bytes) -> int:
    return zlib.crc32(note, zlib.crc32(identity.encode()))
