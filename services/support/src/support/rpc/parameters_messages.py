"""Requests about parameters → what actions take, and back."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from crm.common.v1 import page_pb2
from crm.support.v1 import parameters_pb2 as pb
from sqlalchemy import Row

from chassis.paging import encode_cursor
from support import change_packing as packing_of_changes
from support import parameters_document as packing
from support.actions.parameters import View
from support.domain.calendar import parse_day
from support.domain.extra_fields import ColumnUse, ExtraField
from support.domain.parameters import Effect, Value


def wanted(message: pb.ParameterValue, today: date) -> Value:
    """Read a value to set; without a day it holds from today on."""
    begins = parse_day(message.effective_from, "value.effective_from") if message.effective_from else today
    return Value(message.key, message.unit_id, begins, message.value_json, note=message.note.strip())


def view(found: View) -> pb.ParameterView:
    """Pack a parameter as it stands at a unit."""
    return pb.ParameterView(
        declaration=packing.declaration(found.declared),
        service=found.declared.service,
        value_json=found.value_json,
        from_unit_id=found.held.unit_id if found.held else "",
        origin=str(found.origin),
        effective_from=found.held.effective_from.isoformat() if found.held else "",
        upcoming=[packing.value(each) for each in found.upcoming],
        version=found.version,
        approval_id=found.approval_id,
    )


def effects(found: Iterable[Effect]) -> pb.PreviewParameterResponse:
    """Pack what a value would do."""
    return pb.PreviewParameterResponse(
        effects=[
            pb.ParameterEffect(unit_id=each.unit_id, old_json=each.old_json, new_json=each.new_json) for each in found
        ]
    )


def changes(rows: Iterable[Row[Any]], after: str) -> pb.ListParameterChangesResponse:
    """Pack a page of what was changed; the next one starts after the change with this id."""
    info = page_pb2.PageInfo(next_cursor=encode_cursor((after,)) if after else "")
    return pb.ListParameterChangesResponse(changes=[packing_of_changes.change(row) for row in rows], page=info)


def uses(found: Iterable[ColumnUse]) -> pb.FindColumnUsesResponse:
    """Pack where a column is used."""
    return pb.FindColumnUsesResponse(
        uses=[pb.ColumnUse(kind=each.kind, key=each.key, label=each.label) for each in found]
    )


def read_field(message: pb.ExtraField) -> ExtraField:
    """Read a field of the branch's own."""
    return ExtraField(
        form=message.form,
        name=message.name.strip(),
        title_zh=message.title_zh.strip(),
        title_en=message.title_en.strip(),
        kind=message.kind,
        choices=tuple(choice.strip() for choice in message.choices),
    )
