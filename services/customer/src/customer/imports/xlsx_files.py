"""Reads XLSX after a look at its zip directory; runs only in the child process, which has limits (recipes C4)."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from customer.imports.cells import Cell
from customer.imports.csv_files import LONGEST_CELL
from customer.imports.refusal import FileRefused

MOST_UNPACKED = 1024 * 1024 * 1024
_MOST_ENTRIES = 2_000
_MOST_RATIO = 100
_SMALL = 8 * 1024 * 1024
_ENCRYPTED = 0x1


def look_inside(path: Path) -> None:
    """Refuses a package that unpacks too large, before anything is unpacked."""
    try:
        with zipfile.ZipFile(path) as package:
            entries = package.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise FileRefused("FILE_NOT_XLSX") from error
    if len(entries) > _MOST_ENTRIES:
        raise FileRefused("FILE_TOO_MANY_PARTS", str(len(entries)))
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise FileRefused("FILE_ENCRYPTED")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MOST_UNPACKED:
        raise FileRefused("FILE_TOO_LARGE_UNPACKED", str(unpacked))
    for entry in entries:
        if entry.file_size > _SMALL and entry.file_size > _MOST_RATIO * max(entry.compress_size, 1):
            raise FileRefused("FILE_TOO_LARGE_UNPACKED", entry.filename)


def read_xlsx(path: Path) -> Iterator[list[Cell]]:
    """Yields the rows of the first visible sheet; formulas count by the value the spreadsheet stored with them."""
    look_inside(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
    except PasswordError as error:
        raise FileRefused("FILE_ENCRYPTED") from error
    except (CalamineError, OSError) as error:
        raise FileRefused("FILE_NOT_XLSX") from error
    for sheet in book.sheets_metadata:
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible:
            yield from _rows(book, sheet.name)
            return
    raise FileRefused("FILE_EMPTY")


def _rows(book: CalamineWorkbook, name: str) -> Iterator[list[Cell]]:
    try:
        sheet = book.get_sheet_by_name(name)
    except CalamineError as error:
        raise FileRefused("FILE_NOT_XLSX") from error
    for number, row in enumerate(sheet.iter_rows(), start=1):
        for cell in row:
            if type(cell) is str and len(cell) > LONGEST_CELL:
                raise FileRefused("CELL_TOO_LARGE", str(number))
        yield row  # type: ignore[misc]  # calamine also types durations, which `plain` writes as text
