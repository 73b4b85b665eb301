"""What lies in the folder of backups: full backups, pieces of the log, snapshots of the broker, timelines.

full/<id>/record.json       what the full backup is; written last
full/<id>/cluster.gz.age    the PostgreSQL cluster, Keycloak's realm in it
full/<id>/realm.gz.age      the realm once more, to be read
wal/<piece>.<closed at>.<checksum>.gz.age      the log, one piece after the other
wal/open/                   where the log arrives: the piece that is being written, not encrypted yet
wal/<timeline>.history      where a timeline left the one before it
timelines/<timeline>.json   when it began
streams/<id>/               the broker's streams and buckets
status.json                 what the last runs did
"""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from backup_tool.vault import SUFFIX, write_whole

_STAMP = "%Y%m%dT%H%M%S.%fZ"


@dataclass(frozen=True)
class Full:
    """One full backup of the cluster."""

    id: str
    started_at: datetime
    finished_at: datetime
    timeline: int
    start_lsn: int
    end_lsn: int
    bytes: int
    plain_bytes: int
    sha256: str
    key: str
    server_version: int
    # Rows of each table, at least and at most, while the backup was taken: database -> schema.table -> (least, most).
    rows: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict[str, dict[str, tuple[int, int]]])
    # Why it cannot be used; empty for a good one.
    damage: str = ""


@dataclass(frozen=True)
class Piece:
    """A piece of the log (16 MB of it), sealed or still open."""

    name: str
    closed_at: datetime
    file: Path
    sha256: str = ""
    partial: bool = False

    @property
    def timeline(self) -> int:
        """The timeline it was written on."""
        return int(self.name[:8], 16)

    @property
    def number(self) -> int:
        """Its place in the log, counted from the beginning of the cluster."""
        return int(self.name[8:16], 16) * 256 + int(self.name[16:24], 16)

    @property
    def sealed(self) -> bool:
        """Whether it is encrypted."""
        return self.file.name.endswith(SUFFIX)


PIECE_BYTES = 16 << 20


@dataclass(frozen=True)
class Timeline:
    """One life of the cluster; each restore begins another."""

    number: int
    began_at: datetime
    parent: int = 0
    left_parent_at: int = 0


@dataclass(frozen=True)
class Snapshot:
    """The broker's streams at one moment."""

    id: str
    taken_at: datetime
    streams: tuple[str, ...]
    folder: Path


class Catalogue:
    """Reads and writes the folder of backups."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.wal, self.open = root / "wal", root / "wal" / "open"

    def prepare(self) -> None:
        """Have the folders."""
        for folder in (self.open, self.root / "full", self.root / "streams", self.root / "timelines"):
            folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        self.open.chmod(0o700)

    def fulls(self) -> list[Full]:
        """List the full backups, oldest first, damaged ones too."""
        return sorted((_full(file) for file in self.root.glob("full/*/record.json")), key=lambda one: one.finished_at)

    def folder(self, full: Full) -> Path:
        """Answer where a full backup lies."""
        return self.root / "full" / full.id

    def record(self, full: Full) -> None:
        """Write or replace what is known of a full backup."""
        text = json.dumps(asdict(full), default=_text, indent=1)
        write_whole(self.folder(full) / "record.json", text)

    def mark_damaged(self, full: Full, why: str) -> None:
        """Note that a full backup cannot be used."""
        self.record(replace(full, damage=why))

    def pieces(self) -> list[Piece]:
        """List the pieces of the log by timeline and number; of a piece that is there twice the sealed one."""
        found: dict[tuple[str, bool], Piece] = {}
        for file in self.open.glob("*") if self.open.is_dir() else ():
            name, partial = file.name.removesuffix(".partial"), file.name.endswith(".partial")
            # One that was sealed meanwhile is found where the sealed ones lie.
            with suppress(FileNotFoundError):
                if _is_piece(name):
                    closed = datetime.fromtimestamp(file.stat().st_mtime, UTC)
                    found[name, partial] = Piece(name, closed, file, partial=partial)
        for file in self.wal.glob(f"*{SUFFIX}"):
            piece = _piece(file)
            found[piece.name, piece.partial] = piece
        whole = [piece for (name, partial), piece in found.items() if not (partial and (name, False) in found)]
        return sorted(whole, key=lambda one: (one.timeline, one.number))

    def sealed_name(self, name: str, closed_at: datetime, sha256: str) -> Path:
        """Answer the file of a sealed piece: when it was closed and its checksum stand in the name."""
        return self.wal / f"{name.replace('.partial', '-partial')}.{_stamp(closed_at)}.{sha256[:16]}{SUFFIX}"

    def timelines(self) -> dict[int, Timeline]:
        """List the timelines by their number."""
        known = {1: Timeline(1, datetime.min.replace(tzinfo=UTC))}
        for file in self.root.glob("timelines/*.json"):
            held = json.loads(file.read_text(encoding="utf-8"))
            number = int(held["number"])
            parent, left = read_history(self.wal / f"{number:08X}.history")
            known[number] = Timeline(number, datetime.fromisoformat(held["began_at"]), parent, left)
        return known

    def note_timeline(self, number: int, began_at: datetime) -> None:
        """Note when a timeline began, unless that is known."""
        file = self.root / "timelines" / f"{number}.json"
        if number > 1 and not file.exists():
            write_whole(file, json.dumps({"number": number, "began_at": began_at.isoformat()}))

    def snapshots(self) -> list[Snapshot]:
        """List the snapshots of the broker, oldest first."""
        found: list[Snapshot] = []
        for file in self.root.glob("streams/*/record.json"):
            held = json.loads(file.read_text(encoding="utf-8"))
            taken = datetime.fromisoformat(held["taken_at"])
            found.append(Snapshot(file.parent.name, taken, tuple(held["streams"]), file.parent))
        return sorted(found, key=lambda one: one.taken_at)


def read_history(file: Path) -> tuple[int, int]:
    """Answer which timeline a timeline left, and where in the log; (0, 0) when the file is not there."""
    try:
        lines = [line.split() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except OSError:
        return 0, 0
    return (int(lines[-1][0]), read_lsn(lines[-1][1])) if lines else (0, 0)


def read_lsn(text: str) -> int:
    """Read a place in the log as PostgreSQL writes it: 0/4000028."""
    high, low = text.split("/")
    return int(high, 16) << 32 | int(low, 16)


def new_id(now: datetime) -> str:
    """Name a backup by its moment."""
    return now.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%f")[:-3] + "Z"


def _full(file: Path) -> Full:
    held = json.loads(file.read_text(encoding="utf-8"))
    for name in ("started_at", "finished_at"):
        held[name] = datetime.fromisoformat(held[name])
    return Full(**held)


def _is_piece(name: str) -> bool:
    return len(name) == 24 and all(letter in "0123456789ABCDEF" for letter in name)


def _piece(file: Path) -> Piece:
    name, day, fraction, sha256 = file.name.removesuffix(SUFFIX).split(".")
    closed = datetime.strptime(f"{day}.{fraction}", _STAMP).replace(tzinfo=UTC)
    return Piece(name.removesuffix("-partial"), closed, file, sha256, name.endswith("-partial"))


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(_STAMP)


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
