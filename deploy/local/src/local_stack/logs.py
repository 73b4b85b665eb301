"""Log files of the children: where, how they are kept small, what their last lines say."""

import os
from pathlib import Path

LIMIT = 10 * 1024 * 1024
KEPT = 3


def keep_small(file: Path, limit: int = LIMIT) -> bool:
    """Move the content of a log that has grown too long to `.1`; the writer goes on at the (now empty) file.

    Copied and emptied rather than renamed: the child holds the file open, and goes on writing when we are gone.
    """
    if not file.exists() or file.stat().st_size < limit:
        return False
    for number in range(KEPT - 1, 0, -1):
        older = file.with_name(f"{file.name}.{number}")
        if older.exists():
            older.replace(file.with_name(f"{file.name}.{number + 1}"))
    newest = file.with_name(f"{file.name}.1")
    with file.open("rb") as source, newest.open("wb") as target:
        while piece := source.read(1 << 20):
            target.write(piece)
    os.truncate(file, 0)
    return True


def last_lines(file: Path, count: int = 20) -> list[str]:
    """Answer the last lines of a log."""
    if not file.exists():
        return []
    with file.open("rb") as stream:
        stream.seek(max(0, file.stat().st_size - 64 * 1024))
        lines = stream.read().decode("utf-8", errors="replace").splitlines()
    return [line for line in lines if line.strip()][-count:]
