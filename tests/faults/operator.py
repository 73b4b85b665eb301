"""The operator before the operations page while something breaks: each trouble is there within a minute and names the part that has it."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import httpx
from crm.telemetry.v1 import telemetry_pb2 as pb

from tests.faults.outcome import Outcome
from tests.person import CallRefused, Person, SignInRefused
from tests.rig import Rig

LIST = "crm.telemetry.v1.TelemetryService/ListAlerts"
A_MINUTE = 60.0
PAUSE = 1.0
# Logins are the dearest thing there is: who is refused one does not try again at once.
AGAIN = 3.0


@dataclass
class Operator:
    """Looks at the page every second and notes when each alert, by rule and part, first went on."""

    person: Person
    seen: dict[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Looks until told to stop; signs in again when the session is gone."""
        while not self._stop.wait(PAUSE):
            try:
                if not self.person.csrf:
                    self.person.sign_in()
                self._look()
            except (httpx.HTTPError, SignInRefused, KeyError, ValueError):
                self._stop.wait(AGAIN)
            except CallRefused as refused:
                if refused.code == "unauthenticated":
                    # As in a window of its own: while the identity provider knows the old one, it shows no form to fill in.
                    self.person.http.cookies.clear()
                    self.person.csrf = ""

    def _look(self) -> None:
        answer = self.person.call(LIST, pb.ListAlertsRequest(open=True), pb.ListAlertsResponse)
        for alert in answer.alerts:
            if not alert.HasField("ended_at"):
                self.seen.setdefault((alert.rule, alert.part), time.monotonic())

    def must_have_seen(self, outcome: Outcome, rule: str, part: str, since: float) -> None:
        """Promises that an alert was on the page within a minute of a moment; waits for as long as that minute lasts."""
        while (rule, part) not in self.seen and time.monotonic() - since < A_MINUTE:
            time.sleep(PAUSE / 2)
        at = self.seen.get((rule, part))
        outcome.figures["on the operations page"] = f"{rule} of {part} after {at - since:.0f} s" if at else "nothing"
        found = at is not None and at - since <= A_MINUTE
        outcome.promise(found, f"no {rule} of {part} on the operations page within a minute, only {sorted(self.seen)}")

    def stop(self) -> None:
        """Looks no more."""
        self._stop.set()


@contextmanager
def operator_of(rig: Rig) -> Generator[Operator]:
    """Has the operator look at the page for as long as the block lasts."""
    person = Person(rig.url, "operator", rig.password)
    operator = Operator(person)
    with suppress(httpx.HTTPError, SignInRefused, KeyError, ValueError):
        person.sign_in()
    thread = threading.Thread(target=operator.run, daemon=True)
    thread.start()
    try:
        yield operator
    finally:
        operator.stop()
        thread.join(30)
        person.http.close()
