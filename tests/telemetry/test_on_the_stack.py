"""Faults made on a running suite are on the operations page within a minute, naming the part that has it."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from crm.telemetry.v1 import telemetry_pb2 as pb

from tests.person import Person, SignInRefused
from tests.rig import Rig, running

pytestmark = pytest.mark.stack

SERVICE = "crm.telemetry.v1.TelemetryService"
A_MINUTE = 60.0
OVER = 90.0


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    # Whoever works on this keeps a stack running and names its folder.
    if home := os.environ.get("CRM_RIG_HOME"):
        with subprocess.Popen(["true"]) as nothing:
            yield Rig(Path(home), nothing)
        return
    with running(customers=300) as found:
        yield found


@pytest.fixture(scope="module")
def operator(rig: Rig) -> Iterator[Person]:
    with Person(rig.url, "operator", rig.password) as person:
        # What belongs to the start itself comes to rest first.
        deadline = time.monotonic() + OVER
        while {rule for rule, _ in open_alerts(person)} & {"dependency_down", "dependency_slow"}:
            assert time.monotonic() < deadline, open_alerts(person)
            time.sleep(1)
        yield person


def signed_in_again(rig: Rig, until: float) -> Person:
    """Signs in as soon as that can be done."""
    while True:
        person = Person(rig.url, "operator", rig.password)
        try:
            person.sign_in()
            return person
        except (SignInRefused, httpx.HTTPError):
            person.http.close()
            assert time.monotonic() < until, "nobody can sign in"
            time.sleep(1)


def open_alerts(person: Person) -> dict[tuple[str, str], str]:
    answer = person.call(f"{SERVICE}/ListAlerts", pb.ListAlertsRequest(open=True), pb.ListAlertsResponse)
    return {(alert.rule, alert.part): alert.detail for alert in answer.alerts if not alert.HasField("ended_at")}


def states(person: Person) -> dict[str, str]:
    answer = person.call(f"{SERVICE}/GetHealth", pb.GetHealthRequest(), pb.GetHealthResponse)
    return {part.name: pb.PartState.Name(part.state).removeprefix("PART_STATE_") for part in answer.parts}


def seconds_until(person: Person, rule: str, part: str) -> float:
    """Waits until an alert goes on; answers how long it took. Fails after a minute."""
    began = time.monotonic()
    while (rule, part) not in (found := open_alerts(person)):
        assert time.monotonic() - began < A_MINUTE, f"no {rule} of {part} within a minute, only {found}"
        time.sleep(0.5)
    return time.monotonic() - began


def over(person: Person, rule: str, part: str) -> None:
    """Waits until an alert has ended."""
    deadline = time.monotonic() + OVER
    while (rule, part) in (found := open_alerts(person)):
        assert time.monotonic() < deadline, f"{rule} of {part} does not end: {found}"
        time.sleep(0.5)


@contextmanager
def frozen(rig: Rig, part: str) -> Generator[None]:
    """Stops a part in the middle of what it does."""
    main = psutil.Process(rig.pids()[part])
    family = [main, *main.children(recursive=True)]
    for process in family:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in family:
            if process.is_running():
                process.send_signal(signal.SIGCONT)


def test_at_first_every_part_is_well(operator: Person) -> None:
    found = states(operator)
    assert {name: state for name, state in found.items() if state != "UP"} == {"backup": "ABSENT"}
    assert list(found) == [
        "gateway", "customer", "dispatch", "support", "telemetry", "postgres", "nats", "keycloak", "backup",
    ]  # fmt: skip


def test_a_part_that_was_killed_is_named(rig: Rig, operator: Person) -> None:
    os.kill(rig.pids()["dispatch"], signal.SIGKILL)
    seconds_until(operator, "part_crashed", "dispatch")
    assert states(operator)["dispatch"] in {"ATTENTION", "DOWN"}


def test_a_broker_that_stands_still_is_named(rig: Rig, operator: Person) -> None:
    with frozen(rig, "nats"):
        seconds_until(operator, "dependency_down", "nats")
        assert states(operator)["nats"] == "DOWN"
    over(operator, "dependency_down", "nats")


def test_a_database_that_stands_still_is_named_and_the_page_still_answers(rig: Rig, operator: Person) -> None:
    with frozen(rig, "postgres"):
        seconds_until(operator, "dependency_down", "postgres")
        assert states(operator)["postgres"] == "DOWN"
        assert "TIMEOUT" in open_alerts(operator)["dependency_down", "postgres"]
    over(operator, "dependency_down", "postgres")


def test_a_broker_whose_store_is_lost_is_named_although_it_is_back(rig: Rig, operator: Person) -> None:
    supervisor = psutil.Process(rig.state()["pid"])
    supervisor.suspend()
    try:
        os.kill(rig.pids()["nats"], signal.SIGKILL)
        time.sleep(0.5)
        shutil.rmtree(rig.home / "data" / "nats" / "jetstream")
    finally:
        supervisor.resume()
    # Sessions lay in that store: the operator signs in again, and still sees it within the minute.
    began = time.monotonic()
    again = signed_in_again(rig, began + A_MINUTE)
    with closing(again.http):
        seconds_until(again, "broker_store_lost", "nats")
    assert time.monotonic() - began < A_MINUTE


def test_a_slow_call_is_kept_as_a_trace_with_every_part_it_went_through(rig: Rig) -> None:
    deadline = time.monotonic() + A_MINUTE
    operator = signed_in_again(rig, deadline)
    with closing(operator.http):
        traces: list[pb.TraceLine] = []
        while not traces and time.monotonic() < deadline:
            slowest = pb.ListTracesRequest(order=pb.TRACE_ORDER_SLOWEST)
            answer = operator.call(f"{SERVICE}/ListTraces", slowest, pb.ListTracesResponse)
            traces = [trace for trace in answer.traces if len(trace.parts) > 1]
            time.sleep(1)
        wanted = pb.GetTraceRequest(trace_id=traces[0].trace_id)
        opened = operator.call(f"{SERVICE}/GetTrace", wanted, pb.GetTraceResponse)
    assert {span.part for span in opened.spans} == set(traces[0].parts)
    known = {span.span_id for span in opened.spans}
    assert any(span.parent_id in known for span in opened.spans)
