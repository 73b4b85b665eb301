"""Work orders: whoever sent one sees it, changes it and takes it back, and nobody else; whatever a list is asked for by."""

import random

from crm.common.v1 import access_pb2
from crm.dispatch.v1 import dispatch_pb2 as pb
from sqlalchemy import update

from chassis.database import Unit
from dispatch.domain.work_order import WorkOrder
from dispatch.storage import tables, work_orders
from tests.dispatch.small_branch import DISPATCH, MORNING
from tests.leaks.found import Found
from tests.leaks.reading import CHANGE, CREATE, SEE, Place, Reading
from tests.leaks.tasks import ORDER, Tasks

DELETE = access_pb2.ACTION_DELETE
SOURCES = ("gnet-crm", "m001", "m002", "z01", "c01", "d01", "b01")
"""Who sent an order: one program, and everybody whose rules are compared, as if their token were a program's."""


def of(source: str) -> Place:
    """What rules go by of an order."""
    return Place(frozenset({source}), frozenset(), "", "")


def add_orders(tasks: Tasks) -> None:
    """An order of each, with a task that is still to be done."""
    open_ones = [key for key, whole in tasks.truth.items() if not whole.task.HasField("ended_at")]
    for n, (source, task) in enumerate(zip(SOURCES, open_ones, strict=True)):
        tasks.orders[_id(n)] = source
        tasks.world.run(DISPATCH, _add, n, source, task)


def _add(unit: Unit, n: int, source: str, task_id: str) -> None:
    order = WorkOrder(
        id=_id(n), source=source, external_id=f"W-{n}", document_json="{}", content_hash=str(n), created_at=MORNING,
        state_changed_at=MORNING, category=f"类{n}",
    )  # fmt: skip
    work_orders.add(unit, [order], [])
    unit.session.execute(update(tables.tasks).where(tables.tasks.c.id == task_id).values(work_order_id=order.id))


class OrderComparison:
    """The calls of one person, and what they should have answered."""

    def __init__(self, tasks: Tasks, reading: Reading, found: Found, chance: random.Random) -> None:
        self.tasks, self.reading, self.found, self.chance = tasks, reading, found, chance
        self.caller = tasks.by(reading.who.number, *reading.who.positions)
        self.at = reading.who.number

    def may(self, source: str, action: int) -> bool:
        """Whether an order is within reach."""
        return self.reading.may(ORDER, action, of(source))

    async def everything(self) -> None:
        """Each way in turn."""
        seen = {key for key, source in self.tasks.orders.items() if self.may(source, SEE)}
        n = self.chance.randrange(len(SOURCES))
        asked: list[tuple[list[pb.WorkOrderFilter], set[str]]] = [
            ([], seen),
            ([pb.WorkOrderFilter(attribute="externalId", operator="eq", values=[f"W-{n}"])], seen & {_id(n)}),
            ([pb.WorkOrderFilter(attribute="category", operator="regex", values=["^类"])], seen),
        ]
        for filters, expected in asked:
            request = pb.ListWorkOrdersRequest(filters=filters, sort=["-externalId"])
            answer, refused = await self.caller.ask("ListWorkOrders", request)
            self.found.said(f"{self.at} orders", self.reading.may_call(ORDER, SEE), refused is None)
            if answer is not None:
                at = f"{self.at} orders({[each.attribute for each in filters]})"
                self.found.rows(at, expected, {each.id for each in answer.work_orders}, len(SOURCES))
                self.found.value(f"{at} total", len(expected), answer.total)
        for key, source in self.tasks.orders.items():
            await self.one(key, source)
        # Refused for having no items, once the caller may hand orders in.
        _, refused = await self.caller.ask("CreateWorkOrder", pb.CreateWorkOrderRequest(external_id="W-new"))
        assert refused is not None
        self.found.said(f"{self.at} hand in", self.may(self.at, CREATE), refused.code == "INVALID_ARGUMENT")

    async def one(self, key: str, source: str) -> None:
        """One order: looked at, changed in a version that is not there, removed while its task is open."""
        answer, refused = await self.caller.ask("GetWorkOrder", pb.GetWorkOrderRequest(id=key))
        self.found.said(f"{self.at} order of {source}", self.may(source, SEE), refused is None)
        if answer is not None:
            self.found.value(f"{self.at} order", source, answer.work_order.source)
        taking_back = pb.UpdateWorkOrderRequest(id=key, version=99, state="cancelled")
        _, refused = await self.caller.ask("UpdateWorkOrder", taking_back)
        assert refused is not None
        self.found.said(f"{self.at} take back order of {source}", self.may(source, CHANGE), refused.code == "ABORTED")
        _, refused = await self.caller.ask("DeleteWorkOrder", pb.DeleteWorkOrderRequest(id=key))
        assert refused is not None
        through = refused.code == "FAILED_PRECONDITION"
        self.found.said(f"{self.at} remove order of {source}", self.may(source, DELETE), through)


def _id(n: int) -> str:
    return f"0190d000-0000-7000-8000-{n:012d}"
