"""The error file for somebody else than who brought the file: without what they may not read of customers."""

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

from customer.imports.csv_files import LONGEST_CELL
from customer.imports.forms import Form, header_key
from customer.imports.records import ERROR_COLUMNS

_LINES = 500
_NO_CELLS: list[str] = []


def shown_errors(path: Path, form: Form, opens: Callable[[str], bool]) -> Iterator[bytes]:
    """Yields an error file in pieces. Cells of columns that are not open, or that the form does not know, are empty; what is
    wrong with each row is told all the same.
    """
    if not path.exists():
        return
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = csv.reader(stream)
        header = next(rows, _NO_CELLS)
        # The last columns are ours, whatever the file's own are called.
        own = len(header) - len(ERROR_COLUMNS)
        kept = [at >= own or _open(form, title, opens) for at, title in enumerate(header)]
        held = ["\ufeff", _line(header)]
        for row in rows:
            held.append(_line([cell if kept[at] else "" for at, cell in enumerate(row[: len(header)])]))
            if len(held) >= _LINES:
                yield "".join(held).encode()
                held.clear()
        yield "".join(held).encode()


def _open(form: Form, title: str, opens: Callable[[str], bool]) -> bool:
    named = {column.name: column for column in form.columns}
    column = named.get(title) or form.by_header().get(header_key(title))
    return column is not None and opens(column.name)


def _line(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
