"""An order of the older system in a manager's browser: seen, completed, written back. On any stack with the demo branch."""

import re
import time
from typing import Any, Protocol

import httpx
from crm.dispatch.v1 import dispatch_pb2
from playwright.sync_api import expect

from tests.journeys.conftest import Portal, Visitor
from tests.person import Person

LIST = "crm.dispatch.v1.DispatchService/ListTasks"
UNREACHED = (dispatch_pb2.TASK_KIND_CARE, dispatch_pb2.TASK_KIND_RETENTION, dispatch_pb2.TASK_KIND_ARREARS)
"""Kinds of work that have a result for a customer who could not be reached."""


class Place(Portal, Protocol):
    """A stack with the older system beside it."""

    @property
    def gnet_url(self) -> str:
        """The older system's address."""
        ...


def gnet_tasks(person: Person) -> list[dispatch_pb2.Task]:
    """Answers what the person has still to do for the older system."""
    request = dispatch_pb2.ListTasksRequest(bucket=dispatch_pb2.TASK_BUCKET_TODO, mine=True, source="gnet-crm")
    return list(person.call(LIST, request, dispatch_pb2.ListTasksResponse).tasks)


def effects(place: Place, external_id: str) -> list[dict[str, Any]]:
    """Answers what the older system was told of an order."""
    book = httpx.get(f"{place.gnet_url}/ledger", params={"prefix": external_id, "limit": 5}, timeout=10).json()
    return [effect for order in book["orders"] if order["external_id"] == external_id for effect in order["effects"]]


def complete(visitor: Visitor, place: Place, task: dispatch_pb2.Task) -> None:
    """From the home page, whose heading greets the manager, to the task; completes it and sees that it was written back."""
    page = visitor.page
    expect(page.get_by_role("heading", level=1)).to_contain_text("王敏")
    tiles = page.get_by_role("group", name="任务数量")
    expect(tiles.get_by_role("button", name=re.compile("逾期"))).to_be_visible()
    page.goto(f"{place.url}/tasks/{task.id}")
    main = page.get_by_role("main")
    expect(main.get_by_text("G网CRM").or_(main.get_by_text("gnet-crm")).first).to_be_visible()
    visitor.shot("task-zh-desktop")
    main.locator("label", has_text="未联系上" if task.kind in UNREACHED else "已完成").first.click()
    main.get_by_role("button", name=re.compile("^完成")).click()
    deadline = time.monotonic() + 30
    while not effects(place, task.external_id):
        assert time.monotonic() < deadline, "the older system was not told"
        time.sleep(0.3)
    assert [effect["outcome"] for effect in effects(place, task.external_id)] == ["completed"]
    page.goto(f"{place.url}/tasks/{task.id}")
    expect(page.get_by_role("main").get_by_text("已回写").first).to_be_visible(timeout=15_000)
    assert visitor.errors == []
