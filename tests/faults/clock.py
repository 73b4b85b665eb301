"""The clock is set back by two days under load, parts are started anew in that past, and later the clock is right again.

Database, Keycloak, services and gateway live by a clock that is set for them (set_clock.c; the broker, a program without libc, lives by
the machine's). Promised: no task is generated twice, what was signed in or held before does not last for days, and nothing is lost or doubled.
"""

import os
import signal
import struct
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import httpx

from tests.faults.operator import Operator, operator_of
from tests.faults.outcome import Outcome
from tests.faults.prepared import CUSTOMERS, laid_into, own_folder
from tests.faults.work import Work, at_work, signed_in, until_ready
from tests.person import machine_token
from tests.rig import Rig, running

BACK = -2 * 24 * 3600
RIGHT = 0
WITHIN = 60.0
_TOLD_WITHIN = 2.0  # what was begun before may still end


def clock(seed: int, control: bool) -> Outcome:
    """Sets the clock back and right again."""
    del control
    outcome = Outcome()
    with own_folder() as folder:
        home, watch = folder / "home", folder / "now"
        environment = laid_into(home) | _faked(folder, watch)
        _set(watch, RIGHT)
        with _at_work(environment, home, seed) as (rig, work, operator):
            time.sleep(8)
            _back_and_right_again(rig, work, operator, watch, outcome)
            work.end()
            outcome.verdict = work.verdict()
            twice = _generated_twice(rig)
            outcome.promise(not twice, f"generated twice: {twice[:5]}")
            outcome.promise(not (left := _left_waiting(rig)), f"events that never left: {left}")
    return outcome


@contextmanager
def _at_work(environment: dict[str, str], home: Path, seed: int) -> Generator[tuple[Rig, Work, Operator]]:
    with (
        running(customers=CUSTOMERS, environment=environment, home=home) as rig,
        operator_of(rig) as operator,
        at_work(rig, seed, 10) as work,
    ):
        yield rig, work, operator


def _back_and_right_again(rig: Rig, work: Work, operator: Operator, watch: Path, outcome: Outcome) -> None:
    person = signed_in(rig, "s1")
    token = machine_token(rig.token_url, "gnet-crm", rig.client_secret("gnet-crm"))
    generated = _generated(rig)
    _set(watch, BACK)
    set_at = time.monotonic()
    print("clock set back two days", flush=True)
    time.sleep(_TOLD_WITHIN)
    outcome.promise(person.http.get("/session").status_code == 401, "a session of before is still good")
    person.http.close()
    status = _asked_by_machine(rig, token)
    outcome.promise(status == 401, f"a token of before is still good: {status}")
    # In that past parts die and start anew: they find leases that end in two days, and generate tasks for their today.
    for name in ("dispatch", "customer"):
        os.kill(rig.pids()[name], signal.SIGKILL)
    began, before = time.monotonic(), len(work.completed)
    ready = until_ready(rig, 120)
    at = _until_more(work, before + 3, began)
    outcome.figures["set back: ready, at work again after (s)"] = f"{ready:.1f}, {at:.1f}"
    outcome.promise(at <= WITHIN, f"nobody could work within {WITHIN:.0f} s of the clock set back")
    operator.must_have_seen(outcome, "clock_set", "server", set_at)
    _set(watch, RIGHT)
    print("clock right again", flush=True)
    time.sleep(_TOLD_WITHIN)
    os.kill(rig.pids()["dispatch"], signal.SIGKILL)
    began, before = time.monotonic(), len(work.completed)
    ready = until_ready(rig, 120)
    at = _until_more(work, before + 3, began)
    outcome.figures["right again: ready, at work again after (s)"] = f"{ready:.1f}, {at:.1f}"
    outcome.promise(at <= WITHIN, f"nobody could work within {WITHIN:.0f} s of the clock right again")
    outcome.figures["tasks generated before, after"] = f"{generated}, {_generated(rig)}"


def _faked(folder: Path, watch: Path) -> dict[str, str]:
    """Answers the environment in which programs live by the clock in a file."""
    library = folder / "set_clock.so"
    source = Path(__file__).with_name("set_clock.c")
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
    return {"LD_PRELOAD": str(library), "SET_CLOCK_FILE": str(watch)}


def _set(watch: Path, seconds: int) -> None:
    # In place: everybody has the page of this file in memory.
    with watch.open("r+b" if watch.exists() else "wb") as file:
        file.write(struct.pack("<q", seconds))


def _asked_by_machine(rig: Rig, token: str) -> int:
    answer = httpx.post(
        f"{rig.url}/rpc/crm.dispatch.v1.DispatchService/ListTasks",
        json={},
        headers={"authorization": f"Bearer {token}"},
        timeout=15,
    )
    return answer.status_code


def _until_more(work: Work, wanted: int, since: float) -> float:
    while len(work.completed) < wanted and time.monotonic() - since < 2 * WITHIN:
        time.sleep(0.5)
    return time.monotonic() - since


def _generated(rig: Rig) -> int:
    return len(_rows(rig, "SELECT id FROM tasks WHERE rule IS NOT NULL"))


def _generated_twice(rig: Rig) -> list[tuple[object, ...]]:
    """Answers customers who got two tasks of one rule for one occasion, whatever key it was generated under."""
    question = (
        "SELECT rule, customer_id, occasion_on, count(*) FROM tasks WHERE rule IS NOT NULL"
        " GROUP BY rule, customer_id, occasion_on, title HAVING count(*) > 1"
    )
    return [tuple(row) for row in _rows(rig, question)]


def _left_waiting(rig: Rig) -> dict[str, int]:
    left = {name: len(_rows(rig, "SELECT id FROM outbox WHERE waiting", name)) for name in _OWNERS}
    return {name: count for name, count in left.items() if count > _IN_PASSING}


_OWNERS = ("dispatch", "customer", "support")
_IN_PASSING = 3


def _rows(rig: Rig, question: LiteralString, service: str = "dispatch") -> list[tuple[object, ...]]:
    with rig.database(service) as connection:
        return list(connection.execute(question).fetchall())
