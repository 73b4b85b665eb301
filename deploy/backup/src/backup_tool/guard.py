"""Whether a commit waits for the second disk: yes while the disk keeps up, no when it is away, so that the branch can work.

`decide` is a rule without a clock or a database; `watch` asks PostgreSQL every second and does what the rule says.
"""

import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any

import psycopg

from backup_tool import cluster
from backup_tool.errors import BackupError
from backup_tool.settings import STANDBY, BackupSettings

# It has to keep up for so long before commits wait for it again: a disk that comes and goes would stop the branch each time.
SETTLED = 3.0
CLOSE_ENOUGH = 1 << 20
WAITING = "commits wait for the second disk"
AWAY = "ALERT: the second disk does not keep up; commits no longer wait for it"


@dataclass(frozen=True)
class Seen:
    """The receiver as PostgreSQL sees it."""

    waiting: bool
    streaming: bool
    # Bytes that PostgreSQL has on its own disk and the second disk has not.
    lag: int
    flushed: int


@dataclass
class Guard:
    """Remembers since when things are as they are."""

    away_after: float
    _well_since: float | None = None
    _ill_since: float | None = None
    _flushed: int = -1

    def decide(self, now: float, seen: Seen) -> bool | None:
        """Answer whether commits shall wait from now on; None leaves it as it is."""
        moves = seen.flushed != self._flushed or seen.lag == 0
        self._flushed = seen.flushed
        if seen.streaming and moves:
            self._ill_since = None
            if seen.lag > CLOSE_ENOUGH:
                self._well_since = None
                return None
            self._well_since = now if self._well_since is None else self._well_since
            return True if not seen.waiting and now - self._well_since >= SETTLED else None
        self._well_since = None
        self._ill_since = now if self._ill_since is None else self._ill_since
        return False if seen.waiting and now - self._ill_since >= self.away_after else None


_LOOK = """
SELECT current_setting('synchronous_standby_names') <> '',
       coalesce(bool_or(state = 'streaming'), false),
       coalesce(max(pg_wal_lsn_diff(pg_current_wal_flush_lsn(), flush_lsn)), 0),
       coalesce(max(pg_wal_lsn_diff(flush_lsn, '0/0')), 0)
  FROM pg_stat_replication WHERE application_name = %s
"""


def look(connection: psycopg.Connection[Any]) -> Seen:
    """Ask PostgreSQL how the receiver does."""
    row = connection.execute(_LOOK, [STANDBY]).fetchone() or (False, False, 0, 0)
    return Seen(bool(row[0]), bool(row[1]), max(0, int(str(row[2]))), int(str(row[3])))


def switch(settings: BackupSettings, wait: bool) -> None:
    """Have commits wait for the second disk, or not; those that wait go on at once when it is turned off."""
    names = f"'{STANDBY}'" if wait else "''"
    with cluster.connect(settings) as connection:
        connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = {names}".encode())
        connection.execute("SELECT pg_reload_conf()")


def watch(
    settings: BackupSettings, say: Callable[[str], object], stopped: threading.Event, turn_on: bool = True
) -> None:
    """Watch until stopped. A database that is away is waited for; touches no disk but PostgreSQL's."""
    guard = Guard(settings.backup_away_seconds)
    while not stopped.wait(1.0):
        with suppress(psycopg.Error, BackupError), closing(cluster.connect(settings)) as connection:
            _watch(settings, guard, connection, say, stopped, turn_on)


def _watch(
    settings: BackupSettings,
    guard: Guard,
    connection: psycopg.Connection[Any],
    say: Callable[[str], object],
    stopped: threading.Event,
    turn_on: bool,
) -> None:
    """Watch over one session until it breaks."""
    while not stopped.wait(1.0):
        wish = guard.decide(time.monotonic(), look(connection))
        if wish is False or (wish and turn_on):
            switch(settings, wish)
            say(WAITING if wish else AWAY)
