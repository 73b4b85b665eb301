"""Reads one cell: what a person or another system wrote, into the value the form's schema checks.

A reader answers None for an empty cell and raises `CellRefused` for what it cannot take; whatever else may be wrong
is left to the schema. Spreadsheet cells arrive as text, number, flag, date or None; CSV cells always as text.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

Cell = str | int | float | bool | date | datetime | time | None
Reader = Callable[[Cell], "str | bool | None"]

_EXACT = 10**15
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_DAY_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})")
_QUOTED_FORMULA = re.compile(r'="([^"=]*)"')
_NUMBER_LIKE = re.compile(r"[+-]?[\d\s().,-]*")
_SEPARATORS = re.compile(r"[\s()-]")
_FLAGS = {"yes": True, "y": True, "true": True, "1": True, "是": True, "√": True} | {
    "no": False,
    "n": False,
    "false": False,
    "0": False,
    "否": False,
    "×": False,
}


class CellRefused(ValueError):
    """The cell cannot be taken; the reason code says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def text(cell: Cell) -> str | None:
    """Reads a text. Refuses what a spreadsheet would run as a formula when the file travels on."""
    if type(cell) is not str:
        cell = plain(cell)
    found = cell.strip()
    if not found:
        return None
    if found[0] in "=+-@'":
        return _harmless(found)
    return found if found.isprintable() else _printable(found)


def code(cell: Cell) -> str | None:
    """Reads a number or code: full width becomes half width; what a spreadsheet rounded is refused."""
    if type(cell) is str and cell.isalnum() and cell.isascii():
        return cell
    found = text(cell)
    if found is None:
        return None
    return unicodedata.normalize("NFKC", found).strip()


def phone(cell: Cell) -> str | None:
    """Reads a telephone number without blanks, brackets and hyphens."""
    if type(cell) is str and cell.isdigit() and cell.isascii():
        return cell
    found = text(cell)
    if found is None:
        return None
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", found))


def day(cell: Cell) -> str | None:
    """Reads a day: `2024-05-01`, `2024/5/1`, `2024年5月1日`, `20240501`, or a date of the spreadsheet."""
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    found = text(cell)
    return None if found is None else _day_of(found)


@lru_cache(maxsize=50_000)
def _day_of(found: str) -> str:
    match = _DAY.fullmatch(found) or _DAY_PACKED.fullmatch(found)
    if match is None:
        raise CellRefused("DATE_INVALID")
    try:
        return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
    except ValueError as error:
        raise CellRefused("DATE_INVALID") from error


def moment_in(zone: ZoneInfo) -> Reader:
    """Answers a reader of instants; one written without an offset is meant in the branch's zone."""

    def read(cell: Cell) -> str | None:
        if isinstance(cell, datetime):
            return _utc(cell, zone)
        found = text(cell)
        if found is None:
            return None
        try:
            return _utc(datetime.fromisoformat(found.replace("/", "-")), zone)
        except ValueError as error:
            raise CellRefused("TIME_INVALID") from error

    return read


def flag(cell: Cell) -> bool | None:
    """Reads yes or no."""
    if isinstance(cell, bool):
        return cell
    if type(cell) is str and cell in _FLAGS:
        return _FLAGS[cell]
    found = text(cell)
    if found is None:
        return None
    known = _FLAGS.get(found.casefold())
    if known is None:
        raise CellRefused("NOT_YES_OR_NO")
    return known


def choice(words: Mapping[str, str]) -> Reader:
    """Answers a reader of one word among several, in either language; another word is left to the schema."""

    def read(cell: Cell) -> str | None:
        if type(cell) is str and cell in words:
            return words[cell]
        found = text(cell)
        return None if found is None else words.get(found) or words.get(found.casefold(), found)

    return read


def plain(cell: Cell) -> str:
    """Writes a spreadsheet's cell as text."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, int):
        # A spreadsheet keeps 15 digits: the rest of a longer number, such as an identity card's, is lost.
        if abs(cell) >= _EXACT:
            raise CellRefused("NUMBER_ROUNDED")
        return str(cell)
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return str(cell)


def _harmless(found: str) -> str | None:
    quoted = _QUOTED_FORMULA.fullmatch(found)
    if quoted:
        # ="00123" is how spreadsheets keep leading zeros.
        return quoted[1].strip() or None
    if found[0] == "'":
        # Ours from an error file, or a spreadsheet's: what it protected from is judged all the same.
        return text(found[1:])
    if found == "-":
        return None
    if found[0] in "+-" and _NUMBER_LIKE.fullmatch(found):
        return found
    raise CellRefused("FORMULA_NOT_TAKEN")


def _printable(found: str) -> str:
    if any(unicodedata.category(letter) in {"Cc", "Cs", "Cn"} and letter not in "\n\r\t" for letter in found):
        raise CellRefused("CONTROL_CHARACTER")
    return found


def _utc(at: datetime, zone: ZoneInfo) -> str:
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC).isoformat()
