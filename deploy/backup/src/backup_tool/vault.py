"""Sealed files: compressed, encrypted by age, with a checksum; written aside and moved to their name when complete."""

import fcntl
import hashlib
import io
import os
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

import pyrage
from typing_extensions import Buffer

from backup_tool.errors import BackupError, DamagedError, WrongKeyError
from backup_tool.keys import Key

PIECE = 1 << 20
SUFFIX = ".gz.age"


class Source(Protocol):
    """What bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """Answer up to so many bytes; none at the end."""
        ...


@dataclass(frozen=True)
class Sealed:
    """A sealed file as it was written."""

    bytes: int
    sha256: str
    plain_bytes: int


class _Compressed(io.BufferedIOBase):
    """Reads a source compressed. The quickest level: a server of 2009 has a branch to serve meanwhile."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source, self._deflate = source, zlib.compressobj(level=1, wbits=31)
        self._ready, self._ended, self.plain_bytes = bytearray(), False, 0

    def read(self, size: int | None = PIECE, /) -> bytes:
        size = size or PIECE
        while len(self._ready) < size and not self._ended:
            piece = self._source.read(PIECE)
            self.plain_bytes += len(piece)
            self._ended = not piece
            self._ready += self._deflate.compress(piece) if piece else self._deflate.flush()
        taken = bytes(self._ready[:size])
        del self._ready[:size]
        return taken


class _Counted(io.BufferedIOBase):
    """A file being written or read whose bytes are counted and summed up on the way."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__()
        self._file, self._sum, self.bytes = file, hashlib.sha256(), 0

    def write(self, data: Buffer, /) -> int:
        data = bytes(data)
        self._sum.update(data)
        self.bytes += len(data)
        self._file.write(data)
        return len(data)

    def read(self, size: int | None = PIECE, /) -> bytes:
        data = self._file.read(size or PIECE)
        self._sum.update(data)
        self.bytes += len(data)
        return data

    def flush(self) -> None:
        """The file is flushed by whoever opened it."""

    @property
    def sha256(self) -> str:
        return self._sum.hexdigest()


class _Opened(io.BufferedIOBase):
    """Where decrypted bytes arrive: uncompressed they are handed on."""

    def __init__(self, take: Callable[[bytes], object], inflate: bool) -> None:
        super().__init__()
        self._take, self._inflate = take, zlib.decompressobj(wbits=31) if inflate else None

    def write(self, data: Buffer, /) -> int:
        data = bytes(data)
        self._take(self._inflate.decompress(data) if self._inflate else data)
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""

    @property
    def complete(self) -> bool:
        return self._inflate is None or self._inflate.eof


def seal(source: Source, file: Path, key: Key) -> Sealed:
    """Seal what a source has into a file; the file is there whole or not at all, and on the disk when this returns."""
    have_folder(file.parent)
    aside = file.with_name(f".{file.name}.new")
    compressed = _Compressed(source)
    with os.fdopen(_private(aside), "w+b") as opened:
        counted = _Counted(opened)
        try:
            pyrage.encrypt_io(compressed, counted, [key.recipient])
            opened.flush()
            os.fsync(opened.fileno())
        except (pyrage.EncryptError, OSError) as error:
            aside.unlink(missing_ok=True)
            raise BackupError(f"{file} could not be written: {error}") from error
    aside.rename(file)
    sync_folder(file.parent)
    return Sealed(counted.bytes, counted.sha256, compressed.plain_bytes)


def unseal(file: Path, key: Key, take: Callable[[bytes], object], *, sha256: str = "", inflate: bool = True) -> int:
    """Hand the bytes of a sealed file on; answer how many the file has. Names a wrong key, a damaged or missing file."""
    arrived = _Opened(take, inflate)
    try:
        with file.open("rb") as opened:
            counted = _Counted(opened)
            pyrage.decrypt_io(counted, arrived, [key.identity])
            while counted.read(PIECE):
                """Whatever stands after the end counts for the checksum."""
    except FileNotFoundError as error:
        raise DamagedError(f"{file} is missing") from error
    except pyrage.DecryptError as error:
        # A damaged head looks like another key; the checksum tells them apart.
        if "No matching keys" in str(error) and checksum(file).startswith(sha256):
            raise WrongKeyError(
                f"{file} was not sealed with the key at hand ({key.name}); use the key of its time"
            ) from error
        raise DamagedError(f"{file} is damaged: {error}") from error
    except (zlib.error, OSError) as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise DamagedError(f"{file} is damaged: {error}") from error
    if not arrived.complete:
        raise DamagedError(f"{file} is damaged: it ends too early")
    if not counted.sha256.startswith(sha256):
        raise DamagedError(f"{file} is damaged: its checksum is {counted.sha256}, {sha256} was written")
    return counted.bytes


def checksum(file: Path) -> str:
    """Sum a file up; needs no key."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


@contextmanager
def locked(folder: Path, name: str) -> Generator[None]:
    """Be alone with something in a folder, among threads and processes, for as long as the block takes."""
    file = folder / f".{name}.lock"
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o640)
    adopt(file)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def adopt(path: Path) -> None:
    """As root, which a restore in containers is: leave what was made to the owner of the folder around it."""
    if os.geteuid() == 0:
        around = path.parent.stat()
        os.chown(path, around.st_uid, around.st_gid)


def have_folder(folder: Path) -> None:
    """Have a folder, and those above it."""
    if not folder.is_dir():
        have_folder(folder.parent)
        folder.mkdir(mode=0o750, exist_ok=True)
        adopt(folder)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk, not only the contents of its files."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(file: Path, text: str) -> None:
    """Write a small file so that a reader never sees half of it, and it survives a power cut."""
    have_folder(file.parent)
    aside = file.with_name(f".{file.name}.new")
    with os.fdopen(_private(aside), "w", encoding="utf-8") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    aside.rename(file)
    sync_folder(file.parent)


def _private(file: Path) -> int:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o640)
    adopt(file)
    return descriptor
