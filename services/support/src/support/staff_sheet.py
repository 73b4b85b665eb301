"""Staff as an XLSX file: read row by row, written in the shape that can be read again, marked with who took it and when."""

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from support.domain.errors import FieldRefused
from support.domain.organisation_import import FailedRow, StaffRow

LARGEST = 4 * 1024 * 1024
_MOST_UNPACKED = 64 * 1024 * 1024
_MOST_PARTS = 500
_HEADER_WITHIN = 10
# Field → what its column may be headed.
COLUMNS = {
    "staff_number": ("工号", "staff_number"),
    "name": ("姓名", "name"),
    "phone": ("工作电话", "phone"),
    "unit_code": ("单位编码", "unit_code"),
    "also_unit_codes": ("兼管单位编码", "also_unit_codes"),
    "roles": ("岗位", "positions"),
    "valid_from": ("入职日期", "valid_from"),
    "valid_to": ("离职日期", "valid_to"),
}
_REQUIRED = ("staff_number", "name", "unit_code")
# Position → its name in the sheet; either is read.
POSITIONS = {
    "customer_manager": "客户经理",
    "seat_manager": "座席经理",
    "supervisor": "客户群管理",
    "bureau_chief": "局长",
    "support_staff": "支撑部门",
    "editor": "信息编辑",
    "dispatcher": "派单员",
    "operator": "运维",
    "administrator": "系统管理员",
}
_BY_NAME = {name: position for position, name in POSITIONS.items()}
_SEPARATORS = str.maketrans(dict.fromkeys("、\uff0c\uff1b; ", ","))


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file says: rows that can be looked at, and those whose very cells are wrong."""

    rows: list[StaffRow]
    failed: list[FailedRow]

    @property
    def read(self) -> int:
        """Rows of the file."""
        return len(self.rows) + len(self.failed)


def read_sheet(file: bytes) -> Sheet:
    """Read a file. Refuses what is no workbook, unpacks too large, or lacks a column that must be there."""
    _look_inside(file)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(file))
        grid = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except PasswordError as error:
        raise FieldRefused("file", "FILE_ENCRYPTED") from error
    except (CalamineError, IndexError, OSError) as error:
        raise FieldRefused("file", "FILE_NOT_XLSX") from error
    return _read_grid([list(row) for row in grid])


def write_sheet(rows: Sequence[Mapping[str, str]], by: str, at: datetime) -> bytes:
    """Write rows of fields, with the note of who took them out and when above them and in header and footer."""
    out = io.BytesIO()
    mark = f"{by} {at:%Y-%m-%d %H:%M}"
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": "员工", "comments": mark, "created": at.replace(tzinfo=None)})
        sheet = book.add_worksheet("员工")
        sheet.set_header(f"&L{_plain(mark)}&R&D")
        sheet.set_footer(f"&C{_plain(mark)}  &P/&N")
        sheet.write_string(
            0, 0, f"导出:{mark}。含个人信息,仅限工作使用;导入时跳过此行。", book.add_format({"italic": True})
        )
        bold = book.add_format({"bold": True})
        for place, headings in enumerate(COLUMNS.values()):
            sheet.write_string(1, place, headings[0], bold)
        for number, row in enumerate(rows, start=2):
            for place, field in enumerate(COLUMNS):
                sheet.write_string(number, place, row.get(field, ""))
        sheet.freeze_panes(2, 1)
        sheet.set_column(0, len(COLUMNS) - 1, 16)
    return out.getvalue()


def position_names(positions: Sequence[str]) -> str:
    """Answer positions as they stand in a cell."""
    return "、".join(POSITIONS.get(position, position) for position in positions)


def _plain(text: str) -> str:
    # An ampersand begins a code there.
    return text.replace("&", "&&")


def _look_inside(file: bytes) -> None:
    if len(file) > LARGEST:
        raise FieldRefused("file", "FILE_TOO_LARGE", maximum=str(LARGEST))
    try:
        with zipfile.ZipFile(io.BytesIO(file)) as package:
            entries = package.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise FieldRefused("file", "FILE_NOT_XLSX") from error
    if len(entries) > _MOST_PARTS or sum(entry.file_size for entry in entries) > _MOST_UNPACKED:
        raise FieldRefused("file", "FILE_TOO_LARGE_UNPACKED")


def _read_grid(grid: list[list[Any]]) -> Sheet:
    header, places = _header(grid)
    sheet = Sheet([], [])
    for number, row in _filled(grid, header):
        cells = {field: _text(row[place]) if place < len(row) else "" for field, place in places.items()}
        try:
            sheet.rows.append(_row(cells, str(number)))
        except _WrongCell as wrong:
            sheet.failed.append(FailedRow("staff", str(number), wrong.field, "DATE_INVALID"))
    return sheet


def _filled(grid: list[list[Any]], header: int) -> Iterator[tuple[int, list[Any]]]:
    for number, row in enumerate(grid[header + 1 :], start=header + 2):
        if any(_text(cell) for cell in row):
            yield number, row


def _header(grid: list[list[Any]]) -> tuple[int, dict[str, int]]:
    """Where the headings stand: above them there may be a note of who took the file out."""
    known = {heading: field for field, headings in COLUMNS.items() for heading in headings}
    for number, row in enumerate(grid[:_HEADER_WITHIN]):
        places = {known[_text(cell)]: place for place, cell in enumerate(row) if _text(cell) in known}
        if "staff_number" in places:
            missing = [COLUMNS[field][0] for field in _REQUIRED if field not in places]
            if missing:
                raise FieldRefused("file", "COLUMNS_MISSING", columns=", ".join(missing))
            return number, places
    raise FieldRefused("file", "COLUMNS_MISSING", columns=", ".join(COLUMNS[field][0] for field in _REQUIRED))


class _WrongCell(Exception):
    """A cell that is no day."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def _row(cells: Mapping[str, str], place: str) -> StaffRow:
    return StaffRow(
        staff_number=cells["staff_number"].lower(),
        name=cells["name"],
        phone=cells.get("phone", ""),
        unit_code=cells["unit_code"],
        also_unit_codes=_list(cells.get("also_unit_codes", "")),
        roles=tuple(_BY_NAME.get(name, name) for name in _list(cells.get("roles", ""))),
        valid_from=_day(cells, "valid_from"),
        valid_to=_day(cells, "valid_to"),
        place=place,
    )


def _list(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.translate(_SEPARATORS).split(",") if part)


def _day(cells: Mapping[str, str], field: str) -> date | None:
    text = cells.get(field, "").replace("/", "-")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _WrongCell(field) from error


def _text(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        # A number that was typed without an apostrophe: staff numbers and telephones are no amounts.
        return str(int(cell))
    return str(cell).strip()
