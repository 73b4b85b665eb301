"""Find one value of a task that is to be seen in full."""

from dataclasses import dataclass

from crm.common.v1 import access_pb2

from chassis.database import Unit
from chassis.errors import NotFound
from chassis.rights import HIDDEN, MASKED, RowFacts
from dispatch.domain.errors import FieldInvalid
from dispatch.storage import tasks
from dispatch.storage.reach import facts_within

SENSITIVE = frozenset({"place"})
"""Columns whose single values can be asked for."""


@dataclass(frozen=True)
class MaskedValue:
    """A value, and the row it belongs to."""

    value: str
    record_id: str
    label: str
    facts: RowFacts


def find_masked_value(unit: Unit, form: str, record_id: str, column: str) -> MaskedValue:
    """Answers a value that the caller sees masked and may see in full; a hidden one is as if it were not there."""
    if form != tasks.FORM:
        raise FieldInvalid("FORM_UNKNOWN", "form")
    if column not in SENSITIVE:
        raise FieldInvalid("COLUMN_UNKNOWN", "column")
    task = tasks.find(unit, record_id, form, access_pb2.ACTION_UNMASK)
    place = facts_within(unit, task)
    columns = unit.columns(form, place)
    right = columns.right(column, sensitive=True)
    if right == HIDDEN or (right == MASKED and not columns.unmask):
        raise NotFound(form=form, id=record_id)
    return MaskedValue(str(getattr(task, column) or ""), task.id, task.external_id or task.id, place)
