"""Breaks things at random, from a printed seed: kill -9 and freezes longer than any acknowledgement waits."""

import contextlib
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

VICTIMS = ("dispatch", "customer", "gateway", "nats", "postgres")
WAYS = ("kill", "freeze")


@dataclass
class Breaker:
    """Kills and freezes the stack's processes. `pids` answers who runs under which number at the moment."""

    pids: Callable[[], dict[str, int]]
    seed: int
    say: Callable[[str], None] = print
    victims: tuple[str, ...] = VICTIMS
    ways: tuple[str, ...] = WAYS
    pause: tuple[float, float] = (0.4, 1.6)
    """Seconds between two faults, at least and at most."""
    faults: list[str] = field(default_factory=list[str])

    def run(self, stop: threading.Event, *, wanted: int) -> None:
        """Breaks things until told to stop or until enough is broken."""
        dice = random.Random(self.seed)
        while len(self.faults) < wanted and not stop.wait(dice.uniform(*self.pause)):
            victim, how = dice.choice(self.victims), dice.choice(self.ways)
            pid = self.pids().get(victim)
            # What has not come back yet cannot be broken again; another one can.
            if pid is None or not psutil.pid_exists(pid):
                continue
            seconds = dice.uniform(0.5, 3.0)
            self._kill(pid) if how == "kill" else self._freeze(pid, seconds)
            self.faults.append(f"{how} {victim}")
            self.say(f"fault {len(self.faults):3d}: {how} {victim}")

    def _kill(self, pid: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def _freeze(self, pid: int, seconds: float) -> None:
        # PostgreSQL works in children of its own: a frozen parent alone would stop nothing.
        with contextlib.suppress(psutil.Error):
            everyone = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
            for process in everyone:
                with contextlib.suppress(psutil.Error):
                    process.suspend()
            time.sleep(seconds)
            for process in everyone:
                with contextlib.suppress(psutil.Error):
                    process.resume()
