"""A telemetry of the tests' own: its database, its board, a clock that is set by hand."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from chassis.clock import FixedClock
from chassis.database import Database
from telemetry.background.keeping import Keeper
from telemetry.domain.alerts import Watch
from telemetry.domain.parts import Board
from telemetry.messaging.publish import encode
from telemetry.storage.retention import Limits
from telemetry.storage.tables import plumbing
from tests.telemetry.signals import NOON


@dataclass
class Room:
    """Everything but the edges."""

    url: str
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOON))
    limits: Limits = field(default_factory=lambda: Limits(timedelta(days=7), timedelta(days=30), 1 << 30))

    def __post_init__(self) -> None:
        self.database = Database(self.url, clock=self.clock, plumbing=plumbing, encode=encode, pool_size=2)
        self.board = Board(expected=("dispatch",), since=NOON)
        self.keeper = Keeper(self.database, self.board, self.clock.now, self.limits)
        numbers = count(1)
        self.watch = Watch(lambda: f"00000000-0000-7000-8000-{next(numbers):012d}")
