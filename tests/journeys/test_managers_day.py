"""A customer manager's day: sign in, today's tasks, complete one from the older system, see it written back."""

import re
import time

import pytest
from crm.customer.v1 import customer_pb2
from crm.dispatch.v1 import dispatch_pb2
from google.protobuf.timestamp_pb2 import Timestamp
from playwright.sync_api import expect

from tests.journeys.conftest import PHONE, Branch
from tests.journeys.older_order import complete, gnet_tasks
from tests.otlp import SeenSpan, Sink
from tests.person import Person
from tests.rig import Rig

COMPLETE = "crm.dispatch.v1.DispatchService/CompleteTask"
WRITE_BACK = "write back gnet-crm"
CREATE = "crm.dispatch.v1.DispatchService/CreateTask"
CUSTOMERS = "crm.customer.v1.CustomerService/ListCustomers"


def test_a_task_of_the_older_system_is_completed_and_written_back(rig: Rig, branch: Branch, sink: Sink) -> None:
    with Person(rig.url, "m001", rig.password) as person:
        task = gnet_tasks(person)[0]
    before = sink.arrived()
    complete(branch.enter("m001"), rig, task)
    assert_one_trace(sink, before)


def begun_in_the_browser(path: list[SeenSpan]) -> bool:
    """Tells whether a way leads from the gateway over a completion."""
    return path[0].service == "gateway" and any(span.name == COMPLETE for span in path)


def way_to_the_write_back(sink: Sink, before: int) -> list[SeenSpan]:
    """Answers the way from the completion to its write-back, once all of it has come: every process sends its own in its time.

    Write-backs of other tasks may be tried again meanwhile; `before` is how many spans had come when this one was begun.
    """
    for span in sink.spans[before:]:
        if span.name == WRITE_BACK and begun_in_the_browser(path := sink.way_to(span)):
            return path
    return []


def assert_one_trace(sink: Sink, before: int) -> None:
    """Browser → gateway → dispatch → action → outbox → NATS → consumer → write-back: every span hangs on the one before."""
    deadline = time.monotonic() + 45
    while not (path := way_to_the_write_back(sink, before)) and time.monotonic() < deadline:
        time.sleep(0.5)
    names = [f"{span.service}: {span.name}" for span in path]
    assert names, sorted({f"{span.service}: {span.name}" for span in sink.spans[before:]})
    for expected in (
        f"dispatch: {COMPLETE}",
        "dispatch: complete_task",
        "dispatch: send crm.dispatch.task.completed.v1",
        "dispatch: receive crm.dispatch.task.completed.v1",
        f"dispatch: {WRITE_BACK}",
    ):
        assert expected in names, names
    # The outermost hangs on a span that nobody here exported: the browser's.
    assert path[0].parent_id, names


def test_a_task_that_arrives_appears_without_reload(rig: Rig, branch: Branch) -> None:
    visitor = branch.enter("m001")
    expect(visitor.page.get_by_role("group", name="任务数量")).to_be_visible()
    with Person(rig.url, "dispatcher", rig.password) as person:
        request = customer_pb2.ListCustomersRequest(owner_number="m001")
        customer = person.call(CUSTOMERS, request, customer_pb2.ListCustomersResponse).customers[0]
        due = Timestamp(seconds=int(time.time()) + 1800)
        title = f"临时回访 {int(time.time())}"
        wanted = dispatch_pb2.CreateTaskRequest(
            request_id=title, kind=dispatch_pb2.TASK_KIND_CARE, title=title, customer_id=customer.id, due_at=due
        )
        created = person.call(CREATE, wanted, dispatch_pb2.CreateTaskResponse).task
        again = person.call(CREATE, wanted, dispatch_pb2.CreateTaskResponse).task
    assert created.owner_number == "m001"
    assert again.id == created.id
    row = visitor.page.get_by_role("region", name="我的任务").get_by_role("button", name=re.compile(customer.name))
    expect(row.first).to_be_visible(timeout=10_000)
    assert visitor.errors == []


def test_two_people_on_one_task_see_each_other_and_nothing_is_overwritten(rig: Rig, branch: Branch) -> None:
    with Person(rig.url, "m001", rig.password) as person:
        task = gnet_tasks(person)[-1]
        chief, manager = branch.enter("c01"), branch.enter("m001")
        for visitor in (chief, manager):
            visitor.page.goto(f"{rig.url}/tasks/{task.id}")
            expect(visitor.page.get_by_role("main").get_by_text(re.compile("待接单")).first).to_be_visible()
        manager.page.get_by_role("main").get_by_role("button", name="接单").click()
        # The chief's page says so by itself.
        expect(chief.page.get_by_role("main").get_by_text(re.compile("已接单")).first).to_be_visible(timeout=10_000)
        stale = dispatch_pb2.CancelTaskRequest(id=task.id, version=task.version, reason="撤单")
        with pytest.raises(Exception, match="STALE_VERSION") as caught:
            person.call("crm.dispatch.v1.DispatchService/CancelTask", stale, dispatch_pb2.CancelTaskResponse)
    assert "state" in getattr(caught.value, "data", {}).get("fields", "")


def test_the_day_on_a_telephone(rig: Rig, branch: Branch) -> None:
    visitor = branch.enter("m002", **PHONE)
    page = visitor.page
    tasks = page.get_by_role("region", name="我的任务")
    expect(tasks).to_be_visible()
    tasks.get_by_role("button").first.click()
    expect(page.get_by_role("button", name=re.compile("^完成")).first).to_be_visible()
    visitor.shot("card-zh-phone")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert visitor.errors == []
