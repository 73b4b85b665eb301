"""Time as a parameter: nothing below the edge reads the wall clock itself."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Answers the present instant in UTC, with zone."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Answers the present instant in UTC, with zone."""
        return datetime.now(UTC)


@dataclass
class FixedClock:
    """A clock that stands still until it is moved: for tests and replays."""

    at: datetime

    def now(self) -> datetime:
        """Answers the instant it stands at."""
        return self.at

    def advance(self, by: timedelta) -> None:
        """Moves the clock on."""
        self.at += by


def business_day(now: datetime, zone: ZoneInfo) -> date:
    """Answers the branch's calendar day of an instant."""
    return now.astimezone(zone).date()
