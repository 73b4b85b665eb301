"""A server's clock that is set to another time: it is noticed, and what is known keeps its age.

Two days back, and every figure would count as fresh for two days, also of a part that died; two days forward, and all would be silent.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from telemetry.domain.alerts import Watch
from telemetry.domain.parts import Board

A_STEP = 60.0
"""Seconds. Less is what a time server corrects, or a machine that was busy."""


@dataclass
class ClockWatch:
    """Compares the clock that people set with the one that nobody sets."""

    board: Board
    watch: Watch
    elapsed: Callable[[], float]
    """Seconds since some moment, whatever the clock says."""
    _before: tuple[datetime, float] | None = None

    def look(self, now: datetime) -> None:
        """Looks whether both went on alike since the last time."""
        passed = self.elapsed()
        before, self._before = self._before, (now, passed)
        if before is not None:
            step = (now - before[0]).total_seconds() - (passed - before[1])
            self._set(now, step)

    def last_known(self, at: datetime, now: datetime) -> None:
        """Takes in the latest moment of the process before this one: it cannot have been later than now."""
        self._set(now, min((now - at).total_seconds(), 0.0), known=False)

    def _set(self, now: datetime, seconds: float, *, known: bool = True) -> None:
        if abs(seconds) < A_STEP:
            return
        if known:
            by = timedelta(seconds=seconds)
            shift(self.board, by)
            self.watch.shift(by)
        self.board.clock_set = (now, seconds)


def shift(board: Board, by: timedelta) -> None:
    """Moves everything that was heard along with the clock; calls stay with the minutes in which they were counted."""
    board.since += by
    if board.backup_heard_at is not None:
        board.backup_heard_at += by
    board.troubled = {name: at + by for name, at in board.troubled.items()}
    for part in board.parts.values():
        part.heard_at = part.heard_at + by if part.heard_at else None
        part.crashed_at = part.crashed_at + by if part.crashed_at else None
        part.replaced_at += by
        part.gauges = {key: replace(gauge, at=gauge.at + by) for key, gauge in part.gauges.items()}
        part.happened = {name: at + by for name, at in part.happened.items()}
