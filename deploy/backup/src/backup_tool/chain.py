"""Which full backup and which pieces of the log bring the cluster to a moment, and which moments there are. Pure rules."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from backup_tool.catalogue import PIECE_BYTES, Full, Piece, Timeline
from backup_tool.errors import BackupError, GapError, OutsideWindowError


@dataclass(frozen=True)
class Window:
    """From its first to its last moment everything can be restored."""

    first: datetime
    last: datetime


@dataclass(frozen=True)
class Plan:
    """What a restore reads: a full backup and the pieces after it, on one timeline."""

    full: Full
    timeline: int
    pieces: tuple[Piece, ...]
    at: datetime | None
    # The last moment of which the log tells.
    last: datetime


@dataclass(frozen=True)
class Holdings:
    """What lies in the folder of backups."""

    fulls: Sequence[Full]
    pieces: Sequence[Piece]
    timelines: Mapping[int, Timeline]

    def ancestry(self, timeline: int) -> dict[int, int | None]:
        """Answer the timelines a cluster has lived on, newest first, each with the place where it was left."""
        found: dict[int, int | None] = {timeline: None}
        while (one := self.timelines.get(timeline)) is not None and one.parent and one.parent not in found:
            found[one.parent] = one.left_parent_at
            timeline = one.parent
        return found

    def timeline_at(self, at: datetime | None) -> int:
        """Answer the timeline that lived at a moment; the newest without one."""
        lived = [one for one in self.timelines.values() if at is None or one.began_at <= at]
        return max(one.number for one in lived)


def plan(held: Holdings, at: datetime | None) -> Plan:
    """Choose what restores the cluster to a moment, or to the last one there is; a refusal names what can be had."""
    timeline = held.timeline_at(at)
    usable = [one for one in _usable(held, timeline) if at is None or one.finished_at <= at]
    if not usable:
        raise _outside(held, at)
    full = usable[-1]
    chain, gap = _chain(held, timeline, full)
    last = max((piece.closed_at for piece in chain), default=full.finished_at)
    if gap and (at is None or at > last):
        raise GapError(
            f"the log has a gap: piece {gap} is missing, and what follows it cannot be used; {_said(windows(held))}. "
            "Restore to a moment before the gap, or lay the missing file back"
        )
    if at is not None and at > last:
        raise _outside(held, at)
    return Plan(full, timeline, tuple(chain), at, last)


def windows(held: Holdings) -> list[Window]:
    """List the spans of time to whose moments the cluster can be restored, oldest first."""
    spans: list[Window] = []
    for number, timeline in held.timelines.items():
        ended = min((one.began_at for one in held.timelines.values() if one.number > number), default=None)
        for full in _usable(held, number):
            last = max((piece.closed_at for piece in _chain(held, number, full)[0]), default=full.finished_at)
            first = max(full.finished_at, timeline.began_at)
            spans.append(Window(first, min(last, ended) if ended else last))
    return _joined(span for span in spans if span.last >= span.first)


def described(spans: Sequence[Window]) -> str:
    """Say the windows to a person, in the zone of this machine."""
    return " and ".join(f"{_moment(span.first)} to {_moment(span.last)}" for span in spans)


def _usable(held: Holdings, timeline: int) -> list[Full]:
    lived = held.ancestry(timeline)
    good = [one for one in held.fulls if not one.damage and one.timeline in lived]
    reached = [one for one in good if (left := lived[one.timeline]) is None or one.end_lsn <= left]
    return sorted(reached, key=lambda one: one.finished_at)


def _chain(held: Holdings, timeline: int, full: Full) -> tuple[list[Piece], str]:
    """Answer the pieces that follow a full backup without a gap, and the name of the first one missing, if later ones are there."""
    lived = held.ancestry(timeline)
    first = full.end_lsn // PIECE_BYTES
    by_number: dict[int, list[Piece]] = {}
    for piece in held.pieces:
        left = lived.get(piece.timeline, -1)
        if left != -1 and piece.number >= first and (left is None or piece.number * PIECE_BYTES <= left):
            by_number.setdefault(piece.number, []).append(piece)
    # The piece in which the backup ended came along with it; the log goes on with that one or the next.
    number = first if first in by_number else first + 1
    chain: list[Piece] = []
    while number in by_number:
        chain += by_number[number]
        number += 1
    later = [one for one in by_number if one > number]
    return chain, _name(timeline, number) if later else ""


def _name(timeline: int, number: int) -> str:
    return f"{timeline:08X}{number // 256:08X}{number % 256:08X}"


def _joined(spans: Iterable[Window]) -> list[Window]:
    joined: list[Window] = []
    for span in sorted(spans, key=lambda one: one.first):
        if joined and span.first <= joined[-1].last:
            joined[-1] = Window(joined[-1].first, max(joined[-1].last, span.last))
        else:
            joined.append(span)
    return joined


def _said(spans: Sequence[Window]) -> str:
    return f"what can be restored is {described(spans)}" if spans else "nothing can be restored"


def _outside(held: Holdings, at: datetime | None) -> BackupError:
    spans = windows(held)
    if not spans:
        return OutsideWindowError("there is no usable full backup; make one first (make backup)")
    asked = _moment(at) if at else "latest"
    return OutsideWindowError(f"{asked} cannot be restored: {_said(spans)} (or AT=latest)")


def _moment(at: datetime) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S%z")


def needed_from(fulls: Iterable[Full]) -> int:
    """Answer the first place in the log that any of these full backups still needs."""
    return min((one.start_lsn // PIECE_BYTES for one in fulls), default=0)


def is_contiguous(pieces: Sequence[Piece]) -> bool:
    """Say whether pieces of one timeline follow each other without a gap."""
    return all(after.number - before.number <= 1 for before, after in pairwise(pieces))
