"""A fault run: a stack of its own, load, trouble, quiet, then the ledgers side by side.

`python -m tests.faults.run --faults 60` prints the seed and ends with status 1 when anything was lost or doubled;
`--control` breaks a promise on purpose and ends with status 1 when the checker did not see it. `--scenario` chooses the
trouble; `shared` is those that one stack can take one after the other.
"""

import argparse
import os
import random
import shutil
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from tests.faults import clock, database_trouble, full_disk, power, store
from tests.faults.breaker import Breaker
from tests.faults.outcome import Alone, Outcome, Shared
from tests.faults.stage import staged
from tests.faults.work import at_work
from tests.rig import running

# The control kills what stands between a commit and its event, and leaves people time to complete something in between: a
# short run is to show the loss.
CONTROL: dict[str, Any] = {"victims": ("dispatch", "nats"), "ways": ("kill",), "pause": (2.0, 5.0)}
SHARED: dict[str, Shared] = {"slow": database_trouble.slow, "gone": database_trouble.gone, "store": store.store}
ALONE: dict[str, Alone] = {"power": power.power, "disk": full_disk.disk, "clock": clock.clock}
NEED_ROOT = frozenset({"power", "disk"})
HAVE_CONTROL = frozenset({"kills", "power"})


def kills(asked: argparse.Namespace) -> Outcome:
    """Kills and freezes processes at random while people work."""
    program = "tests.faults.naive_stack" if asked.control else "local_stack"
    with running(customers=asked.customers, program=program, arguments=("--crash-limit", "0")) as rig:
        stop = threading.Event()
        with at_work(rig, asked.seed) as work:
            way = CONTROL if asked.control else {}
            breaker = Breaker(rig.pids, asked.seed, lambda text: print(text, flush=True), **way)
            ending = threading.Timer(asked.seconds, stop.set)
            ending.start()
            breaker.run(stop, wanted=asked.faults)
            ending.cancel()
            # The load goes on for a moment after the last fault, and then everything comes to rest.
            time.sleep(3)
        print(f"{len(breaker.faults)} faults; waiting for quiet", flush=True)
        return Outcome({"faults": len(breaker.faults)}, verdict=work.verdict())


def main() -> int:
    """Runs what the command line asks for and answers the exit status."""
    asked = _parser().parse_args()
    if asked.scenario == "shared":
        with staged() as stage:
            results = [_said(name, asked.seed, lambda run=run: run(stage, asked.seed)) for name, run in SHARED.items()]
        return max(results)
    if asked.control and asked.scenario not in HAVE_CONTROL:
        print(f"{asked.scenario} has no control: {', '.join(sorted(HAVE_CONTROL))} have one", file=sys.stderr)
        return 2
    if asked.scenario == "clock" and shutil.which("cc") is None:
        print(
            "clock: skipped: it builds a few lines of C (set_clock.c) and there is no cc: apt-get install gcc libc6-dev"
        )
        return 0
    if asked.scenario in NEED_ROOT and os.geteuid() != 0:
        print(f"{asked.scenario}: skipped: it mounts a disk of its own, which only root may")
        return 0
    if asked.control:
        return _control(asked)
    return _said(asked.scenario, asked.seed, lambda: _one(asked))


def _control(asked: argparse.Namespace) -> int:
    """Runs a scenario with a promise broken on purpose; answers 1 when the ledgers did not show it, whatever else was late."""
    print(f"control of {asked.scenario}, seed {asked.seed}", flush=True)
    outcome = _one(asked)
    shown = outcome.verdict is not None and not outcome.verdict.clean
    found = "losses shown, as they must be" if shown else "NOTHING LOST: the checker proves nothing"
    print(f"{outcome}\ncontrol of {asked.scenario}, seed {asked.seed}: {found}", flush=True)
    return int(not shown)


def _one(asked: argparse.Namespace) -> Outcome:
    if asked.scenario == "kills":
        return kills(asked)
    if asked.scenario in ALONE:
        return ALONE[asked.scenario](asked.seed, asked.control)
    with staged() as stage:
        return SHARED[asked.scenario](stage, asked.seed)


def _said(name: str, seed: int, run: Callable[[], Outcome]) -> int:
    """Runs a scenario and says how it went; answers 1 when a promise was broken."""
    began = time.monotonic()
    print(f"scenario {name}, seed {seed}", flush=True)
    outcome = run()
    took = time.monotonic() - began
    print(f"{outcome}\nscenario {name}, seed {seed}, {took:.0f} s: {'kept' if outcome.clean else 'BROKEN'}", flush=True)
    return int(not outcome.clean)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", choices=["kills", *ALONE, *SHARED, "shared"], default="kills")
    parser.add_argument("--faults", type=int, default=60, help="kills: how many")
    parser.add_argument("--seconds", type=float, default=600, help="kills: longest time under load")
    parser.add_argument("--customers", type=int, default=1200, help="kills: size of the branch")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--control", action="store_true", help="break a promise on purpose: losses must be shown")
    return parser


if __name__ == "__main__":
    sys.exit(main())
