"""What the backup says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Drill:
    """A restore that was tried, to see whether it can be done."""

    at: datetime | None
    ok: bool
    seconds: float | None = None


@dataclass(frozen=True)
class Backup:
    """The last run."""

    ok: bool
    finished_at: datetime | None
    size_bytes: float | None = None
    wal_lag_bytes: float | None = None
    oldest_restorable: datetime | None = None
    drill: Drill | None = None
    seen_at: datetime | None = None
    room: tuple[int, int] | None = None
    """Free and all bytes of the second disk."""


def read_backup(document: Mapping[str, object]) -> Backup:
    """Reads the document that the backup writes; a figure that is none is left out."""
    return Backup(
        ok=document.get("ok") is not False,
        finished_at=_moment(document.get("finished_at")),
        size_bytes=_number(document.get("size_bytes")),
        wal_lag_bytes=_number(document.get("wal_lag_bytes")),
        oldest_restorable=_moment(document.get("oldest_restorable")),
        seen_at=_moment(document.get("seen_at")),
        room=_room(document),
    )


def read_drill(document: Mapping[str, object]) -> Drill:
    """Reads what it says of the last drill."""
    return Drill(_moment(document.get("at")), document.get("ok") is not False, _number(document.get("seconds")))


def _room(document: Mapping[str, object]) -> tuple[int, int] | None:
    free, size = _number(document.get("disk_free_bytes")), _number(document.get("disk_size_bytes"))
    return None if free is None or size is None else (int(free), int(size))


def _moment(said: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _number(said: object) -> float | None:
    return float(said) if isinstance(said, int | float) else None
