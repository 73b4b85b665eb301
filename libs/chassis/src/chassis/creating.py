"""What whoever creates a row may fill in of it: the one check that every call goes through that adds a row."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from chassis.database import Unit
from chassis.errors import InvalidField
from chassis.rights import RowFacts


def refuse_closed_columns(unit: Unit, form: str, row: RowFacts, values: Mapping[str, Any]) -> None:
    """Refuses a new row with a value for a column that its creator may not fill; the refusal names the column.

    `values` are what the caller gave, by column; what is empty was not given. That the row itself may be created is another
    question, asked before.
    """
    for column in _given(values):
        if not unit.access.fills(unit.actor, form, row, column):
            raise InvalidField(column, "COLUMN_NOT_WRITABLE", form=form)


def _given(values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        if isinstance(value, dict):
            # A field that holds further columns by name.
            yield from (f"{name}.{below}" for below, held in cast("dict[str, Any]", value).items() if held)
        elif value:
            yield name
