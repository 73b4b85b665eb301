"""The calls of the audit: unpack, action, pack."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from crm.support.v1 import audit_pb2 as pb
from crm.support.v1 import audit_pb2_grpc
from google.protobuf import json_format
from grpc.aio import ServicerContext

from chassis.clock import Clock, business_day
from chassis.database import Database
from chassis.identity import caller
from chassis.paging import read_page
from support.actions.audit import (
    count_audit,
    export_audit,
    find_unusual,
    list_audit,
    list_subnets,
    record_page_view,
    set_subnets,
)
from support.actions.newest_rules import Frame
from support.actions.organisation import unit_names
from support.actions.take_out import TakingOut, authorise_taking_out, refuse_unless_agreed
from support.audit_parameters import Thresholds
from support.audit_sheet import Watermark, sheet
from support.domain.audit import Verdict
from support.domain.calendar import parse_day
from support.rpc import audit_messages as messages
from support.rpc.messages import Listed, page_info

Context = ServicerContext[Any, Any]
_FORM = "support.audit"


class AuditServicer(audit_pb2_grpc.AuditServiceServicer):
    """Who signed in, from where, and what they looked at."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        zone: ZoneInfo,
        thresholds: Callable[[], Thresholds],
        verify: Callable[[date], Awaitable[Verdict]],
        frame: Callable[[], Frame],
    ) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._thresholds = thresholds
        self._verify = verify
        self._frame = frame

    async def ListAuditEntries(
        self, request: pb.ListAuditEntriesRequest, context: Context
    ) -> pb.ListAuditEntriesResponse:
        """List entries, newest first."""
        wanted = messages.wanted(request.filter, self._today(), self._zone)
        found, more, total = await self._database.read(caller(), list_audit, wanted, read_page(request.page))
        end = found[-1].entry if found else None
        last = (end.at.isoformat(), end.day.isoformat(), str(end.sequence)) if end else ()
        return pb.ListAuditEntriesResponse(
            entries=[messages.listed(each) for each in found], page=page_info(Listed(last, more, total))
        )

    async def CountAuditEntries(
        self, request: pb.CountAuditEntriesRequest, context: Context
    ) -> pb.CountAuditEntriesResponse:
        """Count entries."""
        wanted = messages.wanted(request.filter, self._today(), self._zone)
        found = await self._database.read(caller(), count_audit, wanted, messages.count_by(request.by))
        return pb.CountAuditEntriesResponse(counts=messages.counts(found))

    async def ListAuditFindings(
        self, request: pb.ListAuditFindingsRequest, context: Context
    ) -> pb.ListAuditFindingsResponse:
        """List unusual patterns."""
        days = messages.days(request.from_day, request.to_day, self._today(), self._zone)
        limits = self._thresholds()
        found = await self._database.read(
            caller(), find_unusual, days, limits.night_views, limits.mass_views, limits.failed_sign_ins
        )
        return pb.ListAuditFindingsResponse(findings=messages.findings(found))

    async def ExportAuditEntries(
        self, request: pb.ExportAuditEntriesRequest, context: Context
    ) -> pb.ExportAuditEntriesResponse:
        """Answer entries as a file."""
        actor, wanted = caller(), messages.wanted(request.filter, self._today(), self._zone)
        found = await self._database.read(actor, export_audit, wanted)
        asked = json_format.MessageToJson(request.filter, indent=None, ensure_ascii=False)
        out = TakingOut(_FORM, "审计", asked, len(found), request.reason.strip())
        refuse_unless_agreed(await self._database.run(actor, authorise_taking_out, out, self._frame()), out)
        units = await self._database.read(actor, unit_names)
        watermark = Watermark(actor, self._clock.now(), self._zone)
        file = await asyncio.to_thread(sheet, map(messages.taken_out, found), units, watermark)
        return pb.ExportAuditEntriesResponse(name=watermark.file_name(), file=file)

    async def VerifyAuditDay(self, request: pb.VerifyAuditDayRequest, context: Context) -> pb.VerifyAuditDayResponse:
        """Verify the chain of one day."""
        return messages.verdict(await self._verify(parse_day(request.day, "day")))

    async def ListSubnets(self, request: pb.ListSubnetsRequest, context: Context) -> pb.ListSubnetsResponse:
        """List the subnets."""
        return pb.ListSubnetsResponse(subnets=messages.subnets(await self._database.read(caller(), list_subnets)))

    async def SetSubnets(self, request: pb.SetSubnetsRequest, context: Context) -> pb.SetSubnetsResponse:
        """Set the subnets."""
        given = [(each.cidr, each.place) for each in request.subnets]
        return pb.SetSubnetsResponse(subnets=messages.subnets(await self._database.run(caller(), set_subnets, given)))

    async def RecordPageView(self, request: pb.RecordPageViewRequest, context: Context) -> pb.RecordPageViewResponse:
        """Record that the caller opened a page."""
        await self._database.run(caller(), record_page_view, request.path)
        return pb.RecordPageViewResponse()

    def _today(self) -> date:
        return business_day(self._clock.now(), self._zone)
