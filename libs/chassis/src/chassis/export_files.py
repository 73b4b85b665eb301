"""The XLSX file of an export."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from chassis.declarations import Form
from chassis.rights import HIDDEN, Columns


def write_xlsx(
    path: Path,
    form: Form,
    wanted: Sequence[str],
    watermark: str,
    rows: Iterator[tuple[Any, Columns]],
    below: Mapping[str, str] | None = None,
) -> int:
    """Writes rows with constant memory, under a first line that says who took them and when; answers how many.

    `below` are the columns that a field holds by name, with their titles: such a field becomes a column for each.
    """
    written, titles = 0, form.titles | dict(below or {})
    wanted = _spread(form, wanted, below)
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False}) as book:
        sheet: Any = book.add_worksheet()
        sheet.set_footer(f"&L{watermark}&R&P/&N")
        sheet.set_header(f"&C{watermark}")
        sheet.write_string(0, 0, watermark)
        for at, path_of_column in enumerate(wanted):
            sheet.write_string(1, at, titles.get(path_of_column, path_of_column))
        for message, columns in rows:
            for at, name in enumerate(wanted):
                sheet.write_string(2 + written, at, cell_text(message, columns, form, name))
            written += 1
    return written


def _spread(form: Form, wanted: Sequence[str], below: Mapping[str, str] | None) -> list[str]:
    if below is None:
        return list(wanted)
    held = {name: [path for path in below if path.startswith(f"{name}.")] for name in form.maps}
    return [path for name in wanted for path in held.get(name, [name])]


def cell_text(message: Any, columns: Columns, form: Form, name: str) -> str:
    """Answers a cell of an export; nothing of a hidden column."""
    declared = form.columns.get(name)
    if declared is not None and columns.right(name, sensitive=bool(declared.sensitivity)) == HIDDEN:
        return ""
    group, _, below = name.partition(".")
    if below and group in form.maps:
        # Masks went over the map already: what is hidden is no longer in it.
        return str(getattr(message, group).get(below, ""))
    value: Any = getattr(message, name, "")
    if name in form.maps:
        return "; ".join(f"{each}={held}" for each, held in sorted(value.items()))
    field = message.DESCRIPTOR.fields_by_name.get(name)
    if field is not None and field.enum_type is not None:
        word: str = field.enum_type.values_by_number[value].name
        prefix = field.enum_type.values[0].name.removesuffix("UNSPECIFIED")
        return word.removeprefix(prefix).lower() if value else ""
    if hasattr(value, "ToJsonString"):
        return str(value.ToJsonString()) if message.HasField(name) else ""
    if hasattr(value, "ListFields"):
        return " ".join(f"{each.name}={held}" for each, held in value.ListFields())
    return str(value) if value else ""
