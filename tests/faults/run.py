"""A fault run: a stack of its own, load, faults, quiet, then the ledgers side by side.

`python -m tests.faults.run --faults 60` prints the seed and ends with status 1 when anything was lost or doubled;
`--control` runs dispatch without its outbox and ends with status 1 when nothing was lost.
"""

import argparse
import json
import random
import sys
import threading
import time

import httpx
import psycopg

from tests.faults.breaker import VICTIMS, Breaker
from tests.faults.ledger import Task, Verdict, compare
from tests.faults.load import Completer, Orders
from tests.rig import Rig, running

COMPLETERS = ("m001", "m002", "c01", "c02", "c03", "c04")
# The control breaks what stands between a commit and its event, and nothing else: a short run is to show the loss.
CONTROL_VICTIMS = ("dispatch", "nats")
QUIET_WITHIN = 150.0


def held_tasks(rig: Rig) -> list[Task]:
    """Answers the tasks of the older system as dispatch's own tables hold them."""
    with rig.database("dispatch") as connection:
        rows = connection.execute("SELECT id, external_id, state FROM tasks WHERE source = 'gnet-crm'").fetchall()
    return [Task(str(row[0]), str(row[1]), str(row[2])) for row in rows]


def break_and_compare(
    rig: Rig, *, seed: int, faults: int, seconds: float, victims: tuple[str, ...] = VICTIMS
) -> tuple[Verdict, int]:
    """Runs load and faults together, waits for quiet, and answers the verdict and how many faults there were."""
    stop = threading.Event()
    orders = Orders(rig.gnet_url, f"F{seed}-")
    completers = [Completer(rig.url, number, rig.password) for number in COMPLETERS]
    workers = [threading.Thread(target=worker.run, args=(stop,)) for worker in (orders, *completers)]
    for worker in workers:
        worker.start()
    breaker = Breaker(rig.pids, seed, lambda text: print(text, flush=True), victims)
    ending = threading.Timer(seconds, stop.set)
    ending.start()
    breaker.run(stop, wanted=faults)
    # The load goes on for a moment after the last fault, and then everything comes to rest.
    stop.wait(3)
    ending.cancel()
    stop.set()
    for worker in workers:
        worker.join(60)
    print(f"{len(breaker.faults)} faults; waiting for quiet", flush=True)
    _until_quiet(rig)
    book = httpx.get(f"{rig.gnet_url}/ledger", params={"limit": 200_000}, timeout=60).json()
    completed = [task_id for completer in completers for task_id in completer.completed]
    return compare(book["orders"], book["totals"]["deliveries"], held_tasks(rig), completed), len(breaker.faults)


def _until_quiet(rig: Rig) -> None:
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
        # Redeliveries and retries pause for up to a minute; longer silence is the end.
        if time.monotonic() - since > 75:
            return
        time.sleep(1)


def main() -> int:
    """Runs what the command line asks for and answers the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=600, help="longest time under load")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--customers", type=int, default=1200)
    parser.add_argument("--control", action="store_true", help="dispatch without its outbox: must lose something")
    asked = parser.parse_args()
    print(f"seed {asked.seed}", flush=True)
    program = "tests.faults.naive_stack" if asked.control else "local_stack"
    with running(customers=asked.customers, program=program, arguments=("--crash-limit", "0")) as rig:
        victims = CONTROL_VICTIMS if asked.control else VICTIMS
        verdict, count = break_and_compare(
            rig, seed=asked.seed, faults=asked.faults, seconds=asked.seconds, victims=victims
        )
    print(f"{count} faults, seed {asked.seed}: {verdict}", flush=True)
    if asked.control:
        found = "losses shown, as they must be" if not verdict.clean else "NOTHING LOST: the checker proves nothing"
        print(f"control: {found}", flush=True)
        return int(verdict.clean)
    return int(not verdict.clean)


if __name__ == "__main__":
    sys.exit(main())
