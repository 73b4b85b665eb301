"""Staff as an XLSX file: what goes out can come in again, and what is wrong is named by row and field."""

import io
import zipfile
from datetime import datetime
from typing import Any

import pytest
import xlsxwriter
from crm.common.v1 import access_pb2
from python_calamine import CalamineWorkbook

from chassis.access import GRANTS_KEY
from support.actions.staff_files import import_staff, staff_to_export
from support.domain.errors import FieldRefused
from support.domain.organisation import StaffState
from support.domain.organisation_import import FailedRow, ImportResult
from support.rpc.staff_rows import sheet_rows
from support.staff_sheet import LARGEST, Sheet, read_sheet, write_sheet
from support.storage.organisation_tables import account_changes
from tests.support.branch import ZONE
from tests.support.organisation_desk import Desk, rules

AT = datetime(2026, 11, 22, 12, 0, tzinfo=ZONE)
HEADINGS = ("工号", "姓名", "工作电话", "单位编码", "兼管单位编码", "岗位", "入职日期", "离职日期")


def book(*rows: tuple[Any, ...], headings: tuple[str, ...] = HEADINGS) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as made:
        sheet = made.add_worksheet()
        for number, row in enumerate((headings, *rows)):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def bring_in(desk: Desk, file: bytes, *, preview: bool = False, request_id: str = "f1") -> ImportResult:
    sheet = read_sheet(file)
    return desk.run(import_staff, request_id, str(hash(file)), sheet.rows, sheet.failed, ZONE, preview=preview)


def take_out(desk: Desk) -> bytes:
    views, units = desk.run(staff_to_export, "")
    return write_sheet(sheet_rows(views, units), "何静(admin)", AT)


FILE = book(
    ("M010", "赵强", 15400002222.0, "B02", "B01-C01、B01", "客户经理,editor", "2026/11/01", ""),
    ("m001", "王敏", "15438172261", "B01-C01", "", "客户经理", "", ""),
    ("z01", "林晓芳", "15400003333", "B01", "B02", "座席经理", "", "2027-03-31"),
    ("m011", "钱丽", "", "B99", "", "客户经理", "", ""),
    ("m012", "孙伟", "", "B01", "", "大王", "", ""),
    ("m013", "李华", "", "B01", "", "", "昨天", ""),
    ("m010", "赵强", "", "B02", "", "", "", ""),
    ("", "无名", "", "B02", "", "", "", ""),
    ("c01", "赵永华", "", "B01", "", "局长", "", "2020-01-01"),
)


def test_each_row_is_created_updated_skipped_or_refused_by_field(desk: Desk) -> None:
    result = bring_in(desk, FILE)
    assert (result.read, result.created, result.updated, result.skipped) == (9, 1, 1, 1)
    assert result.failed == (
        FailedRow("staff", "5", "unit_code", "UNIT_UNKNOWN"),
        FailedRow("staff", "6", "roles", "ROLE_UNKNOWN"),
        FailedRow("staff", "7", "valid_from", "DATE_INVALID"),
        FailedRow("staff", "8", "staff_number", "STAFF_NUMBER_REPEATED"),
        FailedRow("staff", "9", "staff_number", "STAFF_NUMBER_INVALID"),
        FailedRow("staff", "10", "valid_to", "VALID_TO_BEFORE_FROM"),
    )
    assert result.read == result.created + result.updated + result.skipped + len(result.failed)
    new = desk.person("m010")
    assert (new.phone, new.unit_id, len(new.also), new.roles) == (
        "15400002222",
        desk.units["B02"],
        2,
        ("customer_manager", "editor"),
    )
    assert str(new.valid_from) == "2026-11-01"
    assert (str(desk.person("z01").valid_to), desk.person("z01").state) == ("2027-03-31", StaffState.ACTIVE)
    # Somebody new needs an account; a telephone number alone does not touch one, and nobody gets a new password.
    assert desk.accounts() == [("m010", False, False)]


def test_a_preview_answers_the_same_and_changes_nothing(desk: Desk) -> None:
    seen = bring_in(desk, FILE, preview=True)
    assert (desk.history(), desk.rows(account_changes)) == ([], [])
    assert bring_in(desk, FILE) == seen
    assert bring_in(desk, FILE) == seen
    assert bring_in(desk, FILE, request_id="f2").created == 0


def test_what_is_taken_out_comes_in_again_unchanged(desk: Desk) -> None:
    file = take_out(desk)
    result = bring_in(desk, file)
    assert (result.read, result.skipped, result.failed) == (3, 3, ())


def test_a_file_taken_out_says_who_took_it_and_when(desk: Desk) -> None:
    file = take_out(desk)
    first = CalamineWorkbook.from_filelike(io.BytesIO(file)).get_sheet_by_index(0).to_python()[0][0]
    assert "何静(admin) 2026-11-22 12:00" in str(first)
    with zipfile.ZipFile(io.BytesIO(file)) as package:
        sheet = package.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("何静(admin) 2026-11-22 12:00") == 2


def test_a_masked_telephone_stays_masked_in_a_file_and_is_not_taken_back(desk: Desk) -> None:
    desk.papers[GRANTS_KEY] = rules("phone", access_pb2.COLUMN_RIGHT_MASKED)
    file = take_out(desk)
    assert b"15438172261" not in zipfile.ZipFile(io.BytesIO(file)).read("xl/sharedStrings.xml")
    result = bring_in(desk, file)
    assert result.failed == (FailedRow("staff", "4", "phone", "MASKED_VALUE"),)


def test_what_looks_like_a_formula_stays_text() -> None:
    rows = [{"staff_number": "m001", "name": '=HYPERLINK("http://x")'}]
    with zipfile.ZipFile(io.BytesIO(write_sheet(rows, "x", AT))) as package:
        assert b"<f>" not in package.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (b"no workbook", "FILE_NOT_XLSX"),
        (b"x" * (LARGEST + 1), "FILE_TOO_LARGE"),
        (book(headings=("工号", "姓名")), "COLUMNS_MISSING"),
        (book(headings=("a", "b")), "COLUMNS_MISSING"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(file: bytes, reason: str) -> None:
    with pytest.raises(FieldRefused) as refused:
        read_sheet(file)
    assert (refused.value.reason, refused.value.data["field"]) == (reason, "file")


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet1.xml", b"0" * (80 << 20))
    with pytest.raises(FieldRefused) as refused:
        read_sheet(out.getvalue())
    assert refused.value.reason == "FILE_TOO_LARGE_UNPACKED"


def test_english_headings_are_read_too() -> None:
    sheet = read_sheet(book(("m1", "A", "B01"), headings=("staff_number", "name", "unit_code")))
    assert isinstance(sheet, Sheet)
    assert [(row.staff_number, row.place) for row in sheet.rows] == [("m1", "2")]
