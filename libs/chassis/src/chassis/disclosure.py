"""Asks support, which has the newest rules and counts, whether a value may be seen in full or rows be taken out.

Nothing is disclosed while support cannot be asked: the record of it would be missing.
"""

from dataclasses import dataclass

import grpc
import httpx
from crm.access.v1 import probe_pb2
from crm.support.v1 import access_pb2 as pb
from crm.support.v1.access_pb2_grpc import AccessServiceStub
from grpc import aio

from chassis.errors import Kind, Refusal
from chassis.identity import Actor
from chassis.refused import reason_of
from chassis.rights import RowFacts

_SECONDS = 5.0
_KINDS: dict[grpc.StatusCode, Kind] = {
    grpc.StatusCode.INVALID_ARGUMENT: "invalid",
    grpc.StatusCode.FAILED_PRECONDITION: "precondition",
    grpc.StatusCode.PERMISSION_DENIED: "denied",
    grpc.StatusCode.RESOURCE_EXHAUSTED: "exhausted",
}


class DisclosureRefused(Refusal):
    """Support said no; its reason is passed on."""

    def __init__(self, reason: str, kind: Kind, data: dict[str, str]) -> None:
        self.reason = reason
        self.kind = kind
        super().__init__(**data)


@dataclass(frozen=True)
class Record:
    """What is to be disclosed of which record."""

    form: str
    id: str
    label: str
    facts: RowFacts


class Disclosures:
    """Asks in the name of a person."""

    def __init__(self, channel: aio.Channel) -> None:
        self._stub = AccessServiceStub(channel)

    async def unmask(self, actor: Actor, record: Record, column: str, reason: str) -> int:
        """Has one value's disclosure recorded; answers how many the person has left today. Raises `DisclosureRefused`."""
        request = _request(pb.DISCLOSURE_KIND_UNMASK, actor, record, reason)
        request.column = column
        return (await self._ask(request)).left_today

    async def export(self, actor: Actor, record: Record, rows: int, filter_json: str, reason: str) -> str:
        """Has an export recorded; answers the id of the approval it waits for, or nothing where it may begin."""
        request = _request(pb.DISCLOSURE_KIND_EXPORT, actor, record, reason)
        request.rows = rows
        request.filter_json = filter_json
        answer = await self._ask(request)
        return "" if answer.granted else answer.approval_id

    async def _ask(self, request: pb.AuthoriseDisclosureRequest) -> pb.AuthoriseDisclosureResponse:
        try:
            return await self._stub.AuthoriseDisclosure(request, timeout=_SECONDS)
        except httpx.HTTPError as error:
            raise DisclosureRefused("SUPPORT_UNAVAILABLE", "unavailable", {}) from error
        except aio.AioRpcError as error:
            raise _passed_on(error) from error


def _request(
    kind: pb.DisclosureKind.ValueType, actor: Actor, record: Record, reason: str
) -> pb.AuthoriseDisclosureRequest:
    facts = record.facts
    return pb.AuthoriseDisclosureRequest(
        kind=kind,
        staff_number=actor.id,
        form=record.form,
        record_id=record.id,
        record_label=record.label,
        reason=reason,
        ip=actor.ip,
        facts=probe_pb2.RowFacts(
            owners=facts.owners,
            customer_keepers=facts.customer_keepers,
            community_id=facts.community,
            bureau_id=facts.bureau,
        ),
    )


def _passed_on(error: aio.AioRpcError) -> DisclosureRefused:
    kind, told = _KINDS.get(error.code()), reason_of(error)
    if kind is None or told is None:
        return DisclosureRefused("SUPPORT_UNAVAILABLE", "unavailable", {})
    return DisclosureRefused(told[0], kind, told[1])
