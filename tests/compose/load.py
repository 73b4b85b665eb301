"""People at work: they list their tasks and take one on, again and again, and every answer that is no answer is kept."""

import contextlib
import ssl
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from crm.customer.v1 import customer_pb2
from crm.dispatch.v1 import dispatch_pb2
from crm.support.v1 import support_pb2

from tests.person import CallRefused, Person

LIST = "crm.dispatch.v1.DispatchService/ListTasks"
CUSTOMERS = "crm.customer.v1.CustomerService/ListCustomers"
UNITS = "crm.support.v1.SupportService/ListUnits"


@dataclass
class Ledger:
    """What was asked and what went wrong."""

    answered: int = 0
    slowest: float = 0.0
    failed: list[str] = field(default_factory=list[str])
    failed_at: list[float] = field(default_factory=list[float])
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, took: float, wrong: str = "") -> None:
        """Keeps one outcome."""
        with self.lock:
            self.answered += not wrong
            self.slowest = max(self.slowest, took)
            if wrong:
                self.failed.append(wrong)
                self.failed_at.append(time.monotonic())

    @property
    def troubled_seconds(self) -> float:
        """From the first call that failed to the last."""
        return self.failed_at[-1] - self.failed_at[0] if self.failed_at else 0.0


@contextmanager
def working(url: str, numbers: list[str], password: str, trust: Path) -> Generator[Ledger]:
    """People with these numbers work until the block ends: each over a connection kept open, and every tenth time over a new one."""
    ledger, stopping = Ledger(), threading.Event()
    context = ssl.create_default_context(cafile=trust)
    with contextlib.ExitStack() as signed_in:
        # One after the other: Keycloak hashes each password anew at its first sign-in, which is not what is looked at here.
        people = [signed_in.enter_context(Person(url, one, password, verify=context)) for one in numbers]
        working = [threading.Thread(target=_work, args=(person, context, ledger, stopping)) for person in people]
        for one in working:
            one.start()
        try:
            yield ledger
        finally:
            stopping.set()
            for one in working:
                one.join(60)


def _work(person: Person, context: ssl.SSLContext, ledger: Ledger, stopping: threading.Event) -> None:
    asked = 0
    while not stopping.is_set():
        asked += 1
        if asked % 10 == 0:
            _on_a_new_connection(person, context)
        _ask(person, asked, ledger)
        time.sleep(0.05)


def _on_a_new_connection(person: Person, context: ssl.SSLContext) -> None:
    cookies = person.http.cookies
    person.http.close()
    person.http = httpx.Client(base_url=person.base_url, timeout=30, verify=context, cookies=cookies)


def _ask(person: Person, asked: int, ledger: Ledger) -> None:
    began = time.monotonic()
    wrong = ""
    try:
        if asked % 3 == 0:
            person.call(CUSTOMERS, customer_pb2.ListCustomersRequest(), customer_pb2.ListCustomersResponse)
        elif asked % 3 == 1:
            request = dispatch_pb2.ListTasksRequest(bucket=dispatch_pb2.TASK_BUCKET_TODO, mine=True)
            person.call(LIST, request, dispatch_pb2.ListTasksResponse)
        else:
            person.call(UNITS, support_pb2.ListUnitsRequest(), support_pb2.ListUnitsResponse)
    except (CallRefused, httpx.HTTPError) as error:
        wrong = f"{time.strftime('%H:%M:%S')} {person.number} {asked % 3}: {type(error).__name__} {error}"
    ledger.note(time.monotonic() - began, wrong)
