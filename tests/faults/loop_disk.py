"""A disk of the tests' own: a file with a file system in it, mounted. Only root may."""

import shutil
import subprocess
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.prepared import laid_into


@dataclass
class LoopDisk:
    """An ext4 image and where it is mounted."""

    image: Path
    at: Path

    def make(self, size: str) -> None:
        """Makes an empty one."""
        _run("truncate", "-s", size, self.image)
        _run("mkfs.ext4", "-q", "-m", "0", self.image)

    def mount(self) -> None:
        """Mounts it, for everybody to look into: PostgreSQL runs as another user."""
        self.at.mkdir(exist_ok=True)
        _run("mount", "-o", "loop", self.image, self.at)
        self.at.chmod(0o755)

    def unmount(self) -> None:
        """Takes it away, even from under somebody who still looks."""
        if self.at.is_mount():
            _run("umount", "-l", self.at)

    def copy_of_this_instant(self, to: Path) -> "LoopDisk":
        """Copies what has been written back so far: what a power cut would leave."""
        _run("cp", "--sparse=always", self.image, to)
        return LoopDisk(to, self.at)

    def fill(self, leaving: int = 0) -> Path:
        """Takes all the room but `leaving` bytes; answers the file to delete again."""
        ballast = self.at / f"ballast-{leaving}"
        size = shutil.disk_usage(self.at).free - leaving
        if size > 0:
            subprocess.run(["fallocate", "-l", str(size), str(ballast)], check=False, capture_output=True)
        if leaving == 0:
            # The last blocks, which one piece does not fit into.
            with ballast.open("ab", buffering=0) as rest:
                _write_until_full(rest.write)
        return ballast


def _write_until_full(write: Callable[[bytes], object]) -> None:
    try:
        while True:
            write(b"\0" * 4096)
    except OSError:
        return


def with_the_older_system_elsewhere(folder: Path, home: Path) -> dict[str, str]:
    """Lays a branch into `home` on such a disk; the older system's book lies outside, for it is another machine's."""
    settings = laid_into(home)
    (home / "data").mkdir(exist_ok=True)
    book, elsewhere = home / "data" / "gnet_crm", folder / "gnet_crm"
    if book.exists():
        shutil.move(book, elsewhere)
    elsewhere.mkdir(exist_ok=True)
    book.symlink_to(elsewhere)
    return settings


@contextmanager
def loop_disk(folder: Path, size: str) -> Generator[LoopDisk]:
    """A mounted disk for as long as the block lasts. Its image lies in memory, so that a flush costs no real disk's time."""
    memory = folder / "memory"
    memory.mkdir()
    _run("mount", "-t", "tmpfs", "-o", "size=6g", "tmpfs", memory)
    disk = LoopDisk(memory / "disk.img", folder / "disk")
    try:
        disk.make(size)
        disk.mount()
        yield disk
    finally:
        disk.unmount()
        _run("umount", "-l", memory)


def _run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True, capture_output=True)
