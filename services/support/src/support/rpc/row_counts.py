"""How many customers and open tasks lie in units or are kept by a person: asked of the services that keep them."""

import asyncio
from collections.abc import Mapping, Sequence

import structlog
from crm.access.v1.probe_pb2 import CountRowsRequest
from crm.access.v1.probe_pb2_grpc import AccessProbeServiceStub
from grpc import aio

from chassis.errors import Refusal

log = structlog.get_logger()
CUSTOMERS = "customer.customer"
TASKS = "dispatch.task"


class CountsUnavailable(Refusal):
    """A service that would have to be asked does not answer; nothing was changed."""

    reason = "COUNTS_UNAVAILABLE"
    kind = "unavailable"


class RowCounts:
    """Asks every service that owns rows, all at once."""

    def __init__(self, channels: Mapping[str, aio.Channel]) -> None:
        self._stubs = {name: AccessProbeServiceStub(channel) for name, channel in channels.items()}

    async def of_units(self, unit_ids: Sequence[str]) -> tuple[int, int]:
        """Answer customers and open tasks that lie in units."""
        if not unit_ids:
            return 0, 0
        return await self._ask(CountRowsRequest(unit_ids=unit_ids))

    async def of_person(self, staff_number: str) -> tuple[int, int]:
        """Answer customers and open tasks that somebody keeps."""
        return await self._ask(CountRowsRequest(staff_number=staff_number))

    async def _ask(self, request: CountRowsRequest) -> tuple[int, int]:
        answers = await asyncio.gather(*(self._one(name, request) for name in self._stubs))
        counts = {form: rows for answer in answers for form, rows in answer.items()}
        return counts.get(CUSTOMERS, 0), counts.get(TASKS, 0)

    async def _one(self, name: str, request: CountRowsRequest) -> dict[str, int]:
        try:
            answer = await self._stubs[name].CountRows(request)
        except aio.AioRpcError as error:
            log.warning("rows could not be counted", service=name, code=error.code().name)
            raise CountsUnavailable(service=name) from error
        return {count.form: count.rows for count in answer.counts}
