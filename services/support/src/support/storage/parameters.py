"""What was set of parameters, and which units a caller's rules reach."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import Row, insert, select

from chassis.database import Unit as Work
from support.domain.organisation import BUREAU_LIKE, Unit
from support.domain.parameters import FORM, Value
from support.storage.parameters_tables import parameter_values

PREFIX = "parameter."


def document_key(key: str) -> str:
    """Answer the key under which a parameter is published."""
    return PREFIX + key


def record_id(key: str) -> str:
    """Answer the id under which the history of a parameter is kept; parameters are known by key."""
    return str(uuid5(NAMESPACE_OID, f"crm.{FORM}.{key}"))


ALL = record_id("*")
"""The record with which every change of every parameter is shown."""


def values_of(work: Work, key: str) -> list[Value]:
    """Answer everything ever set of a parameter, oldest first."""
    question = select(parameter_values).where(parameter_values.c.param_key == key)
    return [_value(row) for row in work.session.execute(question.order_by(parameter_values.c.id))]


def every_value(work: Work) -> dict[str, list[Value]]:
    """Answer everything ever set of every parameter, by key, oldest first."""
    found: defaultdict[str, list[Value]] = defaultdict(list)
    for row in work.session.execute(select(parameter_values).order_by(parameter_values.c.id)):
        found[row.param_key].append(_value(row))
    return found


def value_by_id(work: Work, value_id: str) -> Value | None:
    """Answer one value that was set."""
    row = work.session.execute(select(parameter_values).where(parameter_values.c.id == value_id)).first()
    return _value(row) if row is not None else None


def add_value(work: Work, value: Value) -> None:
    """Add a value."""
    work.session.execute(
        insert(parameter_values).values(
            id=value.id,
            param_key=value.key,
            unit_id=value.unit_id or None,
            effective_from=value.effective_from,
            value_json=value.value_json or None,
            set_by=value.set_by,
            set_at=value.set_at,
            note=value.note or None,
        )
    )


def within_reach(work: Work, form: str, action: int, unit_id: str, units: Mapping[str, Unit]) -> bool:
    """Tell whether the caller's rules for a form reach a unit; the branch (empty) is reached by rules for all rows only."""
    unit = units.get(unit_id)
    if unit is None or unit.parent_id is None:
        return work.access.sees(work.actor, form, action)
    if unit.kind in BUREAU_LIKE:
        return work.access.sees(work.actor, form, action, bureau=unit.id)
    above = units.get(unit.parent_id)
    bureau = above.id if above is not None and above.kind in BUREAU_LIKE else ""
    return work.access.sees(work.actor, form, action, community=unit.id, bureau=bureau)


def _value(row: Row[Any]) -> Value:
    return Value(
        id=row.id,
        key=row.param_key,
        unit_id=row.unit_id or "",
        effective_from=row.effective_from,
        value_json=row.value_json or "",
        set_by=row.set_by,
        set_at=row.set_at,
        note=row.note or "",
    )
