"""Writes rows as lines of PostgreSQL's COPY text, which any other database's loader can split just as well.

Fields are parted by tabs, an empty field is NULL, and backslash escapes what would part fields or lines.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from customer.domain.loading import STAGED

_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_TABLE = str.maketrans(_ESCAPES)
_BACK = {"\\": "\\", "t": "\t", "n": "\n", "r": "\r"}


class LineWriter:
    """Writes the staged rows of one form."""

    def __init__(self, form: str, extras: Iterable[str] = ()) -> None:
        """`extras` are the staged fields behind the form's own (`loading.staged_extras`)."""
        self._fields = (*STAGED[form], *extras)
        self._tabs = len(self._fields) + 2

    def line(self, number: int, record_id: str, values: Mapping[str, Any]) -> str:
        """Answers the line of a row. The change id is the record's with its end cleared: the loader numbers it per field."""
        found = [values.get(field) for field in self._fields]
        cells = [str(number), record_id, record_id[:34] + "00"]
        cells += [_plain(value) if type(value) is not str else value for value in found]
        line = "\t".join(cells)
        if "\\" in line or "\n" in line or "\r" in line or line.count("\t") != self._tabs:
            line = "\t".join([cell.translate(_TABLE) for cell in cells])
        return line + "\n"


def split(lines: Iterable[str]) -> Iterable[Sequence[str | None]]:
    """Reads lines back, for databases without COPY."""
    for line in lines:
        yield [_unescaped(cell) or None for cell in line.rstrip("\n").split("\t")]


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return "true" if value else "false"


def _unescaped(cell: str) -> str:
    if "\\" not in cell:
        return cell
    letters = iter(cell)
    return "".join(_BACK.get(next(letters, ""), "") if letter == "\\" else letter for letter in letters)
