"""Writes the error file: the refused rows as they were, with number, field and reason beside each."""

import csv
import heapq
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from customer.domain.extra import ExtraField
from customer.imports.cells import Cell, CellRefused, plain
from customer.imports.extra_columns import extra_fields_of
from customer.imports.reasons import explained
from customer.imports.records import ERROR_COLUMNS, Problem
from customer.imports.table_files import read_rows

_RISKY = ("=", "+", "-", "@", "\t", "\r")
_NO_CELLS: list[Cell] = []
Failure = tuple[int, list[Problem]]


def write_errors(task: dict[str, Any]) -> None:
    """Reads the file again beside its failures, both in the order of the rows, so that neither must fit into memory."""
    rows = read_rows(Path(task["path"]), task["name"])
    fields = {field.path: field for field in extra_fields_of(task)}
    failures = heapq.merge(*(_failures(Path(path)) for path in task["failures"]))
    with Path(task["target"]).open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        _, header = next(rows)
        writer.writerow([*(_shown(cell) for cell in header), *ERROR_COLUMNS])
        for number, problems in failures:
            row = next((cells for at, cells in rows if at == number), _NO_CELLS)
            padding = [""] * (len(header) - len(row))
            writer.writerow([*(_shown(cell) for cell in row), *padding, *_why(number, problems, fields)])


def _failures(path: Path) -> Iterator[Failure]:
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            number, problems = json.loads(line)
            yield number, [(field, reason) for field, reason in problems]


def _why(number: int, problems: list[Problem], fields: Mapping[str, ExtraField]) -> list[str]:
    return [
        str(number),
        "; ".join(field for field, _ in problems),
        "; ".join(reason for _, reason in problems),
        "; ".join(_explained(reason, fields.get(field)) for field, reason in problems),
    ]


def _explained(reason: str, field: ExtraField | None) -> str:
    """Answers why a cell was refused; a field of the branch's own is called by its title, with the words it takes."""
    if field is None:
        return explained(reason)
    words = f": {', '.join(field.choices)}" if reason == "NOT_A_CHOICE" else ""
    return f"{field.title_zh or field.name}: {explained(reason)}{words}"


def _shown(cell: Cell) -> str:
    try:
        text = plain(cell)
    except CellRefused:
        text = str(cell)
    # An apostrophe keeps spreadsheets from running what a stranger wrote; our reader takes it away again.
    return "'" + text if text.startswith(_RISKY) and not text[1:2].isdigit() else text
