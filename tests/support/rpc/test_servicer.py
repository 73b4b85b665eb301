"""The calls of support over a real channel, with the gate in front and the rules of the product's own table."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from crm.common.v1 import access_pb2
from crm.support.v1 import support_pb2 as pb
from crm.support.v1 import support_pb2_grpc
from grpc import aio

from chassis.access import GRANTS_KEY, AccessBook
from chassis.clock import FixedClock
from chassis.database import Database
from chassis.identity import TokenVerifier
from chassis.interceptors import Gatekeeper, Interceptor
from support import rules_document
from support.actions.settings import prepare
from support.messaging.publish import encode
from support.rpc.servicer import SupportServicer
from support.storage.tables import plumbing
from tests.chassis.issuer import ISSUER, Issuer
from tests.support.branch import ADMIN, NOON, TODAY, ZONE
from tests.support.refusals import refused

UNITS = [
    pb.UnitRow(code="BR", name="云州分公司", kind=pb.UNIT_KIND_BRANCH),
    pb.UnitRow(code="B01", name="鼓楼局", kind=pb.UNIT_KIND_BUREAU, parent_code="BR"),
    pb.UnitRow(code="B01-C01", name="翠湖社区", kind=pb.UNIT_KIND_COMMUNITY, parent_code="B01"),
]
STAFF = [
    pb.StaffRow(staff_number=f"m{number:03d}", name=name, unit_code="B01-C01", roles=["customer_manager"])
    for number, name in enumerate(("王敏", "周建平", "单雄"), start=1)
]


@pytest.fixture
async def stub(issuer: Issuer, database: Database) -> AsyncIterator[Any]:
    access = AccessBook({GRANTS_KEY: rules_document.default_document().SerializeToString()})
    opened = Database(database.engine.url, clock=FixedClock(NOON), plumbing=plumbing, encode=encode, access=access)
    opened.run_sync(ADMIN, prepare, TODAY)
    verifier = TokenVerifier(issuer=ISSUER, jwks_url=issuer.jwks_url, audience="support", people=access)
    server = aio.server(interceptors=[Interceptor("support", Gatekeeper(verifier, access))])
    support_pb2_grpc.add_SupportServiceServicer_to_server(SupportServicer(opened, FixedClock(NOON), ZONE), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield support_pb2_grpc.SupportServiceStub(channel)
    await server.stop(0)
    opened.close()


@pytest.fixture
def as_(issuer: Issuer) -> Any:
    def metadata(number: str, role: str, **claims: Any) -> tuple[tuple[str, str], ...]:
        token = issuer.token(preferred_username=number, name=number, realm_access={"roles": [role]}, **claims)
        return (("authorization", f"Bearer {token}"),)

    return metadata


@pytest.fixture
def machine(as_: Any) -> Any:
    return as_("service-account-ods-files", "importer", azp="ods-files")


async def test_a_machine_fills_an_empty_branch_and_its_people_find_themselves(
    stub: Any, as_: Any, machine: Any
) -> None:
    request = pb.ImportOrganisationRequest(request_id="r1", units=UNITS, staff=STAFF)
    answer = await stub.ImportOrganisation(request, metadata=machine)
    assert answer == pb.ImportOrganisationResponse(read=6, created=6)
    me = await stub.GetMe(pb.GetMeRequest(), metadata=as_("m001", "customer_manager"))
    assert (me.person.name, me.person.version, list(me.person.roles)) == ("王敏", 1, ["customer_manager"])
    assert [unit.code for unit in me.units] == ["BR", "B01", "B01-C01"]
    assert list(me.person.community_ids) == [me.units[2].id]
    assert list(me.person.bureau_ids) == [me.units[1].id]
    own = [grant.form for grant in me.grants if grant.scope == access_pb2.ROW_SCOPE_OWN]
    assert own == ["customer.appointment", "customer.customer", "dispatch.task"]


async def test_somebody_the_branch_has_no_record_of_is_what_the_token_says(stub: Any, as_: Any) -> None:
    me = await stub.GetMe(pb.GetMeRequest(), metadata=as_("admin", "administrator"))
    assert (me.person.staff_number, list(me.person.roles), len(me.units)) == ("admin", ["administrator"], 0)
    assert "support.organisation" in {grant.form for grant in me.grants}


async def test_staff_are_found_by_sound_number_unit_and_role_page_by_page(stub: Any, as_: Any, machine: Any) -> None:
    await stub.ImportOrganisation(
        pb.ImportOrganisationRequest(request_id="r1", units=UNITS, staff=STAFF), metadata=machine
    )
    manager = as_("m001", "customer_manager")

    async def found(**asked: Any) -> list[str]:
        answer = await stub.ListStaff(pb.ListStaffRequest(**asked), metadata=manager)
        return [person.staff_number for person in answer.staff]

    units = await stub.ListUnits(pb.ListUnitsRequest(kinds=[pb.UNIT_KIND_BUREAU]), metadata=manager)
    assert await found(query="wangm") == await found(query="王") == ["m001"]
    assert await found(query="sx") == ["m003"]
    assert await found(query="M00") == ["m001", "m002", "m003"]
    assert await found(query="%") == []
    assert await found(unit_id=units.units[0].id, role="customer_manager") == ["m001", "m002", "m003"]
    first = pb.ListStaffRequest()
    first.page.size, first.page.with_total = 2, True
    answer = await stub.ListStaff(first, metadata=manager)
    assert ([person.staff_number for person in answer.staff], answer.page.total) == (["m001", "m002"], 3)
    first.page.cursor = answer.page.next_cursor
    answer = await stub.ListStaff(first, metadata=manager)
    assert ([person.staff_number for person in answer.staff], answer.page.next_cursor) == (["m003"], "")


async def test_today_is_the_branchs_day(stub: Any, as_: Any) -> None:
    manager = as_("m001", "customer_manager")
    answer = await stub.GetDay(pb.GetDayRequest(), metadata=manager)
    assert answer == pb.GetDayResponse(
        day=pb.CalendarDay(date="2026-11-22"),
        lunar_zh="农历十月十四",
        lunar_en="14th of the 10th lunar month",
        solar_term_zh="小雪",
        year_published=True,
    )
    assert (await stub.GetDay(pb.GetDayRequest(date="2026-10-10"), metadata=manager)).day.make_up
    assert await refused(stub.GetDay(pb.GetDayRequest(date="tomorrow"), metadata=manager)) == (
        "INVALID_ARGUMENT",
        "DATE_INVALID",
        {"field": "date", "value": "tomorrow"},
    )


async def test_a_year_is_set_by_an_administrator_who_saw_it(stub: Any, as_: Any) -> None:
    admin = as_("admin", "administrator")
    days = [pb.CalendarDay(date="2027-02-20", working=True, make_up=True)]
    request = pb.SetCalendarDaysRequest(year=2027, version=1, days=days, published=True)
    answer = await stub.SetCalendarDays(request, metadata=admin)
    assert (answer.calendar.version, answer.calendar.published) == (2, True)
    assert pb.CalendarDay(date="2027-02-20", working=True, make_up=True, local=True) in answer.calendar.days
    assert answer.calendar.confirmed_by == "admin"
    assert await refused(stub.SetCalendarDays(request, metadata=admin)) == (
        "ABORTED",
        "STALE_VERSION",
        {"form": "support.calendar", "id": "2027", "version": "2"},
    )
    got = await stub.GetCalendarYear(pb.GetCalendarYearRequest(year=2027), metadata=as_("m001", "customer_manager"))
    assert got.calendar == answer.calendar
    out = stub.GetCalendarYear(pb.GetCalendarYearRequest(year=1999), metadata=admin)
    assert (await refused(out))[1] == "YEAR_OUT_OF_RANGE"


REFUSALS = [
    ("ImportOrganisation", pb.ImportOrganisationRequest(request_id="r"), "customer_manager"),
    ("ImportOrganisation", pb.ImportOrganisationRequest(request_id="r"), "external_system"),
    ("SetCalendarDays", pb.SetCalendarDaysRequest(year=2026, version=1), "supervisor"),
    ("ListSignIns", pb.ListSignInsRequest(), "bureau_chief"),
    ("ListStaff", pb.ListStaffRequest(), "external_system"),
    ("GetCalendarYear", pb.GetCalendarYearRequest(year=2026), "unheard_of"),
]


@pytest.mark.parametrize(("method", "request_", "role"), REFUSALS)
async def test_what_no_rule_allows_is_refused(stub: Any, as_: Any, method: str, request_: Any, role: str) -> None:
    code, reason, _ = await refused(getattr(stub, method)(request_, metadata=as_("x1", role)))
    assert (code, reason) == ("PERMISSION_DENIED", "PERMISSION_DENIED")


async def test_a_request_without_an_id_is_refused(stub: Any, machine: Any) -> None:
    code, reason, data = await refused(stub.ImportOrganisation(pb.ImportOrganisationRequest(), metadata=machine))
    assert (code, reason, data["field"]) == ("INVALID_ARGUMENT", "REQUEST_ID_MISSING", "request_id")
