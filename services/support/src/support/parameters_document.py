"""Parameters and fields of the branch's own ↔ the contract's messages, for calls and documents alike."""

from collections.abc import Iterable
from datetime import date

from crm.common.v1 import access_pb2
from crm.support.v1 import parameters_pb2 as pb

from support.domain.extra_fields import ExtraField
from support.domain.parameters import Declared, Value, published


def value(found: Value) -> pb.ParameterValue:
    """Pack a value."""
    packed = pb.ParameterValue(
        id=found.id,
        key=found.key,
        unit_id=found.unit_id,
        effective_from=found.effective_from.isoformat(),
        value_json=found.value_json,
        set_by=found.set_by,
        note=found.note,
    )
    if found.set_at is not None:
        packed.set_at.FromDatetime(found.set_at)
    return packed


def document(key: str, values: Iterable[Value], version: int, today: date) -> pb.ParameterDocument:
    """Answer the document of a parameter: what holds now or later."""
    return pb.ParameterDocument(version=version, key=key, values=[value(each) for each in published(values, today)])


def declaration(found: Declared) -> access_pb2.ParameterDeclaration:
    """Pack a declaration."""
    return access_pb2.ParameterDeclaration(
        key=found.key,
        schema_json=found.schema_json,
        default_json=found.default_json,
        group=found.group,
        levels=found.levels,
        columns=found.columns,
    )


def extra_field(found: ExtraField) -> pb.ExtraField:
    """Pack a field."""
    return pb.ExtraField(
        form=found.form,
        name=found.name,
        title_zh=found.title_zh,
        title_en=found.title_en,
        kind=found.kind,
        choices=found.choices,
    )


def extra_fields(found: Iterable[ExtraField], version: int) -> pb.ExtraFieldsDocument:
    """Answer the document of the fields."""
    return pb.ExtraFieldsDocument(version=version, fields=[extra_field(each) for each in found])
