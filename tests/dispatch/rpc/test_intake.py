"""Orders that come together are written together, and each is answered as if it had come alone."""

import asyncio
from collections.abc import Sequence
from contextvars import copy_context
from typing import Any, cast

import pytest
from grpc import aio

from chassis.shedding import until
from dispatch.actions.create_work_order import Taken
from dispatch.actions.generate_tasks import Branch
from dispatch.domain.intake import ItemInput
from dispatch.domain.task import Placement
from dispatch.domain.words import NOT_FOUND
from dispatch.rpc import messages
from dispatch.rpc.intake import Intake
from dispatch.rpc.owners import OwnerLookup
from dispatch.storage import tables
from tests.dispatch.rpc.conftest import Door
from tests.dispatch.rpc.test_work_orders import item, order
from tests.dispatch.small_branch import FIXED, GNET, World

pytestmark = pytest.mark.slow  # orders are waited for on purpose


async def at_once(door: Door, *calls: Any) -> list[Any]:
    return await asyncio.gather(*(door.call(*call) for call in calls), return_exceptions=True)


async def test_orders_that_come_together_are_written_together(door: Door) -> None:
    answers = await at_once(door, *[(GNET, "CreateWorkOrder", order(f"G-{n}")) for n in range(12)])
    assert [answer.work_order.external_id for answer in answers] == [f"G-{n}" for n in range(12)]
    written = {row.created_at for row in door.world.rows(tables.work_orders)}
    # The first goes at once, the others gather behind it: one instant is one transaction.
    assert len(door.world.rows(tables.tasks)) == len(door.world.rows(tables.plumbing.outbox)) == 12
    assert len(written) < 12
    assert sum(door.archive.asked) == 12
    assert len(door.archive.asked) < 12


async def test_the_same_number_at_once_is_one_order(door: Door) -> None:
    answers = await at_once(door, *[(GNET, "CreateWorkOrder", order("G-1"))] * 8)
    assert len({answer.work_order.id for answer in answers}) == 1
    assert sorted(answer.repeated_request for answer in answers) == [False] + [True] * 7
    assert len(door.world.rows(tables.tasks)) == 1
    assert door.world.events() == ["created.v1"]


async def test_each_is_refused_and_answered_on_its_own(door: Door) -> None:
    await door.call(GNET, "CreateWorkOrder", order("G-1"))
    answers = await at_once(
        door,
        (GNET, "CreateWorkOrder", order("G-0")),
        (GNET, "CreateWorkOrder", order("G-1", item(title="别的"))),
        (GNET, "CreateWorkOrder", order("G-1")),
        (GNET, "CreateWorkOrder", order("G-2", category="x" * 300)),
        (FIXED, "CreateWorkOrder", order("G-1")),
        (GNET, "CreateWorkOrder", order("G-3")),
    )
    assert [_outcome(answer) for answer in answers] == [
        "G-0",
        "ALREADY_EXISTS",
        "G-1 again",
        "INVALID_ARGUMENT",
        "G-1",
        "G-3",
    ]
    assert sorted((row.source, row.external_id) for row in door.world.rows(tables.work_orders)) == [
        ("fixed-line-dispatch", "G-1"),
        ("gnet-crm", "G-0"),
        ("gnet-crm", "G-1"),
        ("gnet-crm", "G-3"),
    ]


async def test_one_that_cannot_be_written_does_not_take_the_others_with_it(door: Door) -> None:
    # The database takes no text with this character, and nobody before it says so.
    impossible = order("G-\0")
    answers = await at_once(
        door,
        *[(GNET, "CreateWorkOrder", order(f"G-{n}")) for n in range(4)],
        (GNET, "CreateWorkOrder", impossible),
        *[(GNET, "CreateWorkOrder", order(f"G-{n}")) for n in range(4, 8)],
    )
    assert [_outcome(answer) for answer in answers] == [
        *(f"G-{n}" for n in range(4)),
        "INTERNAL",
        *(f"G-{n}" for n in range(4, 8)),
    ]
    assert len(door.world.rows(tables.tasks)) == len(door.world.events()) == 8


async def test_one_without_patience_costs_those_who_came_with_it_nothing(world: World, branch: Branch) -> None:
    looking, begun = asyncio.Semaphore(0), asyncio.Event()

    class Owners:
        """Looks owners up for as long as it takes."""

        async def find(self, items: Sequence[ItemInput]) -> list[Placement]:
            begun.set()
            await looking.acquire()
            return [Placement(NOT_FOUND) for _ in items]

    intake = Intake(world.database, cast("OwnerLookup", Owners()), lambda: branch)
    takes = [_taking(intake, "G-0", None)]
    await begun.wait()
    # These two gather behind the first: one group, in the context of the one without patience.
    takes += [_taking(intake, "G-1", 0.05), _taking(intake, "G-2", 30.0)]
    await asyncio.sleep(0.2)
    looking.release()
    looking.release()
    results = await asyncio.gather(*takes, return_exceptions=True)
    # The second one's caller counts its own time and has gone; its order is written all the same, once.
    assert [getattr(result, "reason", "taken") for result in results] == ["taken"] * 3
    assert sorted(str(row.external_id) for row in world.rows(tables.work_orders)) == ["G-0", "G-1", "G-2"]


def _taking(intake: Intake, number: str, patience: float | None) -> "asyncio.Task[Taken]":
    context = copy_context()
    context.run(until, patience)
    new = messages.new_order(order(number))
    return asyncio.get_running_loop().create_task(intake.take(GNET, new), context=context)


def _outcome(answer: Any) -> str:
    if isinstance(answer, aio.AioRpcError):
        return answer.code().name
    return answer.work_order.external_id + (" again" if answer.repeated_request else "")
