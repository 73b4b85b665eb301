"""Two at once: one effect, and the other is told."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from crm.common.v1 import access_pb2

from chassis.paging import Page
from dispatch.actions.accept_task import accept_task
from dispatch.actions.complete_task import complete_task
from dispatch.actions.create_work_order import NewOrder, create_work_order
from dispatch.actions.generate_tasks import Branch, generate_tasks
from dispatch.actions.list_tasks import list_tasks
from dispatch.actions.update_work_order import OrderChange, update_work_order
from dispatch.domain.errors import StaleVersion
from dispatch.domain.intake import ItemInput
from dispatch.domain.task import Placement
from dispatch.domain.task_record import TaskRecord
from dispatch.storage import tables
from dispatch.storage.task_lists import TaskQuery
from tests.dispatch.small_branch import DISPATCH, GNET, M1, M2, SEAT, ZONE, World

pytestmark = pytest.mark.slow

OWNER = Placement("BY_SUBSCRIBER_NUMBER", "m001", "z01")


def at_once(*works: Any) -> list[Any]:
    def outcome(work: Any) -> Any:
        try:
            return work()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(outcome, works))


def order(*items: ItemInput) -> NewOrder:
    return NewOrder("G-1", "{}", items or (ItemInput("1", kind="care", title="回访"),))


def test_the_same_order_twice_at_once_is_one(world: World, branch: Branch) -> None:
    for round_ in range(5):
        new = NewOrder(f"G-{round_}", "{}", [ItemInput("1", title="回访")])
        answers = at_once(*[lambda new=new: world.run(GNET, create_work_order, new, [OWNER], branch)] * 4)
        assert sorted(answer.repeated for answer in answers) == [False, True, True, True]
        assert len({answer.view.order.id for answer in answers}) == 1
    assert len(world.rows(tables.tasks)) == len(world.rows(tables.work_orders)) == 5
    assert world.events() == ["created.v1"] * 5


def test_runs_at_once_make_each_task_once(world: World, branch: Branch) -> None:
    for number in range(30):
        world.customer(number, birthday_key="S1123")
    answers = at_once(*[lambda: world.run(DISPATCH, generate_tasks, "birthday", None, branch)] * 4)
    assert sorted(answers) == [0, 0, 0, 30]
    assert world.events() == ["generated.v1"]


def test_two_keepers_at_once(world: World) -> None:
    for _ in range(5):
        task = world.task(seat_number="z01")
        answers = at_once(
            lambda task=task: world.run(M1, accept_task, task.id, 1),
            lambda task=task: world.run(SEAT, complete_task, task.id, 1, "satisfied", '{"channel": "call"}'),
        )
        (stale,) = [answer for answer in answers if isinstance(answer, StaleVersion)]
        assert stale.data["by"] in ("m001", "z01")
        assert "state" in stale.data["fields"]
        assert len([answer for answer in answers if isinstance(answer, TaskRecord)]) == 1


def test_the_last_two_tasks_of_an_order_end_at_once(world: World, branch: Branch) -> None:
    items = (ItemInput("1", kind="care", title="a"), ItemInput("2", kind="care", title="b"))
    for round_ in range(5):
        new = NewOrder(f"G-{round_}", "{}", items)
        view = world.run(GNET, create_work_order, new, [OWNER, OWNER], branch).view
        works = [
            lambda item=item: world.run(M1, complete_task, item.task_id, 1, "satisfied", '{"channel": "call"}')
            for item in view.items
        ]
        assert all(isinstance(answer, TaskRecord) for answer in at_once(*works))
    assert {row.state for row in world.rows(tables.work_orders)} == {"completed"}


def test_taking_back_while_a_task_is_completed(world: World, branch: Branch) -> None:
    for round_ in range(5):
        view = world.run(GNET, create_work_order, NewOrder(f"G-{round_}", "{}", order().items), [OWNER], branch).view
        change = OrderChange(view.order.id, 0, "", "cancelled", "误派")
        at_once(
            lambda change=change: world.run(GNET, update_work_order, change),
            lambda view=view: world.run(
                M1, complete_task, view.items[0].task_id, 1, "satisfied", '{"channel": "call"}'
            ),
        )
    ends = {row.work_order_id: row.state for row in world.rows(tables.tasks)}
    assert {row.id: row.state for row in world.rows(tables.work_orders)} == ends
    assert set(ends.values()) <= {"completed", "cancelled"}


def test_a_list_follows_the_rules_at_once(world: World) -> None:
    mine, theirs = world.task(), world.task(owner_number="m002")

    def seen(actor: Any) -> list[str]:
        query, page = TaskQuery(bucket=1), Page()
        return [row[0] for row in world.run(actor, list_tasks, query, page, ZONE, with_counts=True).rows]

    assert (seen(M1), seen(M2)) == ([mine.id], [theirs.id])
    grant = access_pb2.Grant(
        role="customer_manager", form="dispatch.task", actions=[access_pb2.ACTION_SEE], scope=access_pb2.ROW_SCOPE_ALL
    )
    world.papers.held["access.grants"] = access_pb2.GrantsDocument(version=2, grants=[grant]).SerializeToString()
    assert set(seen(M1)) == {mine.id, theirs.id}
    world.papers.held["access.grants"] = access_pb2.GrantsDocument(version=3).SerializeToString()
    assert (seen(M1), seen(M2)) == ([], [])
