"""Opens a file of either kind as rows with their numbers; blank rows are passed over."""

from collections.abc import Iterator
from pathlib import Path
from zipfile import is_zipfile

from customer.imports.cells import Cell
from customer.imports.csv_files import read_csv
from customer.imports.refusal import FileRefused
from customer.imports.xlsx_files import read_xlsx

_OLE = b"\xd0\xcf\x11\xe0"
_BLANK = (None, "")


def read_rows(path: Path, name: str) -> Iterator[tuple[int, list[Cell]]]:
    """Yields (row number, cells), the header first. The name tells the kind; content of another kind is refused."""
    with path.open("rb") as stream:
        start = stream.read(4)
    if not start:
        raise FileRefused("FILE_EMPTY")
    if start == _OLE:
        # An old .xls, or a newer workbook behind a password.
        raise FileRefused("FILE_NOT_XLSX")
    if name.casefold().endswith(".xlsx"):
        rows: Iterator[list[Cell]] = read_xlsx(path)
    elif name.casefold().endswith((".csv", ".txt")):
        if is_zipfile(path):
            raise FileRefused("FILE_NOT_CSV")
        rows = iter(read_csv(path))  # type: ignore[assignment]  # a list of texts is a list of cells
    else:
        raise FileRefused("FILE_KIND_NOT_TAKEN", name[-20:])
    for number, row in enumerate(rows, start=1):
        if number == 1 or any(cell not in _BLANK for cell in row):
            yield number, row


def estimate_rows(path: Path, name: str) -> int:
    """Guesses how many rows a file has, for the progress shown."""
    size = path.stat().st_size
    if name.casefold().endswith(".xlsx"):
        return max(size // 60, 1)
    with path.open("rb") as stream:
        sample = stream.read(256 * 1024)
    return max(size * sample.count(b"\n") // max(len(sample), 1), 1)
