"""The database slow (two seconds late with every answer) and gone (it takes calls and never answers).

Promised: no call outlives its deadline, what cannot be served is refused with 503 and a time to come back, nothing starts
anew, and all goes on by itself afterwards.
"""

import os
import signal
import time
from collections.abc import Callable
from contextlib import closing, suppress

import psutil

from tests.faults.crowd import Answered, Crowd, between, percentile, summary
from tests.faults.operator import operator_of
from tests.faults.outcome import Outcome
from tests.faults.stage import Stage
from tests.faults.work import at_work, restarts, signed_in, until_ready
from tests.rig import Rig

LATE = 2.0
# A probe, a report, two looks at the page's board: half a minute until slowness is on the page.
TROUBLE = 40.0
# gateway: a call's deadline is ten seconds; what is more is the way there and back on a busy machine.
DEADLINE = 10.0 + 1.5
# Once the trouble is known (a connection attempt is given up after five seconds), nobody waits long for a no.
KNOWN_AFTER = 12.0
QUICK = 3.5
RECOVERED_WITHIN = 15.0


def slow(stage: Stage, seed: int) -> Outcome:
    """Two seconds are added to every answer of the database."""

    def begin() -> None:
        stage.proxy.delay = LATE

    def end() -> None:
        stage.proxy.delay = 0.0

    return _through(stage.rig, seed, begin, end, "dependency_slow")


def gone(stage: Stage, seed: int) -> Outcome:
    """Every process of the database is frozen: connections stay open, new ones are taken, nothing answers."""
    frozen: list[psutil.Process] = []

    def begin() -> None:
        server = psutil.Process(stage.rig.pids()["postgres"])
        frozen.extend([server, *server.children(recursive=True)])
        for process in frozen:
            with suppress(psutil.Error):
                process.suspend()

    def end() -> None:
        for process in frozen:
            with suppress(psutil.Error):
                os.kill(process.pid, signal.SIGCONT)

    return _through(stage.rig, seed, begin, end, "dependency_down", served=False)


def _through(
    rig: Rig, seed: int, begin: Callable[[], None], end: Callable[[], None], rule: str, *, served: bool = True
) -> Outcome:
    outcome = Outcome()
    person = signed_in(rig, "m003")
    with closing(person.http), operator_of(rig) as operator, at_work(rig, seed, per_second=5) as work:
        crowd = Crowd(person, seed)
        crowd.begin()
        time.sleep(6)
        before, began = restarts(rig), time.monotonic()
        begin()
        print("trouble begins", flush=True)
        try:
            time.sleep(TROUBLE)
        finally:
            end()
        ended = time.monotonic()
        print("trouble ends", flush=True)
        recovered = _until_served(crowd, usual(crowd, began), ended)
        until_ready(rig, 60)
        time.sleep(3)
        crowd.end()
        work.end()
        operator.must_have_seen(outcome, rule, "postgres", began)
    quiet = between(crowd.answers, began - 5, began)
    known = between(crowd.answers, began + KNOWN_AFTER, ended - 1)
    during = between(crowd.answers, began, ended)
    outcome.figures |= {
        "before": summary(quiet),
        "during": summary(during),
        f"after {KNOWN_AFTER:.0f} s of it": summary(known),
        "served again after (s)": f"{recovered:.1f}",
    }
    _judge(outcome, during, known, recovered, served=served)
    outcome.promise(restarts(rig) == before, f"something had to be started again: {before} -> {restarts(rig)}")
    outcome.verdict = work.verdict()
    return outcome


def _judge(outcome: Outcome, during: list[Answered], known: list[Answered], recovered: float, *, served: bool) -> None:
    refused = [each for each in during if not each.good]
    late = [each for each in during if each.took > DEADLINE]
    outcome.promise(not late, f"{len(late)} calls outlived their deadline")
    wrong = [each for each in refused if each.status != 503 or not each.retry_after]
    outcome.promise(not wrong, f"{len(wrong)} of {len(refused)} refusals without 503 and Retry-After: {summary(wrong)}")
    outcome.promise(bool(refused), "nothing was refused: the trouble was none, and the checker proves nothing")
    quick = sorted(each.took for each in known if not each.good)
    # What a thread had begun before it could be known may wait for its deadline; the crowd is told at once.
    outcome.promise(percentile(quick, 50) < QUICK, f"half of the refusals took longer than {QUICK} s")
    if served:
        outcome.promise(any(each.good and not each.changing for each in during), "nobody was served meanwhile")
    outcome.promise(recovered < RECOVERED_WITHIN, f"served again only after {recovered:.1f} s")


def usual(crowd: Crowd, until: float) -> float:
    """Answers how long a good call may take to count as usual: what it took before, on this machine, and a second at least."""
    return max(1.0, percentile(sorted(each.took for each in between(crowd.answers, 0, until) if each.good), 95))


def _until_served(crowd: Crowd, most: float, since: float) -> float:
    """Answers how long after `since` calls of each kind are done again in the usual time."""
    while time.monotonic() - since < 60:
        done = [
            each for each in between(list(crowd.answers), since, time.monotonic()) if each.good and each.took < most
        ]
        kinds = {each.changing: each for each in reversed(done)}
        if len(kinds) == 2:
            return max(each.at + each.took for each in kinds.values()) - since
        time.sleep(0.2)
    return 60.0
