"""People and the older system at work while something breaks, and what both sides say of it afterwards."""

import json
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import psycopg

from tests.faults.ledger import Task, Verdict, compare
from tests.faults.load import Completer, Orders
from tests.person import Person, SignInRefused
from tests.rig import Rig

COMPLETERS = ("m001", "m002", "c01", "c02", "c03", "c04")
QUIET_WITHIN = 150.0
# Redeliveries and retries pause for up to a minute; longer silence is the end.
SILENCE = 75.0


@dataclass
class Work:
    """Orders that come in and people who complete them, until told to stop."""

    rig: Rig
    orders: Orders
    completers: list[Completer]
    stop: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list[threading.Thread])

    def begin(self) -> None:
        """Starts everybody."""
        self.threads = [
            threading.Thread(target=each.run, args=(self.stop,), daemon=True)
            for each in (self.orders, *self.completers)
        ]
        for thread in self.threads:
            thread.start()

    def end(self) -> None:
        """Has everybody stop, and waits for them."""
        self.stop.set()
        for thread in self.threads:
            thread.join(60)

    @property
    def completed(self) -> list[str]:
        """Tasks whose completion a person was told of."""
        return [task_id for completer in self.completers for task_id in completer.completed]

    def verdict(self) -> Verdict:
        """Waits until everything has come to rest and compares the ledgers."""
        until_quiet(self.rig)
        book = httpx.get(f"{self.rig.gnet_url}/ledger", params={"limit": 200_000}, timeout=60).json()
        return compare(book["orders"], book["totals"]["deliveries"], held_tasks(self.rig), self.completed)


def work_of(rig: Rig, seed: int, per_second: int = 20) -> Work:
    """Answers the usual load on a stack."""
    completers = [Completer(rig.url, number, rig.password) for number in COMPLETERS]
    return Work(rig, Orders(rig.gnet_url, f"F{seed}-", per_second), completers)


@contextmanager
def at_work(rig: Rig, seed: int, per_second: int = 20) -> Generator[Work]:
    """Has people work for as long as the block lasts."""
    work = work_of(rig, seed, per_second)
    work.begin()
    try:
        yield work
    finally:
        work.end()


def held_tasks(rig: Rig) -> list[Task]:
    """Answers the tasks of the older system as dispatch's own tables hold them."""
    with rig.database("dispatch") as connection:
        rows = connection.execute("SELECT id, external_id, state FROM tasks WHERE source = 'gnet-crm'").fetchall()
    return [Task(str(row[0]), str(row[1]), str(row[2])) for row in rows]


def until_quiet(rig: Rig) -> None:
    """Waits until no order waits and no effect is missing, or until nothing has moved for a long while."""
    deadline, before = time.monotonic() + QUIET_WITHIN, ""
    since = time.monotonic()
    while time.monotonic() < deadline:
        try:
            totals = httpx.get(f"{rig.gnet_url}/ledger", params={"limit": 0}, timeout=10).json()["totals"]
            ended = sum(task.state in ("completed", "cancelled") for task in held_tasks(rig))
        except (httpx.HTTPError, psycopg.Error, KeyError):
            time.sleep(1)
            continue
        if not totals["orders"].get("waiting") and sum(totals["effects"].values()) >= ended:
            return
        now = json.dumps([totals, ended])
        if now != before:
            before, since = now, time.monotonic()
        if time.monotonic() - since > SILENCE:
            return
        time.sleep(1)


def restarts(rig: Rig) -> dict[str, int]:
    """Answers how often each part was started again."""
    return {name: int(child["restarts"]) for name, child in rig.state().get("children", {}).items()}


def until_ready(rig: Rig, within: float) -> float:
    """Waits until every dependency of every part is up; answers after how many seconds. Raises `TimeoutError`."""
    began = time.monotonic()
    said: object = "no answer"
    while time.monotonic() - began < within:
        try:
            answer = httpx.get(f"{rig.url}/readyz", timeout=5)
            said = answer.json()
        except (httpx.HTTPError, ValueError, KeyError) as error:
            said = repr(error)
        else:
            if answer.status_code == 200:
                return time.monotonic() - began
        time.sleep(0.5)
    raise TimeoutError(f"not ready after {within:.0f} s: {said}")


def signed_in(rig: Rig, number: str, within: float = 60.0) -> Person:
    """Answers a person at the portal; tries again while a machine that has just started is too busy to let them in."""
    deadline = time.monotonic() + within
    while True:
        person = Person(rig.url, number, rig.password)
        try:
            person.sign_in()
        except (httpx.HTTPError, SignInRefused, ValueError):
            person.http.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(1)
        else:
            return person
