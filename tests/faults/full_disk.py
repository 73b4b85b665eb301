"""The disk fills up: first into the reserve, then to the last block; and is freed again.

Promised: changes are refused with a reason and a time to come back, reads go on, and once there is room everything goes on without
a person, the broker too, which stores nothing more after it once failed to. Nothing acknowledged is lost.
"""

import shutil
import time
from collections.abc import Callable
from contextlib import closing, suppress

import httpx
from crm.dispatch.v1 import dispatch_pb2 as pb

from tests.faults.load import LIST
from tests.faults.loop_disk import LoopDisk, loop_disk, with_the_older_system_elsewhere
from tests.faults.operator import Operator, operator_of
from tests.faults.outcome import Outcome
from tests.faults.prepared import CUSTOMERS, own_folder
from tests.faults.work import at_work, restarts, signed_in, until_ready
from tests.person import CallRefused, Person
from tests.rig import Rig, running

CREATE = "crm.dispatch.v1.DispatchService/CreateTask"
MEGABYTE = 1 << 20
RESERVE = 256 * MEGABYTE
# Between what the services keep and what is really full.
IN_THE_RESERVE = RESERVE // 2
WITHIN = 60.0


def disk(seed: int, control: bool) -> Outcome:
    """Fills the disk under load and frees it again."""
    del control
    with own_folder() as folder, loop_disk(folder, "2G") as filled:
        home = filled.at / "home"
        settings = with_the_older_system_elsewhere(folder, home)
        with running(customers=CUSTOMERS, environment=settings, home=home) as rig:
            person = signed_in(rig, "m003")
            with closing(person.http), operator_of(rig) as operator, at_work(rig, seed, 10) as work:
                outcome = _filled(rig, filled, person, operator)
            outcome.verdict = work.verdict()
            return outcome


def _filled(rig: Rig, disk: LoopDisk, person: Person, operator: Operator) -> Outcome:
    outcome = Outcome()
    time.sleep(6)
    outcome.promise(not _changes(person), "a change was refused while there was room")
    before = restarts(rig)
    ballast = [disk.fill(leaving=IN_THE_RESERVE)]
    print(f"disk: {_free(disk)} MB left", flush=True)
    time.sleep(3)
    refusal = _changes(person)
    outcome.figures["in the reserve, changes are answered"] = refusal
    outcome.promise(refusal == "507 STORAGE_FULL, again in 2 s", "changes were not refused as they should be")
    outcome.promise(_reads(person, 10) == 10, "reads did not go on in the reserve")
    outcome.promise(restarts(rig) == before, f"something ended: {before} -> {restarts(rig)}")
    ballast.append(disk.fill())
    filled = time.monotonic()
    print(f"disk: {_free(disk)} MB left", flush=True)
    time.sleep(10)
    operator.must_have_seen(outcome, "disk_full", "postgres", filled)
    outcome.figures["full, changes are answered"] = _changes(person)
    read = _reads(person, 10)
    outcome.figures["full, reads of 10 that were answered"] = read
    outcome.promise(read >= 9, "reads did not go on with the disk full")
    for file in ballast:
        file.unlink()
    print(f"disk: {_free(disk)} MB left", flush=True)
    freed = time.monotonic()
    changed = _until(lambda: not _changes(person), freed)
    ready = _until(lambda: _stores(rig), freed)
    outcome.figures["freed: changes, all parts again after (s)"] = f"{changed:.1f}, {ready:.1f}"
    outcome.promise(max(changed, ready) <= WITHIN, f"not all at work {WITHIN:.0f} s after there was room again")
    outcome.figures["started again by themselves"] = _more(before, restarts(rig))
    time.sleep(3)
    return outcome


def _changes(person: Person) -> str:
    """Tries a change; answers how it was refused, nothing when it was done."""
    request = pb.CreateTaskRequest(
        request_id=f"{time.time_ns():032x}", kind=pb.TASK_KIND_CARE, title="回访", owner_number=person.number
    )
    answer = person.http.post(
        f"/rpc/{CREATE}",
        content=request.SerializeToString(),
        headers={**person.headers, "content-type": "application/proto"},
    )
    if answer.is_success:
        return ""
    refused = CallRefused(answer.status_code, answer.json())
    return f"{refused.status} {refused.reason}, again in {answer.headers.get('retry-after', '?')} s"


def _reads(person: Person, times: int) -> int:
    good = 0
    for _ in range(times):
        with suppress(CallRefused, httpx.HTTPError):
            person.call(LIST, pb.ListTasksRequest(bucket=pb.TASK_BUCKET_TODO), pb.ListTasksResponse)
            good += 1
    return good


def _stores(rig: Rig) -> bool:
    try:
        until_ready(rig, 1)
    except TimeoutError:
        return False
    return True


def _until(done: Callable[[], bool], since: float) -> float:
    while time.monotonic() - since < 3 * WITHIN:
        with suppress(httpx.HTTPError):
            if done():
                break
        time.sleep(0.5)
    return time.monotonic() - since


def _more(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {name: count - before.get(name, 0) for name, count in after.items() if count > before.get(name, 0)}


def _free(disk: LoopDisk) -> int:
    return shutil.disk_usage(disk.at).free // MEGABYTE
