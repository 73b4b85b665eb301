"""Parameters: what holds where, what a value would do, setting one, taking a change back, and what was changed."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from crm.common.v1 import access_pb2
from sqlalchemy import Row

from chassis import history
from chassis.database import Unit as Work
from chassis.paging import Page
from chassis.requests import first_answer, remember
from support.domain import parameters as rules
from support.domain.approval import Approval, ApprovalKind
from support.domain.errors import FieldRefused
from support.domain.organisation import Unit
from support.domain.parameter_errors import (
    ParameterAwaited,
    ParameterChanged,
    ParameterUnchanged,
    ParameterUnknown,
    UnitOutOfReach,
    ValueSuperseded,
)
from support.domain.parameters import FORM, LONGEST_NOTE, LONGEST_VALUE, Declared, Effect, Origin, Value
from support.parameter_schema import check_value, read_json
from support.storage import approvals, extra_fields, organisation, parameters
from support.storage.documents import raise_version, version, versions
from support.storage.ids import is_id

CALL = "SetParameter"
_BRANCH_FIELD = "value"


@dataclass(frozen=True)
class Shelf:
    """What surrounds parameters: what services declare, which columns there are, and the branch's day."""

    declared: Mapping[str, Declared]
    known_column: Callable[[list[extra_fields.ExtraField]], Callable[[str], bool]]
    today: date

    def of(self, key: str) -> Declared:
        """Answer a declaration; refused where no service makes it."""
        found = self.declared.get(key)
        if found is None:
            raise ParameterUnknown(form=FORM, id=key[:64])
        return found


@dataclass(frozen=True, slots=True)
class View:
    """A parameter as it stands at a unit."""

    declared: Declared
    value_json: str
    origin: Origin
    held: Value | None
    upcoming: tuple[Value, ...]
    version: int
    # What a change of it waits for; empty when none does.
    approval_id: str = ""


def list_parameters(work: Work, unit_id: str, group: str, shelf: Shelf) -> list[View]:
    """Answer every parameter of a group, or of all, as it stands at a unit."""
    units = organisation.all_units(work)
    unit_id = _at(work, unit_id, units, access_pb2.ACTION_SEE, "unit_id")
    values, numbers, awaited = parameters.every_value(work), versions(work), _awaited(work)
    return [
        replace(
            _view(declared, values.get(key, []), unit_id, units, numbers.get(parameters.document_key(key), 0), shelf),
            approval_id=awaited.get(key, ""),
        )
        for key, declared in shelf.declared.items()
        if group in ("", declared.group)
    ]


def list_values(work: Work, key: str, shelf: Shelf) -> list[Value]:
    """Answer everything ever set of a parameter within reach, newest first; the branch's values hold for everybody."""
    shelf.of(key)
    units = organisation.all_units(work)
    return [value for value in reversed(parameters.values_of(work, key)) if _shown(work, value.unit_id, units)]


def preview_parameter(work: Work, wanted: Value, shelf: Shelf) -> list[Effect]:
    """Answer at which units a value would change what holds on its first day."""
    declared, units = shelf.of(wanted.key), organisation.all_units(work)
    wanted = _checked(work, wanted, declared, units, shelf)
    return rules.effects(parameters.values_of(work, wanted.key), wanted, units, declared.default_json, shelf.today)


def set_parameter(work: Work, request_id: str, seen: int, wanted: Value, shelf: Shelf) -> View:
    """Set a value, or take a unit's own away. Refused when the parameter was changed since the caller saw it.

    What one administrator alone may not do waits for a second one: the answer names the approval.
    """
    declared, units = shelf.of(wanted.key), organisation.all_units(work)
    content = json.dumps([seen, *map(str, _told(wanted))], ensure_ascii=False)
    if first_answer(work, CALL, request_id, content) is None:
        wanted = _checked(work, wanted, declared, units, shelf)
        _set(work, seen, wanted, declared, units, shelf.today)
        remember(work, CALL, request_id, content, wanted.key)
    return _now(work, declared, wanted.unit_id, units, shelf)


def revert_parameter(work: Work, value_id: str, shelf: Shelf) -> View:
    """Take a change back by a new one that puts back what the unit had before."""
    undone = parameters.value_by_id(work, value_id) if is_id(value_id) else None
    if undone is None:
        raise ParameterUnknown(form=FORM, id=value_id[:64])
    declared, units = shelf.of(undone.key), organisation.all_units(work)
    back = rules.put_back(parameters.values_of(work, undone.key), undone, shelf.today)
    if back is None:
        raise ValueSuperseded(form=FORM, id=undone.id)
    wanted = _checked(work, replace(back, note=""), declared, units, shelf)
    seen = version(work, parameters.document_key(undone.key))
    _set(work, seen, wanted, declared, units, shelf.today, cause=undone.id)
    return _now(work, declared, undone.unit_id, units, shelf)


def list_changes(work: Work, key: str, page: Page) -> tuple[list[Row[Any]], str]:
    """Answer a page of what was changed of a parameter, or of all, newest first, and after which change the next one starts.

    A line about a unit out of reach is left out, so a page may hold fewer than asked for.
    """
    changes = work.plumbing.changes
    asked = history.of_root(changes, parameters.ALL, page)
    if key:
        asked = asked.where(changes.c.record_id == parameters.record_id(key))
    rows: Sequence[Row[Any]] = work.session.execute(asked).all()
    units = organisation.all_units(work)
    shown = [row for row in rows[: page.size] if _shown(work, _unit_of(row.field), units)]
    return shown, rows[page.size - 1].id if len(rows) > page.size else ""


def _checked(work: Work, wanted: Value, declared: Declared, units: Mapping[str, Unit], shelf: Shelf) -> Value:
    unit_id = _at(work, wanted.unit_id, units, access_pb2.ACTION_CHANGE, "value.unit_id", on=shelf.today)
    if rules.level_of(units.get(unit_id)) not in declared.levels:
        raise FieldRefused("value.unit_id", "PARAMETER_LEVEL_WRONG", levels=" ".join(declared.levels))
    if wanted.effective_from < shelf.today:
        raise FieldRefused("value.effective_from", "DATE_IN_PAST", value=wanted.effective_from.isoformat())
    if len(wanted.note) > LONGEST_NOTE:
        raise FieldRefused("value.note", "TEXT_TOO_LONG", maximum=str(LONGEST_NOTE))
    if len(wanted.value_json) > LONGEST_VALUE:
        raise FieldRefused("value.value_json", "TEXT_TOO_LONG", maximum=str(LONGEST_VALUE))
    if not wanted.value_json.strip():
        return replace(wanted, unit_id=unit_id, value_json="")
    value = read_json(wanted.value_json)
    check_value(declared.schema_json, value, shelf.known_column(extra_fields.every_field(work)))
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return replace(wanted, unit_id=unit_id, value_json=text)


def take_agreed(work: Work, approval: Approval, today: date) -> None:
    """Set what a second administrator agreed to: from its day on, or from today when that has gone by."""
    asked = json.loads(approval.summary)
    begins = max(date.fromisoformat(asked["effective_from"]), today)
    document = parameters.document_key(asked["key"])
    # Whatever was set meanwhile stands in the history; what two people agreed to comes after it.
    raise_version(work, document, version(work, document))
    added = Value(asked["key"], "", begins, asked["value"], note=asked["note"])
    added = replace(added, id=approval.subject_id, set_by=approval.requested_by, set_at=work.now())
    _put(work, added, asked["before"], cause=approval.id)


def _set(
    work: Work,
    seen: int,
    wanted: Value,
    declared: Declared,
    units: Mapping[str, Unit],
    today: date,
    cause: str = "",
) -> None:
    document = parameters.document_key(wanted.key)
    if not raise_version(work, document, seen):
        raise ParameterChanged(form=FORM, id=wanted.key, version=str(version(work, document)))
    values = parameters.values_of(work, wanted.key)
    before = rules.own(values, wanted.unit_id, wanted.effective_from)
    if rules.same(before.value_json if before else "", wanted.value_json):
        raise ParameterUnchanged(form=FORM, id=wanted.key)
    chain = rules.upwards(wanted.unit_id, units)
    then, now = (rules.holding(values, chain, day) for day in (wanted.effective_from, today))
    added = replace(wanted, id=work.new_id(), set_by=work.actor.id, set_at=work.now())
    standing = [each.value_json if each else declared.default_json for each in (then, now)]
    if any(rules.loosens(wanted.key, each, wanted.value_json) for each in standing):
        _ask(work, added, standing[0])
    else:
        _put(work, added, standing[0], cause)


def _put(work: Work, added: Value, before: str, cause: str = "") -> None:
    parameters.add_value(work, added)
    work.trace(
        FORM,
        parameters.record_id(added.key),
        added.unit_id or _BRANCH_FIELD,
        before,
        added.value_json or None,
        cause=cause or added.id,
        root_id=parameters.ALL,
    )


def _ask(work: Work, wanted: Value, before: str) -> None:
    if wanted.key in _awaited(work):
        raise ParameterAwaited(form=FORM, id=wanted.key)
    asked = {
        "key": wanted.key,
        "before": before,
        "value": wanted.value_json,
        "effective_from": wanted.effective_from.isoformat(),
        "note": wanted.note,
    }
    approvals.add(
        work,
        Approval(
            id=work.new_id(),
            kind=ApprovalKind.PARAMETER,
            subject_id=wanted.id,
            form=FORM,
            summary=json.dumps(asked, ensure_ascii=False),
            requested_by=work.actor.id,
            requested_name=work.actor.name,
            requested_at=work.now(),
        ),
    )


def _awaited(work: Work) -> dict[str, str]:
    """Answer which parameters a change waits of, and for which approval."""
    return {json.loads(each.summary)["key"]: each.id for each in approvals.waiting(work, ApprovalKind.PARAMETER)}


def _view(
    declared: Declared, values: list[Value], unit_id: str, units: Mapping[str, Unit], number: int, shelf: Shelf
) -> View:
    chain = rules.upwards(unit_id, units)
    held = rules.holding(values, chain, shelf.today)
    return View(
        declared=declared,
        value_json=held.value_json if held else declared.default_json,
        origin=rules.origin(held, units),
        held=held,
        upcoming=tuple(rules.upcoming(values, chain, shelf.today)),
        version=number,
    )


def _now(work: Work, declared: Declared, unit_id: str, units: Mapping[str, Unit], shelf: Shelf) -> View:
    number = version(work, parameters.document_key(declared.key))
    values = parameters.values_of(work, declared.key)
    view = _view(declared, values, _own_id(unit_id, units), units, number, shelf)
    return replace(view, approval_id=_awaited(work).get(declared.key, ""))


def _at(work: Work, unit_id: str, units: Mapping[str, Unit], action: int, field: str, on: date | None = None) -> str:
    """Answer a unit's id, the branch's as empty; refused when there is none such (`on` a day) or it is out of reach."""
    unit = units.get(unit_id)
    closed = unit is not None and on is not None and unit.valid_to is not None and unit.valid_to < on
    if unit_id and (unit is None or closed):
        raise FieldRefused(field, "UNIT_UNKNOWN", value=unit_id[:64])
    unit_id = _own_id(unit_id, units)
    # What holds for the whole branch everybody may know who may see parameters at all.
    looking_at_branch = action == access_pb2.ACTION_SEE and not unit_id
    if not looking_at_branch and not parameters.within_reach(work, FORM, action, unit_id, units):
        raise UnitOutOfReach(form=FORM, id=unit_id)
    return unit_id


def _shown(work: Work, unit_id: str, units: Mapping[str, Unit]) -> bool:
    return not unit_id or parameters.within_reach(work, FORM, access_pb2.ACTION_SEE, unit_id, units)


def _own_id(unit_id: str, units: Mapping[str, Unit]) -> str:
    unit = units.get(unit_id)
    return "" if unit is not None and unit.parent_id is None else unit_id


def _unit_of(field: str) -> str:
    return "" if field == _BRANCH_FIELD else field


def _told(value: Value) -> tuple[object, ...]:
    return value.key, value.unit_id, value.effective_from, value.value_json, value.note
