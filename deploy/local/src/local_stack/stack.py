"""One stack from start to end: lock, children, demo data, what is told to people and to programs."""

import os
import signal
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from local_stack import children as table
from local_stack import readiness, state
from local_stack.children import children, inherited_environment
from local_stack.demo import DemoBranch, people_table
from local_stack.layout import Home, Ports
from local_stack.supervisor import CRASH_LIMIT, TICK, Errand, StackError, Supervisor
from local_stack.told import public_url, token_url

LEAST_FREE = 300 * 1024 * 1024
# After every child answers: the time within which the services find each other, and then some.
FIND_WITHIN = 60.0


@dataclass(frozen=True)
class Wanted:
    """What a person asked for."""

    demo: bool = True
    customers: int | None = None
    crash_limit: int = CRASH_LIMIT
    only: frozenset[str] = frozenset()


@dataclass
class Stack:
    """Runs until a signal comes or something ends it."""

    home: Home
    ports: Ports
    wanted: Wanted
    began: float = field(default_factory=time.monotonic)
    phase: str = "starting"
    _stop_signal: str = ""
    _supervisor: Supervisor | None = None
    _low: bool = False

    def say(self, text: str) -> None:
        """Print one line of progress."""
        print(f"{time.monotonic() - self.began:7.1f} s  {text}", flush=True)

    def run(self) -> int:
        """Start everything, stay, stop everything; answer the exit status."""
        lock = state.take_lock(self.home)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        try:
            self.home.make()
            self._check_room()
            for name in state.end_leftovers(self.home):
                self.say(f"{name} was left from a stack that had been killed; ended it")
            return self._supervise()
        finally:
            os.close(lock)

    def _on_signal(self, number: int, _frame: object) -> None:
        # Only notes it: a handler that prints may interrupt a print.
        if self._stop_signal and self._supervisor:
            self._supervisor.hurry = True
        self._stop_signal = signal.Signals(number).name

    def _supervise(self) -> int:
        demo = DemoBranch(self.home, self.ports, self.say)
        if self.wanted.demo and not demo.loaded(self.wanted.customers):
            demo.announce(self.wanted.customers)
        supervisor = Supervisor(
            [one for one in children(self.home, self.ports) if not self.wanted.only or one.name in self.wanted.only],
            self.home.logs,
            inherited_environment(),
            self.say,
            self._write_state,
            self.wanted.crash_limit,
        )
        self._supervisor = supervisor
        status = 0
        try:
            self._work(supervisor)
        except StackError as error:
            status = 1
            print(f"\nmake run: {error}\n", file=sys.stderr, flush=True)
        except OSError as error:
            status = 1
            print(f"\nmake run: {error}{_remedy(error)}\n", file=sys.stderr, flush=True)
        finally:
            self.phase = "stopping"
            if self._stop_signal:
                self.say(f"stopping ({self._stop_signal}); once more to stop at once")
            supervisor.stop()
            self.home.state_file.unlink(missing_ok=True)
            self.say("everything is stopped")
        return status

    def _work(self, supervisor: Supervisor) -> None:
        while not supervisor.ready:
            if self._step(supervisor):
                return
        if not self.wanted.only and self._stopped_before_all_is_well(supervisor):
            return
        if self._load_demo(supervisor):
            return
        self.phase = "ready"
        self._write_state()
        self._tell_ready()
        checked = time.monotonic()
        while not self._step(supervisor):
            if time.monotonic() - checked > 10:
                checked = time.monotonic()
                self._watch_room()

    def _step(self, supervisor: Supervisor) -> bool:
        supervisor.step()
        time.sleep(TICK)
        return self._stop_signal != ""

    def _stopped_before_all_is_well(self, supervisor: Supervisor) -> bool:
        """Wait until the gateway says that everything is there; answer whether we were asked to stop meanwhile."""
        began, port = time.monotonic(), self.ports.gateway
        answer, errand = readiness.Answer(False), Errand(lambda: readiness.ask(port))
        while not answer.ready:
            if self._step(supervisor):
                return True
            if not errand.done:
                continue
            answer = errand.result if isinstance(errand.result, readiness.Answer) else answer
            if not answer.ready and time.monotonic() - began > FIND_WITHIN:
                self.say(f"not everything is there yet: {answer.missing}")
                return False
            errand = Errand(lambda: readiness.ask(port))
        return False

    def _load_demo(self, supervisor: Supervisor) -> bool:
        """Load the demo branch when it is wanted and not there yet; answer whether we were asked to stop meanwhile."""
        demo = DemoBranch(self.home, self.ports, self.say)
        if not self.wanted.demo or demo.loaded(self.wanted.customers):
            return False
        self.phase = "loading"
        self._write_state()
        errand = Errand(lambda: demo.load(self.wanted.customers))
        while not errand.done:
            if self._step(supervisor):
                demo.stop()
                return True
        if errand.error is not None:
            raise StackError(str(errand.error)) from errand.error
        return False

    def _check_room(self) -> None:
        free = state.free_bytes(self.home.root)
        if free < LEAST_FREE:
            raise StackError(
                f"the disk of {self.home.root} is full: {free >> 20} MB are left, {LEAST_FREE >> 20} MB are needed; "
                "free some space or set CRM_HOME to a folder on another disk"
            )

    def _watch_room(self) -> None:
        """Say once that the disk fills up, and once that it has room again: the services refuse changes by themselves."""
        free = state.free_bytes(self.home.root)
        if (free < LEAST_FREE) != self._low:
            self._low = not self._low
            left = f"{free >> 20} MB are left on the disk of {self.home.root}"
            self.say(f"{left}: free some space, or changes are refused" if self._low else f"{left} again")

    def _tell_ready(self) -> None:
        self.say("ready")
        print(
            f"\n  Full-Service CRM is at  {public_url(self.ports)}\n\n{people_table(self.home)}\n"
            f"  Logs: {self.home.logs}\n  Stop with Ctrl-C; `make run` starts it again with its data, "
            "`make reset` wipes the data.\n",
            flush=True,
        )

    def _write_state(self) -> None:
        running = self._supervisor.running.values() if self._supervisor else ()
        described: dict[str, Any] = {
            one.child.name: {**one.describe(), "started_at": state.started_at(one.pid)} for one in running
        }
        ports = self.ports
        state.write(
            self.home,
            {
                "pid": os.getpid(),
                "phase": self.phase,
                "url": public_url(ports),
                "token_url": token_url(ports),
                "issuer": f"{public_url(ports)}/auth/realms/crm",
                "home": str(self.home.root),
                "secrets": str(self.home.root / "secrets"),
                "ports": {
                    "gateway": ports.gateway,
                    "keycloak": ports.keycloak,
                    "keycloak_health": ports.keycloak_health,
                    "postgres": ports.postgres,
                    "nats": ports.nats,
                    "gateway_grpc": ports.base + 5,
                    **{
                        service.name: ports.base + service.offset
                        for service in table.SERVICES
                        if service.name != "gateway"
                    },
                },
                "children": described,
            },
        )


def _remedy(error: OSError) -> str:
    return "; the disk is full: free some space or set CRM_HOME to another disk" if error.errno == 28 else ""
