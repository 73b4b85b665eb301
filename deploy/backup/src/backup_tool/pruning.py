"""What may go: by age, number and size, but never the last good backup nor what it needs. A rule, and its execution."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backup_tool.catalogue import Catalogue, Full, Piece, Snapshot
from backup_tool.chain import needed_from
from backup_tool.settings import BackupSettings


@dataclass(frozen=True)
class Keep:
    """How much is kept."""

    days: float
    count: int
    # 0: no limit.
    bytes: int

    @classmethod
    def wanted(cls, settings: BackupSettings) -> "Keep":
        """Read it from the settings."""
        limit = int(settings.backup_keep_gigabytes * (1 << 30))
        return cls(settings.backup_keep_days, max(1, settings.backup_keep_count), limit)


@dataclass(frozen=True)
class Pruned:
    """What goes, and whether the size that is allowed is kept to."""

    fulls: Sequence[Full]
    pieces: Sequence[Piece]
    snapshots: Sequence[Snapshot]
    too_big: bool


def choose(
    keep: Keep,
    now: datetime,
    fulls: Sequence[Full],
    pieces: Sequence[Piece],
    snapshots: Sequence[Snapshot],
    sizes: dict[str, int],
) -> Pruned:
    """Choose what goes. `sizes`: bytes by the id of a full backup or snapshot and by the name of a piece's file."""
    good = [one for one in fulls if not one.damage]
    kept = list(good)
    while len(kept) > 1 and (len(kept) > keep.count or now - _superseded(kept) > timedelta(days=keep.days)):
        kept.pop(0)
    while len(kept) > 1 and keep.bytes and _size(kept, pieces, snapshots, sizes) > keep.bytes:
        kept.pop(0)
    if not kept:
        # Nothing good is left: whatever there is may be all there is.
        return Pruned([], [], [], False)
    oldest = kept[0]
    gone = [one for one in fulls if one not in kept and one.finished_at < kept[-1].finished_at]
    size = _size(kept, pieces, snapshots, sizes)
    fitting = {one.id for one in _fitting(oldest, snapshots)}
    first = needed_from(kept)
    return Pruned(
        gone,
        [piece for piece in pieces if piece.sealed and piece.number < first],
        [one for one in snapshots[:-1] if one.id not in fitting],
        bool(keep.bytes) and size > keep.bytes,
    )


def _superseded(kept: Sequence[Full]) -> datetime:
    """Answer since when the oldest backup is not needed for the moments after: since the next one was finished."""
    return kept[1].finished_at


def _needed(kept: Sequence[Full], pieces: Sequence[Piece]) -> list[Piece]:
    first = needed_from(kept)
    return [piece for piece in pieces if piece.number >= first]


def _fitting(oldest: Full, snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """Answer the snapshots that fit a moment which can still be restored: the last one before the oldest backup, and all after."""
    after = [one for one in snapshots if one.taken_at >= oldest.finished_at]
    before = [one for one in snapshots if one.taken_at < oldest.finished_at]
    return [*before[-1:], *after]


def _size(kept: Sequence[Full], pieces: Sequence[Piece], snapshots: Sequence[Snapshot], sizes: dict[str, int]) -> int:
    names = [
        *(one.id for one in kept),
        *(piece.file.name for piece in _needed(kept, pieces)),
        *(one.id for one in _fitting(kept[0], snapshots)),
    ]
    return sum(sizes.get(name, 0) for name in names)


def prune(catalogue: Catalogue, keep: Keep, now: datetime) -> Pruned:
    """Remove what may go; the record of a backup goes first, so that a half-removed one is not taken for whole."""
    fulls, pieces, snapshots = catalogue.fulls(), catalogue.pieces(), catalogue.snapshots()
    sizes = {piece.file.name: piece.file.stat().st_size for piece in pieces if piece.file.exists()}
    sizes |= {one.id: one.bytes for one in fulls}
    sizes |= {one.id: sum(file.stat().st_size for file in one.folder.iterdir()) for one in snapshots}
    chosen = choose(keep, now, fulls, pieces, snapshots, sizes)
    for folder in [*(catalogue.folder(one) for one in chosen.fulls), *(one.folder for one in chosen.snapshots)]:
        (folder / "record.json").unlink()
        shutil.rmtree(folder)
    for piece in chosen.pieces:
        piece.file.unlink(missing_ok=True)
    return chosen
