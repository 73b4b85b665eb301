"""Takes work orders in. Those that come within a few milliseconds of each other are written together.

While one group is under way the next gathers, so that load makes the groups larger and not more: one look-up of owners, one
statement a table, one commit. Each order is answered on its own, and not before its group is committed.
"""

import asyncio
from collections.abc import Callable
from contextvars import Context, copy_context
from dataclasses import dataclass, field

from chassis.database import Database
from chassis.identity import Actor
from chassis.shedding import left, until
from dispatch.actions.create_work_order import NewOrder, Submitted, Taken, create_work_order, create_work_orders
from dispatch.domain.branch import Branch
from dispatch.rpc.owners import OwnerLookup

MOST_ORDERS = 32
MOST_ITEMS = 500
# One: two groups under way would each be half as large, and cost together what one and a half cost.
AT_ONCE = 1
# Under load a group waits this long for company: six orders together cost half of what they cost one by one.
GATHER = 0.01


@dataclass(frozen=True)
class _Waiting:
    actor: Actor
    new: NewOrder
    context: Context
    answer: asyncio.Future[Taken]

    def settle(self, result: Taken | Exception) -> None:
        """Answers whoever waits, if they still do."""
        if self.answer.done():
            return
        if isinstance(result, Exception):
            self.answer.set_exception(result)
        else:
            self.answer.set_result(result)


@dataclass
class Intake:
    """The door behind which orders gather."""

    database: Database
    owners: OwnerLookup
    branch: Callable[[], Branch]
    _waiting: list[_Waiting] = field(default_factory=list[_Waiting])
    _crowded: bool = False
    _under_way: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    async def take(self, actor: Actor, new: NewOrder) -> Taken:
        """Takes one order in; answers once it is committed."""
        answer: asyncio.Future[Taken] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(actor, new, copy_context(), answer))
        self._begin()
        return await answer

    def _begin(self) -> None:
        if not self._waiting or len(self._under_way) >= AT_ONCE:
            return
        # The work a group has in common belongs to the trace of its first order.
        task = asyncio.get_running_loop().create_task(self._gather(), context=self._waiting[0].context.copy())
        self._under_way.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._under_way.discard(task)
        self._begin()

    def _next(self) -> list[_Waiting]:
        """Orders of one system, no two under the same number, in the order they came."""
        group: list[_Waiting] = []
        later: list[_Waiting] = []
        items = 0
        for each in self._waiting:
            fits = not group or (
                each.actor == group[0].actor
                and len(group) < MOST_ORDERS
                and items + len(each.new.items) <= MOST_ITEMS
                and all(not each.new.external_id or each.new.external_id != one.new.external_id for one in group)
            )
            (group if fits else later).append(each)
            items += len(each.new.items) if fits else 0
        self._waiting = later
        return group

    async def _gather(self) -> None:
        # Whoever sends one after the other is not kept waiting for others who are not there.
        if self._crowded or len(self._waiting) > 1:
            await asyncio.sleep(GATHER)
        group = self._next()
        self._crowded = len(group) > 1
        await self._take(group)

    async def _take(self, group: list[_Waiting]) -> None:
        # The group has as long as whoever waits longest: each of its callers counts their own time themselves.
        time_left = [each.context.run(left) for each in group]
        until(max((each for each in time_left if each is not None), default=None) if None not in time_left else None)
        try:
            found = await self.owners.find([item for each in group for item in each.new.items])
            submitted: list[Submitted] = []
            for each in group:
                own, found = found[: len(each.new.items)], found[len(each.new.items) :]
                submitted.append(Submitted(each.new, own, each.context))
            results = await self._write(group[0].actor, submitted)
        except Exception as error:
            results = [error] * len(group)
        for each, result in zip(group, results, strict=True):
            each.settle(result)

    async def _write(self, actor: Actor, submitted: list[Submitted]) -> list[Taken | Exception]:
        try:
            return await self.database.run(actor, create_work_orders, submitted, self.branch())
        except Exception as error:
            if len(submitted) == 1 or getattr(error, "kind", "") == "unavailable":
                raise
            # One of them cannot be written, and nothing of the group was: each alone, so that only that one fails.
            return [await self._alone(actor, each) for each in submitted]

    async def _alone(self, actor: Actor, each: Submitted) -> Taken | Exception:
        try:
            return await self.database.run(actor, create_work_order, each.new, each.placements, self.branch())
        except Exception as error:
            return error
