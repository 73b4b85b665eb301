"""Work going on while things break: orders come in, customer managers complete them."""

import json
import threading
from dataclasses import dataclass, field

import httpx
from crm.dispatch.v1 import dispatch_pb2 as pb

from tests.person import CallRefused, Person, SignInRefused

# The result of each kind that demands no further field.
RESULTS: dict[int, str] = {
    pb.TASK_KIND_CARE: "not_reached",
    pb.TASK_KIND_RETENTION: "not_reached",
    pb.TASK_KIND_ARREARS: "not_reached",
    pb.TASK_KIND_BIRTHDAY: "not_reached",
    pb.TASK_KIND_STORE_ANNIVERSARY: "not_reached",
    pb.TASK_KIND_HOLIDAY: "not_reached",
}
LIST = "crm.dispatch.v1.DispatchService/ListTasks"
COMPLETE = "crm.dispatch.v1.DispatchService/CompleteTask"


def result_of(kind: int) -> str:
    """Answers a result code that needs nothing else."""
    return RESULTS.get(kind, "done")


@dataclass
class Orders:
    """Has the older system hand over orders, a few every second."""

    gnet_url: str
    prefix: str
    per_second: int = 20
    asked: int = 0

    def run(self, stop: threading.Event) -> None:
        """Runs until told to stop; the older system itself retries what was not acknowledged."""
        round_number = 0
        while not stop.wait(1):
            round_number += 1
            body = {"n": self.per_second, "prefix": f"{self.prefix}{round_number:04d}-", "concurrency": 8}
            try:
                self.asked += httpx.post(f"{self.gnet_url}/orders", json=body, timeout=5).json()["added"]
            except httpx.HTTPError:
                continue


@dataclass
class Completer:
    """A customer manager who completes what the older system sent, as fast as the portal lets them."""

    base_url: str
    number: str
    password: str
    completed: list[str] = field(default_factory=list[str])
    refusals: int = 0

    def run(self, stop: threading.Event) -> None:
        """Runs until told to stop; signs in again whenever the session is gone, and only then."""
        while not stop.is_set():
            try:
                with Person(self.base_url, self.number, self.password) as person:
                    self._work(person, stop)
            except (httpx.HTTPError, SignInRefused, KeyError, json.JSONDecodeError):
                self.refusals += 1
                # Logins are the dearest thing there is: who is refused one does not try again at once.
                stop.wait(2)

    def _work(self, person: Person, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self._round(person)
            except httpx.HTTPError:
                self.refusals += 1
            except CallRefused as refused:
                self.refusals += 1
                if refused.code == "unauthenticated":
                    return
            stop.wait(0.1)

    def _round(self, person: Person) -> None:
        request = pb.ListTasksRequest(bucket=pb.TASK_BUCKET_TODO, source="gnet-crm")
        for task in person.call(LIST, request, pb.ListTasksResponse).tasks[:10]:
            code = result_of(task.kind)
            try:
                answer = person.call(
                    COMPLETE,
                    pb.CompleteTaskRequest(
                        id=task.id,
                        version=task.version,
                        result_code=code,
                        result_json=json.dumps({"result_code": code}),
                    ),
                    pb.CompleteTaskResponse,
                )
            except CallRefused as refused:
                # Unavailable while something is down; stale when the answer to our own earlier try was lost, or when
                # a colleague was quicker.
                if refused.code not in ("unavailable", "aborted", "failed_precondition", "deadline_exceeded"):
                    raise
                self.refusals += 1
                continue
            self.completed.append(answer.task.id)
