"""The calls of support: unpack, action, pack."""

from typing import Any
from zoneinfo import ZoneInfo

from crm.support.v1 import support_pb2 as pb
from crm.support.v1 import support_pb2_grpc
from grpc.aio import ServicerContext

from chassis.clock import Clock, business_day
from chassis.database import Database
from chassis.identity import caller
from chassis.paging import read_page
from support import almanac, packing
from support.actions.calendar import get_day, get_year, list_calendar_changes, set_days
from support.actions.import_organisation import import_organisation
from support.actions.organisation import get_me, list_staff, list_units
from support.actions.sign_ins import list_sign_ins
from support.domain.calendar import parse_day
from support.rpc import messages
from support.rpc.messages import Listed

Context = ServicerContext[Any, Any]


class SupportServicer(support_pb2_grpc.SupportServiceServicer):
    """Organisation, staff, calendar and access rules of the branch."""

    def __init__(self, database: Database, clock: Clock, zone: ZoneInfo) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone

    async def GetMe(self, request: pb.GetMeRequest, context: Context) -> pb.GetMeResponse:
        """Answer who is calling, where they belong and what they may do."""
        me = await self._database.read(caller(), get_me)
        return pb.GetMeResponse(
            person=packing.caller(me),
            grants=me.grants,
            units=[packing.unit(unit) for unit in me.units],
        )

    async def GetDay(self, request: pb.GetDayRequest, context: Context) -> pb.GetDayResponse:
        """Describe one day."""
        on = parse_day(request.date) if request.date else business_day(self._clock.now(), self._zone)
        day, published = await self._database.read(caller(), get_day, on)
        return pb.GetDayResponse(
            day=packing.day(day),
            lunar_zh=almanac.lunar_zh(on),
            lunar_en=almanac.lunar_en(on),
            solar_term_zh=almanac.solar_term_zh(on),
            year_published=published,
        )

    async def ListUnits(self, request: pb.ListUnitsRequest, context: Context) -> pb.ListUnitsResponse:
        """List the units of the branch."""
        units = await self._database.read(caller(), list_units, messages.kinds(request))
        return pb.ListUnitsResponse(units=[packing.unit(unit) for unit in units])

    async def ListStaff(self, request: pb.ListStaffRequest, context: Context) -> pb.ListStaffResponse:
        """List staff."""
        views, more, total = await self._database.read(
            caller(), list_staff, request.query.strip(), request.unit_id, request.role, read_page(request.page)
        )
        last = (views[-1].person.staff_number,) if views else ()
        return pb.ListStaffResponse(
            staff=[packing.person(view) for view in views], page=messages.page_info(Listed(last, more, total))
        )

    async def ImportOrganisation(
        self, request: pb.ImportOrganisationRequest, context: Context
    ) -> pb.ImportOrganisationResponse:
        """Bring units and staff in."""
        result = await self._database.run(
            caller(),
            import_organisation,
            request.request_id,
            messages.unit_rows(request),
            messages.staff_rows(request),
            self._zone,
        )
        return messages.import_result(result)

    async def GetCalendarYear(self, request: pb.GetCalendarYearRequest, context: Context) -> pb.GetCalendarYearResponse:
        """List the calendar of one year."""
        year = await self._database.read(caller(), get_year, request.year, unit_id=request.unit_id)
        return pb.GetCalendarYearResponse(calendar=packing.year(year))

    async def SetCalendarDays(self, request: pb.SetCalendarDaysRequest, context: Context) -> pb.SetCalendarDaysResponse:
        """Set days of one year by hand, or confirm a year as published."""
        year = await self._database.run(caller(), set_days, messages.calendar_wish(request))
        return pb.SetCalendarDaysResponse(calendar=packing.year(year))

    async def ListCalendarChanges(
        self, request: pb.ListCalendarChangesRequest, context: Context
    ) -> pb.ListCalendarChangesResponse:
        """List what was changed in one year of the calendar."""
        rows, after = await self._database.read(
            caller(), list_calendar_changes, request.year, request.unit_id, read_page(request.page)
        )
        return messages.calendar_changes(rows, after)

    async def ListSignIns(self, request: pb.ListSignInsRequest, context: Context) -> pb.ListSignInsResponse:
        """List sign-ins, newest first."""
        stays, more, total = await self._database.read(
            caller(), list_sign_ins, request.staff_number, read_page(request.page)
        )
        last = (stays[-1].stay.signed_in_at.isoformat(), stays[-1].stay.id) if stays else ()
        return pb.ListSignInsResponse(
            sign_ins=messages.sign_ins(stays), page=messages.page_info(Listed(last, more, total))
        )
