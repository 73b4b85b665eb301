"""The calls of the organisation over a real channel, with the gate in front; the services that count rows are played by a small one."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from crm.access.v1 import probe_pb2, probe_pb2_grpc
from crm.common.v1 import access_pb2
from crm.support.v1 import organisation_pb2 as pb
from crm.support.v1 import organisation_pb2_grpc
from grpc import aio

from chassis.access import AccessBook
from chassis.declarations import Forms
from chassis.identity import TokenVerifier
from chassis.interceptors import Gatekeeper, Interceptor
from support.actions.create_staff_member import create_staff_member
from support.actions.newest_rules import Frame
from support.actions.product_policy import follow_product
from support.domain.disclosure import Limits
from support.rpc.organisation_servicer import OrganisationServicer, Surroundings
from support.rpc.row_counts import RowCounts
from support.storage.access_tables import approvals
from tests.chassis.issuer import ISSUER, Issuer
from tests.support.branch import ZONE
from tests.support.organisation_desk import Desk, rules
from tests.support.refusals import refused

FORMS = Forms([pb.DESCRIPTOR])


@dataclass
class Counting(probe_pb2_grpc.AccessProbeServiceServicer):
    """The far side: customers and tasks somewhere else."""

    rows: dict[str, int] = field(default_factory=lambda: {"customer.customer": 0, "dispatch.task": 0})
    asked: list[probe_pb2.CountRowsRequest] = field(default_factory=list[probe_pb2.CountRowsRequest])
    away: bool = False

    async def CountRows(self, request: probe_pb2.CountRowsRequest, context: Any) -> probe_pb2.CountRowsResponse:
        self.asked.append(request)
        if self.away:
            raise RuntimeError("away")
        counts = [probe_pb2.FormCount(form=form, rows=rows) for form, rows in self.rows.items()]
        return probe_pb2.CountRowsResponse(counts=counts)

    async def ExplainRow(self, request: probe_pb2.ExplainRowRequest, context: Any) -> probe_pb2.ExplainRowResponse:
        raise NotImplementedError

    async def PreviewRows(self, request: probe_pb2.PreviewRowsRequest, context: Any) -> probe_pb2.PreviewRowsResponse:
        raise NotImplementedError


@dataclass
class Office:
    """What a test speaks with."""

    stub: Any
    far: Counting
    published: list[bool]
    metadata: Any
    limits: dict[str, Any]

    async def call(self, method: str, request: Any, number: str = "admin", role: str = "administrator") -> Any:
        return await getattr(self.stub, method)(request, metadata=self.metadata(number, role))

    async def refused(self, method: str, request: Any, **who: str) -> tuple[str, str, dict[str, str]]:
        return await refused(self.call(method, request, **who))


@pytest.fixture
async def office(issuer: Issuer, desk: Desk) -> AsyncIterator[Office]:
    far, published, limits = Counting(), list[bool](), dict[str, Any]()
    counting = aio.server()
    probe_pb2_grpc.add_AccessProbeServiceServicer_to_server(far, counting)
    its_port = counting.add_insecure_port("127.0.0.1:0")
    await counting.start()

    async def publish() -> None:
        published.append(True)

    access = AccessBook(desk.papers, sensitive=FORMS.sensitive)
    verifier = TokenVerifier(issuer=ISSUER, jwks_url=issuer.jwks_url, audience="support", people=access)
    server = aio.server(interceptors=[Interceptor("support", Gatekeeper(verifier, access))])
    async with aio.insecure_channel(f"127.0.0.1:{its_port}") as channel:
        frame = Frame(ZONE, {}, lambda _: Limits(**limits))
        around = Surroundings(
            desk.clock,
            ZONE,
            FORMS,
            RowCounts({"all": channel}),
            publish,
            None,
            lambda: frame,
        )
        organisation_pb2_grpc.add_OrganisationServiceServicer_to_server(
            OrganisationServicer(desk.database, around), server
        )
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()

        def metadata(number: str, role: str) -> tuple[tuple[str, str], ...]:
            token = issuer.token(preferred_username=number, name="何静", realm_access={"roles": [role]})
            return (("authorization", f"Bearer {token}"),)

        async with aio.insecure_channel(f"127.0.0.1:{port}") as own:
            yield Office(organisation_pb2_grpc.OrganisationServiceStub(own), far, published, metadata, limits)
        await server.stop(0)
    await counting.stop(0)


def joiner(desk: Desk, number: str = "m900") -> pb.CreateStaffMemberRequest:
    unit = desk.units["B01-C01"]
    member = pb.StaffMember(staff_number=number, name="孙洁", unit_id=unit, positions=["customer_manager"])
    return pb.CreateStaffMemberRequest(request_id="r1", member=member)


async def test_a_first_password_is_shown_once_and_kept_nowhere(office: Office, desk: Desk) -> None:
    first = await office.call("CreateStaffMember", joiner(desk))
    assert (first.member.state, first.member.account) == (pb.STAFF_STATE_ACTIVE, pb.ACCOUNT_STATE_WAITING)
    assert len(first.first_password) == 14
    again = await office.call("CreateStaffMember", joiner(desk))
    assert (again.member.id, again.first_password) == (first.member.id, "")
    assert office.published
    with desk.database.engine.connect() as connection:
        tables = ("account_changes", "changes", "requests", "outbox")
        everything = [connection.exec_driver_sql(f"SELECT * FROM {name}").all() for name in tables]  # noqa: S608
    assert first.first_password not in repr(everything)


async def test_a_preview_counts_elsewhere_and_a_reorganisation_goes_by_its_version(office: Office, desk: Desk) -> None:
    office.far.rows = {"customer.customer": 120, "dispatch.task": 7}
    merge = pb.MergeBureaus(from_id=desk.units["B01"], into_id=desk.units["B02"])
    change = pb.Reorganisation(merge=merge)
    seen = await office.call("PreviewReorganisation", pb.PreviewReorganisationRequest(change=change))
    assert (seen.effect.customers, seen.effect.tasks, seen.effect.people, seen.effect.communities) == (120, 7, 3, 1)
    assert set(office.far.asked[0].unit_ids) == {desk.units["B01"], desk.units["B01-C01"]}
    request = pb.ReorganiseRequest(request_id="q1", change=change, version=seen.version + 1)
    assert (await office.refused("Reorganise", request))[:2] == ("ABORTED", "STALE_VERSION")
    request.version = seen.version
    done = await office.call("Reorganise", request)
    assert (done.effect.people, done.effect.communities) == (3, 1)


async def test_what_others_keep_stops_a_closing_and_a_leaving(office: Office, desk: Desk) -> None:
    office.far.rows = {"customer.customer": 2, "dispatch.task": 1}
    close = pb.UpdateUnitRequest(id=desk.units["D-NETWORK"], valid_to="2026-11-22")
    code, reason, data = await office.refused("UpdateUnit", close)
    assert (code, reason, data["customers"], data["tasks"]) == ("FAILED_PRECONDITION", "UNIT_IN_USE", "2", "1")
    leave = pb.EndStaffMemberRequest(staff_number="m001", reason="离职")
    code, reason, data = await office.refused("EndStaffMember", leave)
    assert (code, reason, data["customers"]) == ("INVALID_ARGUMENT", "SUCCESSOR_MISSING", "2")
    counted = await office.call("PreviewHandover", pb.PreviewHandoverRequest(staff_number="m001"))
    assert (counted.customers, counted.tasks) == (2, 1)
    office.far.rows = {}
    ended = await office.call("EndStaffMember", leave)
    assert ended.member.state == pb.STAFF_STATE_LEFT


async def test_nothing_is_closed_or_ended_on_a_guess(office: Office, desk: Desk) -> None:
    office.far.away = True
    close = pb.UpdateUnitRequest(id=desk.units["D-NETWORK"], valid_to="2026-11-22")
    assert (await office.refused("UpdateUnit", close))[:2] == ("UNAVAILABLE", "COUNTS_UNAVAILABLE")
    leave = pb.EndStaffMemberRequest(staff_number="m001", reason="离职")
    assert (await office.refused("EndStaffMember", leave))[:2] == ("UNAVAILABLE", "COUNTS_UNAVAILABLE")
    assert desk.history() == []
    rename = pb.UpdateUnitRequest(id=desk.units["D-NETWORK"], name="网络部")
    assert (await office.call("UpdateUnit", rename)).unit.name == "网络部"


async def test_a_masked_telephone_is_masked_in_record_and_history(office: Office, desk: Desk) -> None:
    changed = pb.StaffMember(phone="15400001111")
    await office.call(
        "UpdateStaffMember",
        pb.UpdateStaffMemberRequest(staff_number="m001", version=1, member=changed, fields=["phone"]),
    )
    got = await office.call("GetStaffMember", pb.GetStaffMemberRequest(staff_number="m001"))
    assert got.member.phone == "15400001111"
    desk.papers["access.grants"] = rules("phone", access_pb2.COLUMN_RIGHT_MASKED)
    got = await office.call("GetStaffMember", pb.GetStaffMemberRequest(staff_number="m001"))
    assert (got.member.phone, list(got.columns.masked)) == ("154****1111", ["phone"])
    listed = await office.call("ListOrganisationChanges", pb.ListOrganisationChangesRequest(record_id=got.member.id))
    (line,) = listed.changes
    assert (line.field, line.old_value, line.new_value) == ("phone", "154****2261", "154****1111")


async def test_pages_of_staff_follow_each_other(office: Office) -> None:
    request = pb.ListStaffMembersRequest()
    request.page.size, request.page.with_total = 2, True
    first = await office.call("ListStaffMembers", request)
    assert ([each.staff_number for each in first.members], first.page.total) == (["c01", "m001"], 3)
    request.page.cursor = first.page.next_cursor
    second = await office.call("ListStaffMembers", request)
    assert ([each.staff_number for each in second.members], second.page.next_cursor) == (["z01"], "")


def with_rules(desk: Desk) -> None:
    """Takes the administrator on and puts the product's rules in force: exports go by the rules in the database."""
    unit = desk.units["B01"]
    desk.run(
        create_staff_member, "r-admin", "admin", desk.fields(unit_id=unit, positions=("administrator",)), "{}", ZONE
    )
    desk.run(follow_product)


async def test_files_go_out_and_come_in(office: Office, desk: Desk) -> None:
    with_rules(desk)
    out = await office.call("ExportStaff", pb.ExportStaffRequest(reason="季度核对"))
    assert out.name == "员工-20261122-1200.xlsx"
    seen = await office.call("ImportStaff", pb.ImportStaffRequest(file=out.file, preview=True))
    assert (seen.read, seen.skipped) == (4, 4)
    code, reason, data = await office.refused("ImportStaff", pb.ImportStaffRequest(request_id="f", file=b"x"))
    assert (code, reason, data["field"]) == ("INVALID_ARGUMENT", "FILE_NOT_XLSX", "file")


async def test_many_leave_only_after_a_second_person_agreed(office: Office, desk: Desk) -> None:
    with_rules(desk)
    office.limits["export_rows"] = 3
    wanted = pb.ExportStaffRequest(reason="季度核对")
    code, reason, data = await office.refused("ExportStaff", wanted)
    assert (code, reason, data["rows"]) == ("FAILED_PRECONDITION", "APPROVAL_AWAITED", "4")
    (waiting,) = desk.rows(approvals)
    assert (waiting.kind, waiting.state, waiting.requested_by) == ("export", "waiting", "admin")
    with desk.database.engine.begin() as connection:
        connection.execute(approvals.update().values(state="approved"))
    assert (await office.call("ExportStaff", wanted)).file[:2] == b"PK"
    with desk.database.engine.begin() as connection:
        connection.execute(approvals.update().values(state="refused"))
    assert (await office.refused("ExportStaff", wanted))[1] == "EXPORT_REFUSED"
    assert (await office.refused("ExportStaff", pb.ExportStaffRequest(reason="x")))[1] == "REASON_TOO_SHORT"


async def test_where_no_keycloak_is_told_of_there_is_no_sweep(office: Office) -> None:
    code, reason, _ = await office.refused("SweepAccounts", pb.SweepAccountsRequest())
    assert (code, reason) == ("FAILED_PRECONDITION", "ACCOUNTS_NOT_CONFIGURED")
    listed = await office.call("ListAccountDrift", pb.ListAccountDriftRequest())
    assert not listed.HasField("swept_at")


@pytest.mark.parametrize(
    "method", [name for name in vars(organisation_pb2_grpc.OrganisationServiceServicer) if name[0].isupper()]
)
async def test_every_call_is_answered_and_none_without_a_rule(office: Office, method: str) -> None:
    contract = organisation_pb2_grpc.OrganisationServiceServicer
    assert getattr(OrganisationServicer, method) is not getattr(contract, method)
    request = getattr(pb, f"{method}Request")()
    assert (await office.refused(method, request, number="x1", role="editor"))[:2] == (
        "PERMISSION_DENIED",
        "PERMISSION_DENIED",
    )


async def test_a_wrong_day_names_its_field(office: Office, desk: Desk) -> None:
    request = joiner(desk)
    request.member.valid_from = "tomorrow"
    code, reason, data = await office.refused("CreateStaffMember", request)
    assert (code, reason, data["field"]) == ("INVALID_ARGUMENT", "DATE_INVALID", "member.valid_from")
