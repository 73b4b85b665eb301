"""The calls of the organisation: unpack, action, pack; what others keep is counted before the transaction begins."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from crm.support.v1 import organisation_pb2 as pb
from crm.support.v1 import organisation_pb2_grpc
from grpc.aio import ServicerContext

from chassis import masking
from chassis.clock import Clock
from chassis.database import Database
from chassis.declarations import Forms
from chassis.identity import caller
from chassis.paging import read_page
from support import packing, staff_sheet
from support.accounts.keeper import AccountKeeper
from support.accounts.keycloak import AccountsUnavailable
from support.accounts.passwords import credential, first_password
from support.actions import accounts, care_pairs, keep_units, reorganise, staff_files, staff_members, stand_ins
from support.actions.create_staff_member import create_staff_member
from support.actions.end_staff_member import Kept, end_staff_member
from support.actions.newest_rules import Frame
from support.actions.reset_password import reset_password
from support.actions.suspend_staff_member import suspend_staff_member
from support.actions.take_out import TakingOut, authorise_taking_out, refuse_unless_agreed
from support.actions.update_staff_member import update_staff_member
from support.domain.errors import StaffRefused
from support.rpc import organisation_messages as messages
from support.rpc.messages import Listed, page_info
from support.rpc.row_counts import RowCounts
from support.rpc.staff_rows import sheet_rows

log = structlog.get_logger()
Context = ServicerContext[Any, Any]
_FORM = "support.staff"


@dataclass(frozen=True)
class Surroundings:
    """What the calls need besides the database."""

    clock: Clock
    zone: ZoneInfo
    forms: Forms
    counts: RowCounts
    publish: Callable[[], Awaitable[object]]
    keeper: AccountKeeper | None
    frame: Callable[[], Frame]


class OrganisationServicer(organisation_pb2_grpc.OrganisationServiceServicer):
    """Units and staff as the administrator keeps them."""

    def __init__(self, database: Database, around: Surroundings) -> None:
        self._database = database
        self._around = around
        self._zone = around.zone

    async def CreateUnit(self, request: pb.CreateUnitRequest, context: Context) -> pb.CreateUnitResponse:
        """Add a unit."""
        said = messages.new_unit(request.unit)
        unit = await self._change(keep_units.create_unit, request.request_id, said, self._zone)
        return pb.CreateUnitResponse(unit=packing.unit(unit))

    async def UpdateUnit(self, request: pb.UpdateUnitRequest, context: Context) -> pb.UpdateUnitResponse:
        """Rename a unit, or end its validity."""
        valid_to = messages.day(request.valid_to, "valid_to")
        counted = await self._around.counts.of_units([request.id]) if valid_to else (0, 0)
        unit = await self._change(
            keep_units.update_unit,
            request.id,
            request.name if request.HasField("name") else None,
            valid_to,
            keep_units.Remaining(*counted),
            ends=request.HasField("valid_to"),
        )
        return pb.UpdateUnitResponse(unit=packing.unit(unit))

    async def PreviewReorganisation(
        self, request: pb.PreviewReorganisationRequest, context: Context
    ) -> pb.PreviewReorganisationResponse:
        """Show what a reorganisation would carry along."""
        change = messages.change(request.change)
        effect, units, version = await self._database.read(
            caller(), reorganise.preview_reorganisation, change, self._zone
        )
        counted = await self._around.counts.of_units(units)
        return pb.PreviewReorganisationResponse(effect=messages.effect(effect, *counted), version=version)

    async def Reorganise(self, request: pb.ReorganiseRequest, context: Context) -> pb.ReorganiseResponse:
        """Move a unit, or merge bureaus."""
        change = messages.change(request.change)
        effect = await self._change(reorganise.reorganise, request.request_id, change, request.version, self._zone)
        return pb.ReorganiseResponse(effect=messages.effect(effect, effect.customers, effect.tasks))

    async def ListOrganisationChanges(
        self, request: pb.ListOrganisationChangesRequest, context: Context
    ) -> pb.ListOrganisationChangesResponse:
        """List what was changed of units and people."""
        rows, more, total = await self._database.read(
            caller(), staff_members.list_changes, request.record_id, read_page(request.page)
        )
        last = (rows[-1][0].id,) if rows else ()
        form = self._around.forms.by_name[_FORM]
        return pb.ListOrganisationChangesResponse(
            changes=[messages.change_of(row, form, columns) for row, columns in rows],
            page=page_info(Listed(last, more, total)),
        )

    async def GetStaffMember(self, request: pb.GetStaffMemberRequest, context: Context) -> pb.GetStaffMemberResponse:
        """Answer one member of staff."""
        view = await self._database.read(caller(), staff_members.get_member, request.staff_number)
        states = masking.states(view.columns, self._around.forms.by_name[_FORM])
        return pb.GetStaffMemberResponse(member=messages.member(view), columns=states)

    async def ListStaffMembers(
        self, request: pb.ListStaffMembersRequest, context: Context
    ) -> pb.ListStaffMembersResponse:
        """List staff, those who left too when asked for."""
        views, more, total = await self._database.read(
            caller(),
            staff_members.list_members,
            request.query.strip(),
            request.unit_id,
            request.position,
            messages.states(request.states),
            read_page(request.page),
        )
        last = (views[-1].person.staff_number,) if views else ()
        return pb.ListStaffMembersResponse(
            members=[messages.member(view) for view in views], page=page_info(Listed(last, more, total))
        )

    async def CreateStaffMember(
        self, request: pb.CreateStaffMemberRequest, context: Context
    ) -> pb.CreateStaffMemberResponse:
        """Take somebody on."""
        password, hashed = await _new_password()
        said = messages.fields(request.member)
        view, new = await self._change(
            create_staff_member, request.request_id, request.member.staff_number, said, hashed, self._zone
        )
        return pb.CreateStaffMemberResponse(member=messages.member(view), first_password=password if new else "")

    async def UpdateStaffMember(
        self, request: pb.UpdateStaffMemberRequest, context: Context
    ) -> pb.UpdateStaffMemberResponse:
        """Change what is kept of a person."""
        view = await self._change(
            update_staff_member,
            request.staff_number,
            request.version,
            messages.fields(request.member),
            tuple(request.fields),
            request.successor,
            self._zone,
        )
        return pb.UpdateStaffMemberResponse(member=messages.member(view))

    async def SuspendStaffMember(
        self, request: pb.SuspendStaffMemberRequest, context: Context
    ) -> pb.SuspendStaffMemberResponse:
        """Suspend somebody, or take that back."""
        view = await self._change(
            suspend_staff_member, request.staff_number, request.reason, self._zone, suspended=request.suspended
        )
        return pb.SuspendStaffMemberResponse(member=messages.member(view))

    async def EndStaffMember(self, request: pb.EndStaffMemberRequest, context: Context) -> pb.EndStaffMemberResponse:
        """End somebody's work here."""
        # With a successor nothing needs counting: all of it goes over.
        kept = (0, 0) if request.successor else await self._around.counts.of_person(request.staff_number)
        view = await self._change(
            end_staff_member,
            request.staff_number,
            request.successor,
            messages.day(request.valid_to, "valid_to"),
            request.reason,
            Kept(*kept),
            self._zone,
        )
        return pb.EndStaffMemberResponse(member=messages.member(view))

    async def PreviewHandover(self, request: pb.PreviewHandoverRequest, context: Context) -> pb.PreviewHandoverResponse:
        """Count what a handover would carry."""
        await self._database.read(caller(), staff_members.within_reach, request.staff_number)
        customers, tasks = await self._around.counts.of_person(request.staff_number)
        return pb.PreviewHandoverResponse(customers=customers, tasks=tasks)

    async def ResetPassword(self, request: pb.ResetPasswordRequest, context: Context) -> pb.ResetPasswordResponse:
        """Give somebody a new first password."""
        password, hashed = await _new_password()
        await self._change(reset_password, request.staff_number, hashed)
        return pb.ResetPasswordResponse(first_password=password)

    async def ImportStaff(self, request: pb.ImportStaffRequest, context: Context) -> pb.ImportStaffResponse:
        """Bring staff in from a file."""
        sheet = await asyncio.to_thread(staff_sheet.read_sheet, request.file)
        content = hashlib.sha256(request.file).hexdigest()
        result = await self._change(
            staff_files.import_staff,
            request.request_id,
            content,
            sheet.rows,
            sheet.failed,
            self._zone,
            preview=request.preview,
        )
        return messages.import_result(result)

    async def ExportStaff(self, request: pb.ExportStaffRequest, context: Context) -> pb.ExportStaffResponse:
        """Take staff out as a file."""
        actor, at = caller(), self._around.clock.now().astimezone(self._zone)
        views, units = await self._database.read(actor, staff_files.staff_to_export, request.unit_id)
        wanted = TakingOut(_FORM, "员工", json.dumps({"unitId": request.unit_id}), len(views), request.reason.strip())
        state = await self._database.run(actor, authorise_taking_out, wanted, self._around.frame())
        refuse_unless_agreed(state, wanted)
        rows = sheet_rows(views, units)
        file = await asyncio.to_thread(staff_sheet.write_sheet, rows, f"{actor.name}({actor.id})", at)
        return pb.ExportStaffResponse(name=f"员工-{at:%Y%m%d-%H%M}.xlsx", file=file)

    async def ListPairs(self, request: pb.ListPairsRequest, context: Context) -> pb.ListPairsResponse:
        """List pairs."""
        found = await self._database.read(
            caller(), care_pairs.list_pairs, request.staff_number, self._zone, ended=request.ended
        )
        return pb.ListPairsResponse(pairs=[packing.pair(pair) for pair in found])

    async def SetPair(self, request: pb.SetPairRequest, context: Context) -> pb.SetPairResponse:
        """Make or end a pair."""
        pair = await self._change(care_pairs.set_pair, messages.pair_said(request.pair), self._zone)
        return pb.SetPairResponse(pair=packing.pair(pair))

    async def ListStandIns(self, request: pb.ListStandInsRequest, context: Context) -> pb.ListStandInsResponse:
        """List stand-ins."""
        found = await self._database.read(caller(), stand_ins.list_stand_ins, request.staff_number)
        return pb.ListStandInsResponse(periods=[messages.stand_in(period) for period in found])

    async def SetStandIn(self, request: pb.SetStandInRequest, context: Context) -> pb.SetStandInResponse:
        """Name a stand-in, or take one back."""
        period = await self._change(stand_ins.set_stand_in, messages.stand_in_said(request.period))
        return pb.SetStandInResponse(period=messages.stand_in(period))

    async def ListAccountDrift(
        self, request: pb.ListAccountDriftRequest, context: Context
    ) -> pb.ListAccountDriftResponse:
        """List differences between our staff and Keycloak."""
        page = read_page(request.page)
        found, total, swept_at = await self._database.read(caller(), accounts.list_drift, page)
        shown, more = found[: page.size], len(found) > page.size
        last = (shown[-1].id,) if shown else ()
        return pb.ListAccountDriftResponse(
            drifts=[messages.drift(each) for each in shown],
            page=page_info(Listed(last, more, total)),
            swept_at=messages.moment(swept_at) if swept_at else None,
        )

    async def SweepAccounts(self, request: pb.SweepAccountsRequest, context: Context) -> pb.SweepAccountsResponse:
        """Run the sweep now."""
        if self._around.keeper is None:
            raise StaffRefused("ACCOUNTS_NOT_CONFIGURED")
        try:
            swept = await self._around.keeper.sweep()
        except AccountsUnavailable as error:
            raise KeycloakAway from error
        return pb.SweepAccountsResponse(compared=swept.compared, repaired=swept.repaired, left=swept.left)

    async def _change(self, action: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a change; what it publishes is out before the answer, its accounts are taken in hand at once."""
        answer = await self._database.run(caller(), action, *args, **kwargs)
        if self._around.keeper is not None:
            self._around.keeper.wake()
        try:
            await self._around.publish()
        except Exception as error:  # the broker is away: what waits goes out when it is back
            log.warning("settings wait for publication", error=repr(error))
        return answer


class KeycloakAway(StaffRefused):
    """Keycloak did not answer; nothing was compared."""

    kind = "unavailable"

    def __init__(self) -> None:
        super().__init__("ACCOUNTS_UNAVAILABLE")


async def _new_password() -> tuple[str, str]:
    password = first_password()
    return password, await asyncio.to_thread(credential, password)
