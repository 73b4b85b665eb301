"""PostgreSQL's own list of the files of a full backup, compared with what was unpacked.

The format is PostgreSQL's (Backup Manifest Format in its manual). Read here and not by pg_verifybackup, because that program
crashes in the build of PostgreSQL that `make run` uses.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from backup_tool.errors import DamagedError

FILE = "backup_manifest"


def verify(data: Path, backup: str) -> int:
    """Compare every listed file with the one that is there, by size and checksum, and answer how many bytes were read."""
    text = (data / FILE).read_bytes()
    _verify_itself(text, backup)
    files: list[dict[str, Any]] = json.loads(text)["Files"]
    total = 0
    for entry in files:
        path = data / (entry["Path"] if "Path" in entry else bytes.fromhex(entry["Encoded-Path"]).decode())
        total += _verify_file(path, entry, backup)
    return total


def _verify_itself(text: bytes, backup: str) -> None:
    covered, _, last = text.rpartition(b'"Manifest-Checksum"')
    if hashlib.sha256(covered).hexdigest().encode() not in last:
        raise DamagedError(f"the backup {backup} is damaged: its list of files was changed")


def _verify_file(path: Path, entry: dict[str, Any], backup: str) -> int:
    try:
        with path.open("rb") as opened:
            found = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise DamagedError(f"the backup {backup} is damaged: {path.name}: {error.strerror}") from error
    if path.stat().st_size != entry["Size"] or found != entry["Checksum"]:
        raise DamagedError(f"the backup {backup} is damaged: {path.name} is not the file that was backed up")
    return int(entry["Size"])
