"""Asks the customer service who is answerable. Calls that come close together travel together, and none waits long."""

import asyncio
from collections.abc import Sequence
from contextvars import copy_context
from dataclasses import dataclass, field

import grpc
import httpx
import structlog
from crm.customer.v1 import customer_pb2 as pb
from crm.customer.v1.customer_pb2_grpc import CustomerServiceStub
from grpc import aio

from chassis.shedding import until
from dispatch.domain.intake import ItemInput
from dispatch.domain.task import Placement
from dispatch.domain.words import LOOKUP_UNAVAILABLE, NOT_FOUND

log = structlog.get_logger()
MOST_AT_ONCE = 500
REST_AFTER_FAILURE = 2.0
UNAVAILABLE = Placement(LOOKUP_UNAVAILABLE)


@dataclass
class _Question:
    query: pb.OwnerQuery
    answer: asyncio.Future[Placement]


@dataclass
class OwnerLookup:
    """Looks owners up, with a short deadline: an order is taken in without them rather than late."""

    channel: aio.Channel
    deadline: float
    _waiting: list[_Question] = field(default_factory=list[_Question])
    _asking: bool = False
    _resting_until: float = 0.0

    def __post_init__(self) -> None:
        """Builds the client."""
        self._stub = CustomerServiceStub(self.channel)

    async def find(self, items: Sequence[ItemInput]) -> list[Placement]:
        """Answers who is answerable for each item; `OWNER_LOOKUP_UNAVAILABLE` when that cannot be known now."""
        answers = [self._ask(item) for item in items]
        return [answer if isinstance(answer, Placement) else await answer for answer in answers]

    def _ask(self, item: ItemInput) -> Placement | asyncio.Future[Placement]:
        if not item.says_who:
            return Placement(NOT_FOUND)
        loop = asyncio.get_running_loop()
        if loop.time() < self._resting_until:
            return UNAVAILABLE
        question = _Question(_query(item), loop.create_future())
        self._waiting.append(question)
        if not self._asking:
            self._asking = True
            # It goes on for others who ask meanwhile: the deadline of whoever came first is not theirs.
            context = copy_context()
            context.run(until, None)
            self._task = loop.create_task(self._ask_all(), context=context)
        return question.answer

    async def _ask_all(self) -> None:
        # While one call is under way the next questions gather, so that load makes the calls larger and not more.
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
                for question, placement in zip(batch, await self._call(batch), strict=True):
                    if not question.answer.done():
                        question.answer.set_result(placement)
        finally:
            self._asking = False

    async def _call(self, batch: Sequence[_Question]) -> list[Placement]:
        request = pb.FindOwnersRequest(queries=[question.query for question in batch])
        try:
            async with asyncio.timeout(self.deadline):
                answer = await self._stub.FindOwners(request, timeout=self.deadline)
        except (grpc.RpcError, TimeoutError, httpx.HTTPError) as error:
            log.warning("owners cannot be looked up now", questions=len(batch), error=type(error).__name__)
            self._resting_until = asyncio.get_running_loop().time() + REST_AFTER_FAILURE
            return [UNAVAILABLE] * len(batch)
        if len(answer.matches) != len(batch):
            return [UNAVAILABLE] * len(batch)
        return [_placement(match) for match in answer.matches]


def _query(item: ItemInput) -> pb.OwnerQuery:
    return pb.OwnerQuery(
        subscriber_number=item.subscriber_number,
        account_number=item.account_number,
        customer_number=item.customer_number,
        address=item.address,
        community=item.community,
    )


def _placement(match: pb.OwnerMatch) -> Placement:
    return Placement(
        reason=match.reason,
        owner_number=match.owner_number or None,
        seat_number=match.seat_number or None,
        customer_id=match.customer_id or None,
        customer_name=match.customer_name or None,
        bureau_id=match.bureau_id or None,
        community_id=match.community_id or None,
    )
