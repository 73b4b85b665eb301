"""Writing what must be there whole or not at all, through a power cut too, and what others may not read even for a moment."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Owner:
    """Who a file belongs to inside the containers; only root can give files away."""

    user: int
    group: int

    def take(self, path: Path) -> None:
        """Gives the file or folder to the owner where we may."""
        if os.geteuid() == 0:
            os.chown(path, self.user, self.group)


def make_folder(folder: Path, mode: int, owner: Owner) -> None:
    """Has a folder with this mode and owner."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(mode)
    owner.take(folder)


def write(path: Path, data: bytes, mode: int, owner: Owner | None = None) -> None:
    """Replaces a file in one step; readers see the old one or the new one, never a part. Without an owner it is the caller's."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if owner is not None:
            owner.take(unfinished)
        unfinished.chmod(mode)
        unfinished.replace(path)
        _sync(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    # The name is on the disk only with the folder.
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
