"""The last day of a disk: killed at once, the stores of database and broker gone; everything acknowledged comes back from the other disk."""

import subprocess
import time

import pytest
from crm.customer.v1 import customer_pb2
from crm.dispatch.v1 import dispatch_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from tests.compose.load import CUSTOMERS
from tests.compose.server import Server, soon
from tests.person import Person

pytestmark = [pytest.mark.compose, pytest.mark.timeout(1800)]
CREATE = "crm.dispatch.v1.DispatchService/CreateTask"
GET = "crm.dispatch.v1.DispatchService/GetTask"


def order(server: Server, titles: list[str]) -> dict[str, str]:
    """Lets the dispatcher order visits; answers the title of each by its id, acknowledged."""
    acknowledged: dict[str, str] = {}
    with Person(server.url, "dispatcher", server.password, verify=server.trust()) as person:
        asked = customer_pb2.ListCustomersRequest(owner_number="m001")
        customer = person.call(CUSTOMERS, asked, customer_pb2.ListCustomersResponse).customers[0]
        for title in titles:
            due = Timestamp(seconds=int(time.time()) + 1800)
            wanted = dispatch_pb2.CreateTaskRequest(
                request_id=title,
                kind=dispatch_pb2.TASK_KIND_CARE,
                title=title,
                customer_id=customer.id,
                due_at=due,
            )
            acknowledged[person.call(CREATE, wanted, dispatch_pb2.CreateTaskResponse).task.id] = title
    return acknowledged


def held(server: Server, ids: list[str]) -> dict[str, str]:
    """Answers the titles of tasks as their manager reads them."""
    with Person(server.url, "m001", server.password, verify=server.trust()) as person:
        tasks = [
            person.call(GET, dispatch_pb2.GetTaskRequest(id=one), dispatch_pb2.GetTaskResponse).task for one in ids
        ]
    return {task.id: task.title for task in tasks}


def test_what_was_acknowledged_is_there_after_both_stores_were_wiped(server: Server) -> None:
    refused = server.command("restore", "latest")
    assert refused.returncode == 1
    assert "make down" in refused.stderr
    soon("commits do not wait for the second disk", lambda: "commits wait" in server.must("backups"), 120)
    acknowledged = order(server, [f"before the backup {number}" for number in range(3)])
    print(server.must("backup"))
    acknowledged |= order(server, [f"after the backup {number}" for number in range(20)])
    subprocess.run(["docker", "kill", *server.containers().values()], check=True, capture_output=True)
    server.must("down")
    lost = [f"{server.project}_{store}" for store in ("postgres", "nats")]
    subprocess.run(["docker", "volume", "rm", *lost], check=True, capture_output=True)
    began = time.monotonic()
    print(server.must("restore", "latest"))
    print(server.must("up"))
    print(f"restored and up after {time.monotonic() - began:.0f} s")
    assert held(server, list(acknowledged)) == acknowledged
    # And work goes on: what is ordered now is announced, and the status is well.
    again = order(server, ["after the restore"])
    assert held(server, list(again)) == again
    soon("not everything is well", lambda: server.command("status").returncode == 0, 120)
