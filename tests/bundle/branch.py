"""The people of a branch and its older systems: what they bring in, and the ledger of what was acknowledged."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import httpx
from crm.common.v1 import page_pb2
from crm.customer.v1 import customer_pb2
from crm.dispatch.v1 import dispatch_pb2

from counterparts.gnet.orders import batch_of_orders
from demo_branch.customers import customer_at
from demo_branch.machine import Machine
from tests.bundle.server import Server, succeeded
from tests.compose import load
from tests.faults.load import COMPLETE, LIST, result_of
from tests.person import Person

CUSTOMERS = 240
MANAGER = "m001"
ORDERS = "/tmf-api/workOrderManagement/v4/workOrder"
LIST_CUSTOMERS = "crm.customer.v1.CustomerService/ListCustomers"
UPDATE_CUSTOMER = "crm.customer.v1.CustomerService/UpdateCustomer"
T = TypeVar("T")


@dataclass
class Ledger:
    """What was acknowledged, and must be there for ever: work orders by their number in the older system."""

    orders: dict[str, str] = field(default_factory=dict[str, str])
    completed: list[str] = field(default_factory=list[str])
    notes: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Branch:
    """Everybody who works with a server."""

    server: Server
    ledger: Ledger = field(default_factory=Ledger)

    def person(self, number: str = MANAGER) -> Person:
        """Answers somebody of the branch, to be signed in."""
        password = self.server.secret("people/first_password").read_text(encoding="utf-8").strip()
        return Person(self.server.url, number, password, verify=self.server.trust)

    @contextmanager
    def people_at_work(self) -> Generator[load.Ledger]:
        """Two managers work until the block ends."""
        password = self.server.secret("people/first_password").read_text(encoding="utf-8").strip()
        with load.working(self.server.url, [MANAGER, "m002"], password, self.server.authority) as ledger:
            yield ledger

    def fill(self, folder: Path) -> None:
        """Brings in the organisation, customers and their tasks, as the older systems' files do."""
        _demo("write", "--customers", str(CUSTOMERS), "--out", str(folder))
        _demo(
            *("load", "--base-url", self.server.url, "--token-url", self._token_url, "--from", str(folder)),
            *(
                "--client",
                "ods-files",
                "--secret-file",
                str(self.server.secret("clients/ods-files")),
                "--days-back",
                "0",
            ),
            trust=self.server.authority,
        )

    def take_orders(self, prefix: str, count: int = 20) -> None:
        """Sends work orders of the older system; what is acknowledged goes to the ledger."""
        with self._older_system() as http:
            for number, document in batch_of_orders(count, prefix, customers=CUSTOMERS, now=datetime.now(UTC)):
                known = [{"name": "customerNumber", "valueType": "string", "value": _a_customer_of_hers()}]
                document["workOrderItem"][0]["work"]["workCharacteristic"] = known
                taken = http.post(ORDERS, json=document)
                assert taken.is_success, f"{number}: {taken.status_code} {taken.text[:300]}"
                self.ledger.orders[number] = taken.json()["id"]

    def works(self, mark: str) -> None:
        """A short day: orders come in, the manager completes one and writes a note; all of it goes to the ledger."""
        prefix = f"{mark}-"
        self.take_orders(prefix)
        with self.person() as person:
            task = soon("no order became a task of the manager", lambda: self._new(person, prefix))[0]
            code = result_of(task.kind)
            done = dispatch_pb2.CompleteTaskRequest(
                id=task.id, version=task.version, result_code=code, result_json=json.dumps({"result_code": code})
            )
            person.call(COMPLETE, done, dispatch_pb2.CompleteTaskResponse)
            self.ledger.completed.append(task.id)
            customer = self._customers(person)[0]
            note = f"{self.ledger.notes.get(customer.id, '')} {mark}".strip()
            change = customer_pb2.UpdateCustomerRequest(
                id=customer.id,
                version=customer.version,
                customer=customer_pb2.Customer(note=note),
                fields=["note"],
                request_id=mark,
            )
            person.call(UPDATE_CUSTOMER, change, customer_pb2.UpdateCustomerResponse)
            self.ledger.notes[customer.id] = note

    def holds_everything(self) -> None:
        """Compares what is there with the ledger: every order, every completed task, every note."""
        assert self.ledger.orders
        assert self.ledger.completed
        with self._older_system() as http:
            found = {number: http.get(f"{ORDERS}/{order}") for number, order in self.ledger.orders.items()}
        wrong = {number: one.status_code for number, one in found.items() if one.status_code != 200}
        assert wrong == {}
        assert {number: one.json()["externalId"] for number, one in found.items()} == {n: n for n in found}
        with self.person() as person:
            soon("an order is no task of the manager", lambda: set(self.ledger.orders) <= self._known(person))
            ended = {task.id: task.state for task in self._tasks(person, dispatch_pb2.TASK_BUCKET_ENDED)}
            notes = {customer.id: customer.note for customer in self._customers(person)}
        completed = dispatch_pb2.TASK_STATE_COMPLETED
        assert {task: ended.get(task) for task in self.ledger.completed} == dict.fromkeys(
            self.ledger.completed, completed
        )
        assert {one: notes.get(one) for one in self.ledger.notes} == self.ledger.notes

    def lost_nothing(self, before: dict[str, int]) -> None:
        """Compares what is there with the ledger and with the rows of before."""
        self.holds_everything()
        after = self.server.rows()
        assert {table: after[table] for table in before if after[table] < before[table]} == {}

    def runs(self, wanted: str) -> None:
        """Compares every part's release with the wanted one, and sees that all are well."""
        found = self.server.versions()
        assert {part: one for part, one in found.items() if one != wanted} == {}
        assert {"gateway", "dispatch", "customer", "support", "telemetry", "postgres", "nats", "keycloak"} <= set(found)
        self.server.crm("verify")

    @contextmanager
    def _older_system(self) -> Generator[httpx.Client]:
        secret = self.server.secret("clients/gnet-crm").read_text(encoding="utf-8").strip()
        with httpx.Client(base_url=self.server.url, verify=self.server.trust, timeout=30) as http:
            machine = Machine(self.server.url, self._token_url, "gnet-crm", secret, http=http)
            http.headers["authorization"] = f"Bearer {machine.token()}"
            yield http

    @property
    def _token_url(self) -> str:
        return f"{self.server.url}/auth/realms/crm/protocol/openid-connect/token"

    def _tasks(self, person: Person, bucket: dispatch_pb2.TaskBucket.ValueType) -> list[dispatch_pb2.Task]:
        request = dispatch_pb2.ListTasksRequest(bucket=bucket, mine=True, page=page_pb2.PageRequest(size=200))
        return list(person.call(LIST, request, dispatch_pb2.ListTasksResponse).tasks)

    def _new(self, person: Person, prefix: str) -> list[dispatch_pb2.Task]:
        to_do = self._tasks(person, dispatch_pb2.TASK_BUCKET_TODO)
        return [task for task in to_do if task.external_id.startswith(prefix)]

    def _known(self, person: Person) -> set[str]:
        buckets = (dispatch_pb2.TASK_BUCKET_TODO, dispatch_pb2.TASK_BUCKET_ENDED)
        return {task.external_id for bucket in buckets for task in self._tasks(person, bucket)}

    def _customers(self, person: Person) -> list[customer_pb2.Customer]:
        request = customer_pb2.ListCustomersRequest(order_by="customer_number", page=page_pb2.PageRequest(size=200))
        return list(person.call(LIST_CUSTOMERS, request, customer_pb2.ListCustomersResponse).customers)


def soon(what: str, ask: Callable[[], T], seconds: float = 60) -> T:
    """Asks until the answer is not empty."""
    deadline = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < deadline, what
        time.sleep(0.3)
    return found


def _a_customer_of_hers() -> str:
    """Answers the number of a customer of the manager: each 120th of the demo branch is, beginning with the first."""
    return customer_at(0, today=datetime.now(UTC).date()).customer.customer_number


def _demo(*arguments: str, trust: Path | None = None) -> None:
    told = {**os.environ, **({"SSL_CERT_FILE": str(trust)} if trust else {})}
    succeeded(
        subprocess.run(
            [sys.executable, "-m", "demo_branch", *arguments], capture_output=True, text=True, check=False, env=told
        )
    )
