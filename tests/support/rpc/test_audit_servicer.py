"""The calls of the audit over a real channel: each sees the rows within reach, and no more."""

import io
from collections.abc import AsyncIterator, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from crm.common.v1 import access_pb2, page_pb2, person_pb2
from crm.support.v1 import audit_pb2 as pb
from crm.support.v1 import audit_pb2_grpc
from google.rpc import error_details_pb2
from grpc import aio
from grpc_status import rpc_status
from python_calamine import CalamineWorkbook

from chassis.access import GRANTS_KEY, PERSON_PREFIX, AccessBook
from chassis.clock import FixedClock
from chassis.database import Database
from chassis.identity import TokenVerifier
from chassis.interceptors import Gatekeeper, Interceptor
from support.actions.import_organisation import import_organisation
from support.actions.newest_rules import Frame
from support.actions.product_policy import follow_product
from support.audit_parameters import Thresholds
from support.domain.audit import AuditKind, AuditNote, Verdict, Wrong
from support.domain.disclosure import Limits
from support.domain.organisation_import import StaffRow
from support.messaging.publish import encode
from support.rpc.audit_servicer import AuditServicer
from support.storage.tables import plumbing, units
from tests.chassis.issuer import ISSUER, Issuer, serving
from tests.support.audit_trail import audit_rule, note, record, rows, views, with_staff
from tests.support.branch import IMPORTER, NOON, TODAY, ZONE

DAY = TODAY.isoformat()
NIGHT = NOON.replace(hour=15)  # 23:00 in the branch


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with serving() as found:
        yield found


SEE, CHANGE, EXPORT = access_pb2.ACTION_SEE, access_pb2.ACTION_CHANGE, access_pb2.ACTION_EXPORT


def published(database: Database) -> dict[str, bytes]:
    """The rules of the product for administrator and operator, others beside them, and where people belong."""
    everything = (SEE, CHANGE, EXPORT, access_pb2.ACTION_APPROVE)
    rules = [
        audit_rule("administrator", access_pb2.ROW_SCOPE_ALL, *everything),
        audit_rule("operator", access_pb2.ROW_SCOPE_ALL, SEE),
        audit_rule("bureau_chief", access_pb2.ROW_SCOPE_BUREAU, SEE),
        audit_rule("customer_manager", access_pb2.ROW_SCOPE_OWN, SEE),
    ]
    bureau = unit(database, "B01")
    chief = person_pb2.PersonDocument(
        staff_number="c01", name="c01", active=True, bureau_ids=[bureau], unit_id=bureau, roles=["bureau_chief"]
    )
    return {
        GRANTS_KEY: access_pb2.GrantsDocument(grants=rules).SerializeToString(),
        PERSON_PREFIX + "c01": chief.SerializeToString(),
    }


@pytest.fixture
async def stub(issuer: Issuer, database: Database) -> AsyncIterator[Any]:
    with_staff(database)
    access = AccessBook(published(database))
    opened = Database(database.engine.url, clock=FixedClock(NOON), plumbing=plumbing, encode=encode, access=access)
    verifier = TokenVerifier(issuer=ISSUER, jwks_url=issuer.jwks_url, audience="support", people=access)

    async def verify(day: date) -> Verdict:
        return Verdict(day, 3) if day == TODAY else Verdict(day, 2, 2, Wrong.MISSING)

    servicer = AuditServicer(
        opened, FixedClock(NOON), ZONE, lambda: Thresholds(3, 5, 2), verify, lambda: Frame(ZONE, {}, lambda _: Limits())
    )
    server = aio.server(interceptors=[Interceptor("support", Gatekeeper(verifier, access))])
    audit_pb2_grpc.add_AuditServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield audit_pb2_grpc.AuditServiceStub(channel)
    await server.stop(0)
    opened.close()


@pytest.fixture
def as_(issuer: Issuer) -> Any:
    def metadata(number: str, role: str, language: str = "zh-CN") -> tuple[tuple[str, str], ...]:
        token = issuer.token(preferred_username=number, name=number, realm_access={"roles": [role]})
        return (
            ("authorization", f"Bearer {token}"),
            ("x-forwarded-for", "10.1.2.9"),
            ("accept-language", language),
        )

    return metadata


@pytest.fixture
def admin(as_: Any) -> Any:
    return as_("admin", "administrator")


async def refused(call: Any) -> tuple[str, str, dict[str, str]]:
    with pytest.raises(aio.AioRpcError) as caught:
        await call
    status = rpc_status.from_call(caught.value)  # type: ignore[arg-type]  # an aio error carries what the function reads
    info = error_details_pb2.ErrorInfo()
    if status is not None:
        status.details[0].Unpack(info)
    return caught.value.code().name, info.reason, dict(info.metadata)


def unit(database: Database, code: str) -> str:
    with database.engine.connect() as connection:
        return str(connection.execute(units.select().where(units.c.code == code)).one().id)


async def numbers(stub: Any, who: Any, **wanted: Any) -> list[str]:
    asked = pb.ListAuditEntriesRequest(filter=pb.AuditFilter(**wanted), page=page_pb2.PageRequest(with_total=True))
    answer = await stub.ListAuditEntries(asked, metadata=who)
    assert answer.page.total == len(answer.entries)
    return [entry.staff_number for entry in answer.entries]


async def test_an_entry_is_shown_whole(stub: Any, admin: Any, database: Database) -> None:
    record(database, AuditNote(AuditKind.SIGN_OUT, "m001", NOON, ip="10.1.2.3", device="Firefox 140", detail="idle"))
    answer = await stub.ListAuditEntries(pb.ListAuditEntriesRequest(), metadata=admin)
    wanted = pb.AuditEntry(
        day=DAY,
        sequence=1,
        kind=pb.AUDIT_KIND_SIGN_OUT,
        staff_number="m001",
        name="王敏",
        unit_id=unit(database, "B01-C01"),
        ip="10.1.2.3",
        device="Firefox 140",
        detail="idle",
    )
    wanted.at.FromDatetime(NOON)
    assert list(answer.entries) == [wanted]


async def test_filters(stub: Any, admin: Any, database: Database) -> None:
    week = timedelta(days=7)
    record(
        database,
        note("m001", NOON - week),
        note("z01", record_id="r2"),
        note("c01", kind=AuditKind.PAGE_VIEW, detail="/customers"),
        note("d-network", NOON - timedelta(days=40)),
    )
    assert await numbers(stub, admin) == ["c01", "z01", "m001"], "thirty days, newest first"
    assert await numbers(stub, admin, staff_number="m001") == ["m001"]
    assert await numbers(stub, admin, record_id="r2") == ["z01"]
    assert await numbers(stub, admin, form="customer.customer") == ["z01", "m001"]
    assert await numbers(stub, admin, kinds=[pb.AUDIT_KIND_PAGE_VIEW]) == ["c01"]
    assert await numbers(stub, admin, from_day=DAY) == ["c01", "z01"]
    assert await numbers(stub, admin, to_day=(TODAY - week).isoformat()) == ["m001"]
    assert await numbers(stub, admin, from_day="2026-10-01") == ["c01", "z01", "m001", "d-network"]
    assert await numbers(stub, admin, unit_id=unit(database, "B01")) == ["c01", "z01", "m001"]
    assert await numbers(stub, admin, unit_id=unit(database, "B01-C01")) == ["m001"]
    assert await numbers(stub, admin, unit_id=unit(database, "BR")) == ["c01", "z01", "m001"]
    assert await numbers(stub, admin, unit_id=unit(database, "B02")) == []


async def test_rows_within_reach(stub: Any, as_: Any, database: Database) -> None:
    record(database, note("m001"), note("z01"), note("nobody"), note("admin"))
    chief, manager = as_("c01", "bureau_chief"), as_("m001", "customer_manager")
    assert await numbers(stub, chief) == ["z01", "m001"]
    assert await numbers(stub, chief, staff_number="admin") == []
    assert await numbers(stub, manager) == ["m001"]
    assert await numbers(stub, as_("operator", "operator")) == ["admin", "nobody", "z01", "m001"]
    assert (await refused(numbers(stub, as_("z01", "seat_manager"))))[0] == "PERMISSION_DENIED"
    asked = pb.CountAuditEntriesRequest(by="person")
    assert [each.key for each in (await stub.CountAuditEntries(asked, metadata=chief)).counts] == ["m001", "z01"]
    export = stub.ExportAuditEntries(pb.ExportAuditEntriesRequest(), metadata=as_("operator", "operator"))
    assert (await refused(export))[0] == "PERMISSION_DENIED"


async def test_pages_neither_skip_nor_repeat(stub: Any, admin: Any, database: Database) -> None:
    record(database, *(note(record_id=f"r{place}", at=NOON + timedelta(seconds=place // 3)) for place in range(8)))
    found: list[int] = []
    cursor = ""
    while True:
        page = page_pb2.PageRequest(size=3, cursor=cursor)
        answer = await stub.ListAuditEntries(pb.ListAuditEntriesRequest(page=page), metadata=admin)
        found += [entry.sequence for entry in answer.entries]
        cursor = answer.page.next_cursor
        if not cursor:
            break
    assert found == [8, 7, 6, 5, 4, 3, 2, 1]


async def test_counts(stub: Any, admin: Any, database: Database) -> None:
    yesterday = NOON - timedelta(days=1)
    record(
        database,
        *[note("m001", record_id="r1")] * 3,
        note("m001", record_id="r2"),
        note("m001", kind=AuditKind.SIGN_IN),
        note("m001", kind=AuditKind.EXPORT),
        note("m001", kind=AuditKind.UNMASK),
        note("z01", yesterday, kind=AuditKind.PAGE_VIEW),
        note("nobody", yesterday, kind=AuditKind.SIGN_IN_FAILED),
    )

    async def counts(by: str) -> list[pb.AuditCount]:
        return list((await stub.CountAuditEntries(pb.CountAuditEntriesRequest(by=by), metadata=admin)).counts)

    of_m001: dict[str, Any] = {"sign_ins": 1, "record_views": 4, "records": 2, "disclosures": 2}
    assert await counts("person") == [
        pb.AuditCount(key="m001", name="王敏", **of_m001),
        pb.AuditCount(key="nobody", failed=1),
        pb.AuditCount(key="z01", name="林晓芳", page_views=1),
    ]
    assert await counts("day") == [
        pb.AuditCount(key=DAY, **of_m001),
        pb.AuditCount(key="2026-11-21", failed=1, page_views=1),
    ]
    by_unit = {each.key: each for each in await counts("unit")}
    assert set(by_unit) == {unit(database, "B01-C01"), unit(database, "B01"), ""}
    assert by_unit[unit(database, "B01-C01")].record_views == 4
    assert (await refused(counts("hour")))[1:] == (
        "FIELD_INVALID",
        {"field": "by", "allowed": "person unit day"},
    )


async def test_findings(stub: Any, admin: Any, as_: Any, database: Database) -> None:
    failed = [note("nobody", kind=AuditKind.SIGN_IN_FAILED)] * 3
    record(
        database,
        *views("m001", 6),
        *[note("z01", record_id="r1")] * 9,  # one record, however often, is no mass
        *views("c01", 2, NIGHT),
        *views("c01", 2, NIGHT + timedelta(hours=4)),  # 03:00 of the day after: the same night
        *views("z01", 3, NIGHT),
        *failed,
        *[note("m001", kind=AuditKind.SIGN_IN_FAILED)] * 2,
    )

    async def findings(who: Any, **days: str) -> list[pb.AuditFinding]:
        return list((await stub.ListAuditFindings(pb.ListAuditFindingsRequest(**days), metadata=who)).findings)

    mass = pb.AuditFinding(kind="MASS_VIEWS", staff_number="m001", name="王敏", day=DAY, count=6, threshold=5)
    many = pb.AuditFinding(kind="MANY_FAILED_SIGN_INS", staff_number="nobody", day=DAY, count=3, threshold=2)
    night = pb.AuditFinding(kind="NIGHT_VIEWS", staff_number="c01", name="赵永华", day=DAY, count=4, threshold=3)
    assert await findings(admin) == [many, mass, night]
    assert await findings(admin, to_day="2026-11-21") == []
    assert await findings(as_("c01", "bureau_chief")) == [mass, night]
    assert await findings(as_("m001", "customer_manager")) == [mass]


async def test_the_file_says_who_and_when(stub: Any, admin: Any, as_: Any, database: Database) -> None:
    admin_row = StaffRow("admin", "admin", "", "BR", (), ("administrator",))
    database.run_sync(IMPORTER, import_organisation, "r-admin", [], [admin_row], ZONE)
    database.run_sync(IMPORTER, follow_product)
    record(database, note("m001", form="=1+1"), note("z01"))
    answer = await stub.ExportAuditEntries(
        pb.ExportAuditEntriesRequest(filter=pb.AuditFilter(staff_number="m001"), reason="季度检查"), metadata=admin
    )
    assert answer.name == "audit-20261122-120000-admin.xlsx"
    watermark, headings, *entries = (
        CalamineWorkbook.from_filelike(io.BytesIO(answer.file)).get_sheet_by_index(0).to_python()
    )
    assert watermark[0] == "导出人 admin (admin)　导出时间 2026-11-22 12:00:00　来自 10.1.2.9"
    assert headings[:4] == ["时间", "类别", "工号", "姓名"]
    assert [row[:5] for row in entries] == [["2026-11-22 12:00:00", "查看记录", "m001", "王敏", "翠湖社区"]]
    assert entries[0][8] == "=1+1", "text, not a formula"
    in_english = await stub.ExportAuditEntries(
        pb.ExportAuditEntriesRequest(reason="quarterly check"), metadata=as_("admin", "administrator", "en")
    )
    top = CalamineWorkbook.from_filelike(io.BytesIO(in_english.file)).get_sheet_by_index(0).to_python()[0][0]
    assert top == "Exported by admin (admin) at 2026-11-22 12:00:00 from 10.1.2.9"
    record(database)
    taken = [(row.staff_number, row.form, row.detail) for row in rows(database) if row.kind == "export"]
    assert taken == [
        ("admin", "support.audit", "1 rows: 季度检查"),
        ("admin", "support.audit", "2 rows: quarterly check"),
    ]


async def test_a_page_view_is_recorded_without_what_was_searched(stub: Any, as_: Any, database: Database) -> None:
    seat = as_("z01", "seat_manager")
    await stub.RecordPageView(pb.RecordPageViewRequest(path="/customers?query=13800000000#x"), metadata=seat)
    record(database)
    (row,) = rows(database)
    assert (row.kind, row.staff_number, row.ip, row.detail) == ("page_view", "z01", "10.1.2.9", "/customers")
    for path in ("", "customers", "/" + "x" * 200):
        call = stub.RecordPageView(pb.RecordPageViewRequest(path=path), metadata=seat)
        assert (await refused(call))[1] == "PATH_INVALID"


async def test_subnets_are_set_traced_and_refused(stub: Any, admin: Any, as_: Any, database: Database) -> None:
    given = [pb.Subnet(cidr="10.0.0.0/8", place="分公司"), pb.Subnet(cidr="10.1.2.0/24", place="翠湖")]
    answer = await stub.SetSubnets(pb.SetSubnetsRequest(subnets=given), metadata=admin)
    assert [each.cidr for each in answer.subnets] == ["10.1.2.0/24", "10.0.0.0/8"]
    changed = [pb.Subnet(cidr="10.0.0.0/8", place="总部")]
    await stub.SetSubnets(pb.SetSubnetsRequest(subnets=changed), metadata=admin)
    assert list((await stub.ListSubnets(pb.ListSubnetsRequest(), metadata=admin)).subnets) == changed
    with database.engine.connect() as connection:
        changes = connection.execute(plumbing.changes.select().where(plumbing.changes.c.form == "support.audit"))
        traced = sorted((row.field, row.old_value or "", row.new_value or "") for row in changes)
    assert traced == [
        ("10.0.0.0/8", "", "分公司"),
        ("10.0.0.0/8", "分公司", "总部"),
        ("10.1.2.0/24", "", "翠湖"),
        ("10.1.2.0/24", "翠湖", ""),
    ]
    wrong = stub.SetSubnets(pb.SetSubnetsRequest(subnets=[pb.Subnet(cidr="ten", place="x")]), metadata=admin)
    assert await refused(wrong) == (
        "INVALID_ARGUMENT",
        "SUBNET_INVALID",
        {"field": "subnets[0].cidr", "value": "ten"},
    )
    call = stub.SetSubnets(pb.SetSubnetsRequest(), metadata=as_("operator", "operator"))
    assert (await refused(call))[0] == "PERMISSION_DENIED"


async def test_a_verification_names_the_place(stub: Any, admin: Any) -> None:
    answer = await stub.VerifyAuditDay(pb.VerifyAuditDayRequest(day=DAY), metadata=admin)
    assert answer == pb.VerifyAuditDayResponse(intact=True, entries=3)
    wrong = await stub.VerifyAuditDay(pb.VerifyAuditDayRequest(day="2026-11-21"), metadata=admin)
    assert wrong == pb.VerifyAuditDayResponse(entries=2, first_wrong=2, reason="MISSING")


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (pb.AuditFilter(from_day="2026-11-23"), "DAYS_TURNED_ROUND"),
        (pb.AuditFilter(from_day="2020-01-01"), "DAYS_TOO_MANY"),
        (pb.AuditFilter(kinds=[99]), "FIELD_INVALID"),  # type: ignore[list-item]  # no kind of ours
    ],
)
async def test_wrong_filters_are_refused(stub: Any, admin: Any, wanted: pb.AuditFilter, reason: str) -> None:
    call = stub.ListAuditEntries(pb.ListAuditEntriesRequest(filter=wanted), metadata=admin)
    assert (await refused(call))[1] == reason
