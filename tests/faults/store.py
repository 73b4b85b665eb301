"""The broker's store is deleted while it works: everything it held is gone, sessions and settings too.

Promised: all parts make what they need anew within a minute, what was acknowledged takes effect once, and people sign in again.
"""

import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.faults.operator import operator_of
from tests.faults.outcome import Outcome
from tests.faults.stage import Stage
from tests.faults.work import at_work, until_ready
from tests.person import Person, SignInRefused

HEALED_WITHIN = 60.0


def store(stage: Stage, seed: int) -> Outcome:
    """Takes the broker's store away under load."""
    rig, outcome = stage.rig, Outcome()
    with operator_of(rig) as operator, at_work(rig, seed) as work:
        time.sleep(10)
        before = len(work.completed)
        folder = rig.home / "data" / "nats" / "jetstream"
        held = _streams(folder)
        pid = rig.pids()["nats"]
        # Frozen first, so that it writes nothing back of what is taken from it.
        os.kill(pid, signal.SIGSTOP)
        shutil.rmtree(folder)
        os.kill(pid, signal.SIGKILL)
        began = time.monotonic()
        print(f"store gone: {len(held)} streams", flush=True)
        ready = until_ready(rig, 120)
        settled = _until_settings_are_back(rig.url, rig.password, began)
        working = _until(lambda: len(work.completed) > before + 4, began)
        time.sleep(3)
        operator.must_have_seen(outcome, "broker_store_lost", "nats", began)
    outcome.figures |= {
        "ready after (s)": f"{ready:.1f}",
        "people sign in and see their tasks after (s)": f"{settled:.1f}",
        "5 more tasks completed after (s)": f"{working:.1f}",
        "streams of before": ", ".join(sorted(held)),
    }
    for what, took in (("ready", ready), ("signed in", settled), ("at work", working)):
        outcome.promise(took <= HEALED_WITHIN, f"{what} again only after {took:.0f} s")
    missing = held - _streams(folder)
    outcome.promise(bool(held), f"no store of the broker's in {folder}")
    outcome.promise(not missing, f"never made anew: {sorted(missing)}")
    outcome.verdict = work.verdict()
    return outcome


def _streams(folder: Path) -> set[str]:
    return {stream.name for streams in folder.rglob("streams") for stream in streams.iterdir()}


def _until_settings_are_back(url: str, password: str, since: float) -> float:
    """Answers when somebody could sign in and was let in by the rules, which travel through the broker."""

    def served() -> bool:
        try:
            with Person(url, "s1", password) as person:
                roles = person.http.get("/session").json()["roles"]
                return "supervisor" in roles and person.http.get("/readyz").status_code == 200
        except (httpx.HTTPError, SignInRefused, KeyError, ValueError):
            return False

    return _until(served, since)


def _until(done: Callable[[], bool], since: float, most: float = 120.0) -> float:
    while time.monotonic() - since < most:
        if done():
            break
        time.sleep(0.5)
    return time.monotonic() - since
