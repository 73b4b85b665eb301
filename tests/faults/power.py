"""The power fails: what had reached the disk at one instant is all that is left.

The stack's folder lies on a disk of its own. Under load everybody is frozen, the disk is copied as it is (what the file system still
keeps in memory is not in it), everybody is killed, the copy is mounted, and the stack starts on it. The older system is elsewhere: its
ledger survives and knows what was acknowledged to it. Control: a database and a broker that acknowledge before the disk has it.
"""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import psutil

from tests.faults.loop_disk import LoopDisk, loop_disk, with_the_older_system_elsewhere
from tests.faults.operator import operator_of
from tests.faults.outcome import Outcome
from tests.faults.prepared import CUSTOMERS, own_folder
from tests.faults.work import until_ready, work_of
from tests.rig import Rig, running

LOAD = 15.0
READY_WITHIN = 60.0
ENOUGH = 100
FEW = 5


def power(seed: int, control: bool) -> Outcome:
    """Cuts the power under load and starts again from what the disk had."""
    with own_folder() as folder, loop_disk(folder, "3G") as disk:
        return _cut(folder, disk, seed, control)


def _cut(folder: Path, disk: LoopDisk, seed: int, control: bool) -> Outcome:
    home = disk.at / "home"
    settings = with_the_older_system_elsewhere(folder, home)
    program = "tests.faults.unsafe_stack" if control else "local_stack"
    with running(customers=CUSTOMERS, program=program, environment=settings, home=home) as rig:
        work = work_of(rig, seed)
        work.begin()
        time.sleep(LOAD)
        # Logins are slow on a busy machine: people are to have worked too.
        patience = time.monotonic() + 30
        while len(work.completed) < FEW and time.monotonic() < patience:
            time.sleep(0.5)
        family = _frozen(rig)
        after = disk.copy_of_this_instant(disk.image.with_name("after.img"))
        for process in family:
            with suppress(psutil.Error):
                process.kill()
        work.end()
        psutil.wait_procs(family, timeout=10)
    print("power cut; starting from what the disk had", flush=True)
    disk.unmount()
    disk.image.unlink()
    after.mount()
    try:
        return _after(home, settings, work.completed, seed)
    finally:
        after.unmount()


def _after(home: Path, settings: dict[str, str], completed: list[str], seed: int) -> Outcome:
    # What the disk had says that a stack runs; whoever waits for this one must not believe it.
    (home / "stack.json").unlink(missing_ok=True)
    outcome, began = Outcome(), time.monotonic()
    # Whoever else is at work on this machine makes starts slower: counted against what the machine had to spare.
    busy = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    with running(customers=CUSTOMERS, environment=settings, home=home) as rig:
        with suppress(TimeoutError):  # the ledgers tell more than that, and how long it took is judged below
            until_ready(rig, 240)
        ready = time.monotonic() - began
        with operator_of(rig) as operator:
            operator.must_have_seen(outcome, "power_cut", "server", time.monotonic())
        work = work_of(rig, seed)
        work.completers[0].completed.extend(completed)
        outcome.verdict = work.verdict()
    outcome.figures["ready again after (s)"] = f"{ready:.1f} (machine {busy:.1f} times busy)"
    outcome.promise(ready <= READY_WITHIN * busy, f"ready again only after {ready:.0f} s")
    acknowledged = outcome.verdict.acknowledged
    outcome.promise(acknowledged >= ENOUGH, f"only {acknowledged} orders acknowledged: too few to prove anything")
    return outcome


def _frozen(rig: Rig) -> list[psutil.Process]:
    """Freezes the stack, whoever starts others first; answers everybody."""
    first = psutil.Process(rig.process.pid)
    os.kill(first.pid, signal.SIGSTOP)
    family = [first, *first.children(recursive=True)]
    for process in family[1:]:
        with suppress(psutil.Error):
            process.suspend()
    return family
