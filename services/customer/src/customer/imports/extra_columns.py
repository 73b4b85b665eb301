"""Columns of a file for the fields that the branch has added: known by their titles, their name and their path."""

import dataclasses
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from customer.domain.errors import FieldRefused
from customer.domain.extra import LONGEST_EXTRA, ExtraField, as_stored
from customer.imports import cells
from customer.imports.cells import Cell, CellRefused
from customer.imports.forms import Column, Form, header_key
from customer.imports.records import Values

_TEXT = {"type": "string", "maxLength": LONGEST_EXTRA}


def extra_fields_of(task: Mapping[str, Any]) -> tuple[ExtraField, ...]:
    """Reads the fields that a task was given."""
    given: list[dict[str, Any]] = task.get("extras", [])
    return tuple(dataclasses.replace(ExtraField(**one), choices=tuple(one["choices"])) for one in given)


def with_extras(form: Form, fields: Iterable[ExtraField]) -> Form:
    """Answers the form with a column for each field.

    The path `extra.{name}` always means the field. A title or name means it where nothing else of the form is called so.
    """
    fields = tuple(fields)
    if not fields:
        return form
    calls = {field.path: {header_key(word) for word in _words(field)} for field in fields}
    called = Counter(key for keys in calls.values() for key in keys)
    taken = {key for key, times in called.items() if times > 1} | form.by_header().keys()
    added = [
        Column(field.path, tuple(sorted(calls[field.path] - taken)), _reader(field), _rule(field)) for field in fields
    ]
    return Form(form.name, (*form.columns, *added))


def _words(field: ExtraField) -> tuple[str, ...]:
    return field.path, field.name, field.title_zh, field.title_en


def stored(values: Values, names: Iterable[str]) -> str | None:
    """Answers what a new record of a row holds in its fields of the branch's own, as it is stored."""
    return as_stored({name: values.get(f"extra.{name}") for name in names})


def _rule(field: ExtraField) -> Mapping[str, Any]:
    return {"enum": list(field.choices)} if field.kind == "choice" else _TEXT


def _reader(field: ExtraField) -> cells.Reader:
    if field.kind == "date":
        return cells.day
    return partial(_number, field) if field.kind == "number" else cells.text


def _number(field: ExtraField, cell: Cell) -> str | None:
    """Reads a number. A spreadsheet keeps 15 digits: what lies behind them is noise of its arithmetic."""
    if isinstance(cell, float) and not cell.is_integer():
        cell = f"{cell:.15g}"
    found = cells.text(cell)
    if found is None:
        return None
    found = unicodedata.normalize("NFKC", found)
    try:
        field.check(found)
    except FieldRefused as refused:
        raise CellRefused(refused.reason) from refused
    return found
