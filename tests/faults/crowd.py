"""A crowd that asks without a pause while the database is in trouble: what each call got, and after how long."""

import asyncio
import contextlib
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import httpx
from crm.dispatch.v1 import dispatch_pb2 as pb

from tests.person import Person

LIST = "/rpc/crm.dispatch.v1.DispatchService/ListTasks"
CREATE = "/rpc/crm.dispatch.v1.DispatchService/CreateTask"


@dataclass(frozen=True)
class Answered:
    """One call's fate. `status` 0: the connection itself failed."""

    at: float
    changing: bool
    status: int
    reason: str
    took: float
    retry_after: str

    @property
    def good(self) -> bool:
        """True when it was done."""
        return self.status == 200


@dataclass
class Crowd:
    """People with one session who ask for their tasks and write down appointments, all at once."""

    person: Person
    seed: int
    size: int = 24
    pause: float = 0.3
    answers: list[Answered] = field(default_factory=list[Answered])
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def begin(self) -> None:
        """Starts asking."""
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stops asking."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(60)

    async def _run(self) -> None:
        headers = {
            **self.person.headers,
            "content-type": "application/proto",
            "cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.person.http.cookies.jar),
        }
        limits = httpx.Limits(max_connections=self.size)
        async with httpx.AsyncClient(base_url=self.person.base_url, headers=headers, timeout=40, limits=limits) as http:
            await asyncio.gather(*(self._ask(http, number) for number in range(self.size)))

    async def _ask(self, http: httpx.AsyncClient, number: int) -> None:
        dice = random.Random(self.seed * 1000 + number)
        while not self._stop.is_set():
            changing = number % 4 == 0
            path, body = (CREATE, _appointment(dice, self.person.number)) if changing else (LIST, _LISTED)
            began = time.monotonic()
            status, reason, retry_after = 0, "", ""
            with contextlib.suppress(httpx.HTTPError):
                answer = await http.post(path, content=body)
                status, retry_after = answer.status_code, answer.headers.get("retry-after", "")
                reason = _reason(answer)
            self.answers.append(Answered(began, changing, status, reason, time.monotonic() - began, retry_after))
            await asyncio.sleep(dice.uniform(0.5, 1.5) * self.pause)


_LISTED = pb.ListTasksRequest(bucket=pb.TASK_BUCKET_TODO).SerializeToString()


def _appointment(dice: random.Random, owner: str) -> bytes:
    request = pb.CreateTaskRequest(
        request_id=f"{dice.getrandbits(128):032x}", kind=pb.TASK_KIND_CARE, title="回访", owner_number=owner
    )
    return request.SerializeToString()


def _reason(answer: httpx.Response) -> str:
    if answer.status_code == 200:
        return ""
    try:
        return str(answer.json()["details"][0]["debug"]["reason"])
    except (ValueError, KeyError, IndexError):
        return answer.text[:60]


def between(answers: list[Answered], since: float, until: float) -> list[Answered]:
    """Answers the calls that began in a span of time."""
    return [each for each in answers if since <= each.at < until]


def summary(answers: list[Answered]) -> str:
    """Says in a line what became of calls."""
    counts = Counter(each.reason or str(each.status) for each in answers)
    refused = sorted(each.took for each in answers if not each.good)
    good = sorted(each.took for each in answers if each.good)
    return (
        f"{dict(counts.most_common(6))}; good p50 {percentile(good, 50):.2f} p99 {percentile(good, 99):.2f} s; "
        f"refused p50 {percentile(refused, 50):.2f} p99 {percentile(refused, 99):.2f} s"
    )


def percentile(sorted_values: list[float], percent: int) -> float:
    """Answers a percentile of sorted values; 0 for none."""
    if not sorted_values:
        return 0.0
    return sorted_values[min(len(sorted_values) - 1, len(sorted_values) * percent // 100)]
