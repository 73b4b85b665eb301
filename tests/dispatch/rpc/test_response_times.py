"""Tasks that come without a time of their own are due after the response time of their priority, in working hours of their place."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest
from crm.customer.v1 import customer_pb2
from crm.dispatch.v1 import dispatch_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from dispatch.domain.branch import USUAL_RESPONSE, Branch, Bureau
from dispatch.domain.calendar import Calendar, DayFacts
from tests.dispatch.rpc.conftest import Door
from tests.dispatch.rpc.test_work_orders import item, order
from tests.dispatch.small_branch import B1, B2, C1, C2, DISPATCHER, GNET, ZONE

TUESDAY = date(2026, 11, 24)


@pytest.fixture
def branch() -> Branch:
    """B2 has Tuesday off; its community C2 wants everything in half the time."""

    def response(community_id: str, bureau_id: str) -> Mapping[int, float]:
        del bureau_id
        return {1: 2.0, 2: 4.5, 3: 9.0, 4: 22.5} if community_id == C2 else USUAL_RESPONSE

    return Branch(
        Calendar(), ZONE, bureaus={B2: Bureau(Calendar({TUESDAY: DayFacts(working=False)}))}, response=response
    )


def local(stamp: Timestamp) -> str:
    return stamp.ToDatetime(UTC).astimezone(ZONE).strftime("%m-%d %H:%M")


async def test_a_task_by_hand_without_a_time(door: Door) -> None:
    here = door.world.customer(1)
    there = door.world.customer(2, bureau_id=B2, community_id=C2)
    due: dict[tuple[str, int], str] = {}
    for customer in (here, there):
        for priority in (1, 0, 4):
            request = pb.CreateTaskRequest(
                request_id=f"{customer.customer_id[-1]}-{priority}",
                kind=pb.TASK_KIND_CARE,
                title="回访",
                customer_id=customer.customer_id,
                priority=priority,
            )
            task = (await door.call(DISPATCHER, "CreateTask", request)).task
            again = (await door.call(DISPATCHER, "CreateTask", request)).task
            assert again.due_at == task.due_at
            due[customer.customer_id[-1], priority] = local(task.due_at)
    # It is Monday, eight in the morning; work begins half an hour later.
    assert due == {
        ("1", 1): "11-23 12:30",
        ("1", 0): "11-24 17:30",
        ("1", 4): "11-27 17:30",
        ("2", 1): "11-23 10:30",
        ("2", 0): "11-23 17:30",
        ("2", 4): "11-26 13:00",
    }


async def test_an_inbound_item_without_a_time_and_one_with(door: Door) -> None:
    for number, bureau, community in (("1", B1, C1), ("2", B2, C2)):
        door.archive.matches[number] = customer_pb2.OwnerMatch(
            owner_number="m001", bureau_id=bureau, community_id=community, reason="BY_SUBSCRIBER_NUMBER"
        )
    items = [
        item("1", id="a", priority="high"),
        item("2", id="b", priority="high"),
        item("2", id="c", priority="low"),
        item("nobody", id="d", priority="urgent"),
        item("2", id="e", due_at="2026-11-24T10:00:00+08:00"),
    ]
    answer = await door.call(GNET, "CreateWorkOrder", order("G-1", *items))
    found: dict[str, str] = {}
    for row in answer.work_order.items:
        task = (await door.call(DISPATCHER, "GetTask", pb.GetTaskRequest(id=row.task_id))).task
        found[row.id] = local(task.due_at)
    assert found == {
        "a": "11-23 17:30",
        "b": "11-23 13:00",
        "c": "11-26 13:00",
        "d": "11-23 12:30",
        # A time that was asked for stands, also on a day off.
        "e": "11-24 10:00",
    }


async def test_what_comes_in_after_work_begins_to_count_in_the_morning(door: Door) -> None:
    door.world.clock.at = datetime(2026, 11, 27, 19, 0, tzinfo=ZONE)
    request = pb.CreateTaskRequest(request_id="r", kind=pb.TASK_KIND_CARE, title="x", owner_number="m001", priority=1)
    task = (await door.call(DISPATCHER, "CreateTask", request)).task
    assert local(task.due_at) == "11-30 12:30"
