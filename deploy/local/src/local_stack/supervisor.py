"""Starts the children, watches them, starts a crashed one again, and stops them all."""

import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from local_stack import logs, processes
from local_stack.children import Child

CRASH_WINDOW = 60.0
CRASH_LIMIT = 3
TICK = 0.1
ROTATE_EVERY = 20.0
EXAMINE_EVERY = 5.0
AILING_LIMIT = 3
TELL_EVERY = 5.0

Say = Callable[[str], None]


class StackError(Exception):
    """The stack cannot go on; the text is for a person: what happened and what to do."""


class Errand:
    """Something slow done aside, so that Ctrl-C is heard meanwhile; never keeps the process alive."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.result: object = None
        self.error: BaseException | None = None
        self._work = work
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.result = self._work()
        except BaseException as error:
            self.error = error

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return not self._thread.is_alive()


@dataclass
class Running:
    """One child as it stands now."""

    child: Child
    log: Path
    state: str = "waiting"
    process: subprocess.Popen[bytes] | None = None
    errand: Errand | None = None
    since: float = 0.0
    restarts: int = 0
    crashes: deque[float] = field(default_factory=deque[float])
    examined: float = 0.0
    ailing: int = 0

    @property
    def pid(self) -> int | None:
        """The process id while there is one."""
        return self.process.pid if self.process else None

    def describe(self) -> dict[str, object]:
        """Answer what `stack.json` says of it."""
        return {"pid": self.pid, "state": self.state, "restarts": self.restarts, "log": str(self.log)}


@dataclass
class Supervisor:
    """The children of one stack. `step` is called again and again and never waits."""

    children: Iterable[Child]
    log_folder: Path
    environment: dict[str, str]
    say: Say
    changed: Callable[[], None] = lambda: None
    crash_limit: int = CRASH_LIMIT
    # Set from a signal handler: no more patience while stopping.
    hurry: bool = False
    running: dict[str, Running] = field(init=False)
    _rotated: float = 0.0
    _told: float = 0.0

    def __post_init__(self) -> None:
        self.running = {child.name: Running(child, self.log_folder / f"{child.name}.log") for child in self.children}
        self._told = time.monotonic()

    @property
    def ready(self) -> bool:
        """Whether every child answers."""
        return all(one.state == "ready" for one in self.running.values())

    def step(self) -> None:
        """Move every child on by what has happened since the last call."""
        for one in self.running.values():
            match one.state:
                case "waiting":
                    self._wait(one)
                case "preparing":
                    self._prepare(one)
                case "starting" | "ready" if one.process is not None:
                    self._watch(one, one.process)
                case _:
                    pass
        self._keep_logs_small()
        self._tell_who_is_awaited()

    def stop(self) -> None:
        """End every child, the serving ones first; what does not go in its time is killed with all it started."""
        processes.end_running()
        for wave in (0, 1, 2):
            self._stop_wave(
                [(one, one.process) for one in self.running.values() if one.process and one.child.wave == wave]
            )
        self.changed()

    def _enter(self, one: Running, state: str) -> None:
        one.state, one.since, one.errand = state, time.monotonic(), None
        self.changed()

    def _wait(self, one: Running) -> None:
        if time.monotonic() < one.since:  # the pause after a crash
            return
        if all(self.running[name].state == "ready" for name in one.child.after):
            self._enter(one, "preparing")
            one.errand = Errand(lambda: one.child.prepare(lambda text: self.say(f"{one.child.name}: {text}")))

    def _prepare(self, one: Running) -> None:
        if one.errand is None or not one.errand.done:
            return
        if one.errand.error is not None:
            raise StackError(f"{one.child.name} could not be prepared: {one.errand.error}") from one.errand.error
        with one.log.open("ab") as log:
            one.process = subprocess.Popen(
                one.child.command(),
                env={**self.environment, **one.child.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                # Its own session: Ctrl-C comes to us alone, and we stop the children in their order.
                start_new_session=True,
            )
        self._enter(one, "starting")

    def _watch(self, one: Running, process: subprocess.Popen[bytes]) -> None:
        status = process.poll()
        if status is not None:
            processes.signal_group(process, signal.SIGKILL)  # whatever it has left behind
            self._crashed(one, status)
        elif one.state == "starting":
            self._probe(one)
        else:
            self._examine(one, process)

    def _probe(self, one: Running) -> None:
        if one.errand is None:
            one.errand = Errand(one.child.ready)
        elif one.errand.done:
            if one.errand.result is True:
                self.say(f"{one.child.name} is ready after {time.monotonic() - one.since:.1f} s")
                self._enter(one, "ready")
            elif time.monotonic() - one.since > one.child.start_within:
                raise StackError(
                    self._with_log(one, f"{one.child.name} did not answer in {one.child.start_within:.0f} s")
                )
            else:
                one.errand = None

    def _examine(self, one: Running, process: subprocess.Popen[bytes]) -> None:
        """Start one again that answers and yet does not work."""
        now = time.monotonic()
        if one.errand is None:
            if now - one.examined > EXAMINE_EVERY:
                one.examined, one.errand = now, Errand(one.child.healthy)
            return
        if not one.errand.done:
            return
        one.ailing = one.ailing + 1 if one.errand.result is False else 0
        one.errand = None
        if one.ailing >= AILING_LIMIT:
            one.ailing = 0
            self.say(f"{one.child.name} answers but does not work; starting it again")
            processes.signal_group(process, signal.SIGKILL)
            process.wait()
            one.process = None
            one.restarts += 1
            self._enter(one, "waiting")

    def _crashed(self, one: Running, status: int) -> None:
        one.process = None
        now = time.monotonic()
        one.crashes.append(now)
        while one.crashes[0] < now - CRASH_WINDOW:
            one.crashes.popleft()
        how = f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
        if self.crash_limit and len(one.crashes) >= self.crash_limit:
            what = f"{one.child.name} crashed {len(one.crashes)} times within a minute ({how})"
            raise StackError(self._with_log(one, what))
        one.restarts += 1
        self.say(f"{one.child.name} crashed ({how}); starting it again ({len(one.crashes)} within a minute)")
        self._enter(one, "waiting")
        one.since = now + 0.5

    def _with_log(self, one: Running, what: str) -> str:
        lines = [f"    {line}" for line in logs.last_lines(one.log)]
        return "\n".join([f"{what}. Its last log lines ({one.log}):", *lines])

    def _stop_wave(self, wave: list[tuple[Running, subprocess.Popen[bytes]]]) -> None:
        families = {one.child.name: _descendants(process.pid) for one, process in wave}
        for one, process in wave:
            with suppress(ProcessLookupError):
                process.send_signal(one.child.stop_signal)
        began = time.monotonic()
        for one, process in wave:
            while process.poll() is None and time.monotonic() - began < one.child.grace and not self.hurry:
                time.sleep(0.02)
            if not processes.wait_or_kill(process, 0.01):
                self.say(f"{one.child.name} did not stop in {time.monotonic() - began:.0f} s and was killed")
            for descendant in families[one.child.name]:
                with suppress(psutil.NoSuchProcess):
                    descendant.kill()
            one.process, one.state = None, "stopped"

    def _keep_logs_small(self) -> None:
        if time.monotonic() - self._rotated > ROTATE_EVERY:
            self._rotated = time.monotonic()
            for one in self.running.values():
                logs.keep_small(one.log)

    def _tell_who_is_awaited(self) -> None:
        if self.ready:
            self._told = time.monotonic()
        elif time.monotonic() - self._told > TELL_EVERY:
            self._told = time.monotonic()
            awaited = [one.child.name for one in self.running.values() if one.state in {"preparing", "starting"}]
            if awaited:
                self.say(f"waiting for {', '.join(awaited)}")


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
