"""Entries over a real channel: each sees those within reach and no more, page by page, by filters and as a file."""

import io
from datetime import timedelta
from typing import Any

import pytest
from crm.common.v1 import page_pb2
from crm.support.v1 import audit_pb2 as pb
from python_calamine import CalamineWorkbook

from chassis.database import Database
from support.actions.import_organisation import import_organisation
from support.actions.product_policy import follow_product
from support.domain.audit import AuditKind, AuditNote
from support.domain.organisation_import import StaffRow
from tests.support.audit_trail import DAY, note, record, rows
from tests.support.branch import IMPORTER, NOON, TODAY, ZONE
from tests.support.refusals import refused
from tests.support.rpc.audit.reach import unit


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


async def test_a_verification_names_the_place(stub: Any, admin: Any) -> None:
    answer = await stub.VerifyAuditDay(pb.VerifyAuditDayRequest(day=DAY), metadata=admin)
    assert answer == pb.VerifyAuditDayResponse(intact=True, entries=3)
    wrong = await stub.VerifyAuditDay(pb.VerifyAuditDayRequest(day="2026-11-21"), metadata=admin)
    assert wrong == pb.VerifyAuditDayResponse(entries=2, first_wrong=2, reason="MISSING")
