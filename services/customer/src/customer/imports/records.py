"""Turns a row of cells into the values of a staged row, or into what is wrong with it."""

from collections.abc import Callable, Sequence
from typing import Any

from jsonschema_rs import Draft202012Validator, ValidationError

from customer.imports.cells import Cell, CellRefused
from customer.imports.forms import Column, Form, header_key
from customer.imports.refusal import FileRefused

Problem = tuple[str, str]
Values = dict[str, Any]
Finish = Callable[[Values], list[Problem]]

ERROR_COLUMNS = ("行号 row", "字段 field", "原因代码 code", "原因 reason")
"""Columns the error file adds; a corrected error file may be brought back with them."""
_IGNORED = frozenset(header_key(title) for title in ERROR_COLUMNS)
_REASONS = {
    "required": "REQUIRED",
    "maxLength": "TOO_LONG",
    "minLength": "REQUIRED",
    "enum": "NOT_A_CHOICE",
    "pattern": "FORMAT_WRONG",
}


class RowReader:
    """Reads the rows of one file by its header."""

    def __init__(
        self, form: Form, header: Sequence[Cell], finish: Finish, closed: frozenset[str] = frozenset()
    ) -> None:
        """`closed` are columns that whoever brings the file may not write. Raises `FileRefused`."""
        self._columns = _matched(form, header, closed)
        self._width = len(header)
        self._schema = Draft202012Validator(form.schema())
        self._finish = finish
        self.present = frozenset(column.name for _, column in self._columns)
        """Columns the file has; others stay as they are on records that exist."""
        self._readers = [(at, column.name, column.read) for at, column in self._columns]

    def read(self, row: Sequence[Cell]) -> tuple[Values, list[Problem]]:
        """Answers the values of a row and what is wrong with them; with a problem the row is not taken."""
        values: Values = {}
        problems: list[Problem] = []
        length = len(row)
        for at, name, read in self._readers:
            if at >= length:
                continue
            cell = row[at]
            if cell == "" or cell is None:
                continue
            try:
                value = read(cell)
            except CellRefused as refused:
                problems.append((name, refused.reason))
                continue
            if value is not None:
                values[name] = value
        if length > self._width and any(row[self._width :]):
            problems.append(("", "ROW_TOO_LONG"))
        if not problems and not self._schema.is_valid(values):
            problems = [_problem(error) for error in self._schema.iter_errors(values)]
        return values, problems or self._finish(values)


def _matched(form: Form, header: Sequence[Cell], closed: frozenset[str]) -> list[tuple[int, Column]]:
    by_header, by_name = form.by_header(), {column.name: column for column in form.columns}
    matched: dict[str, tuple[int, Column]] = {}
    for at, cell in enumerate(header):
        title = str(cell or "").strip()
        key = header_key(title)
        if not key or key in _IGNORED:
            continue
        column = by_name.get(title) or by_header.get(key)
        if column is None:
            raise FileRefused("COLUMN_UNKNOWN", title[:60])
        if column.name in closed:
            raise FileRefused("COLUMN_NOT_WRITABLE", title[:60])
        if column.name in matched:
            raise FileRefused("COLUMN_TWICE", title[:60])
        matched[column.name] = (at, column)
    missing = [column.name for column in form.columns if column.required and column.name not in matched]
    if missing:
        raise FileRefused("COLUMN_MISSING", ", ".join(missing))
    return list(matched.values())


def _problem(error: ValidationError) -> Problem:
    path = [str(part) for part in error.instance_path]
    keyword = str(error.schema_path[-1]) if error.schema_path else ""
    if keyword == "required":
        kind: Any = error.kind
        return str(kind.property), "REQUIRED"
    return ".".join(path), _REASONS.get(keyword, "FORMAT_WRONG")
