"""Units and staff come in, row by row; what is the same already is skipped."""

import dataclasses
import json
from collections.abc import Sequence
from typing import cast
from zoneinfo import ZoneInfo

from chassis.clock import business_day
from chassis.database import Unit as Work
from chassis.requests import first_answer, remember
from support.domain.organisation import Person, Unit
from support.domain.organisation_import import FailedRow, ImportResult, Known, Plan, StaffRow, UnitRow, plan
from support.storage import organisation
from support.storage.documents import PERSON, UNITS, mark_changed

_CALL = "ImportOrganisation"
_UNIT_FORM, _STAFF_FORM = "support.organisation", "support.staff"


def import_organisation(
    work: Work, request_id: str, units: Sequence[UnitRow], staff: Sequence[StaffRow], zone: ZoneInfo
) -> ImportResult:
    """Bring units and staff in and answer what became of each row; the same request id answers the same again."""
    content = repr((units, staff))
    before = first_answer(work, _CALL, request_id, content)
    if before is not None:
        return _read(before)
    known_units = organisation.all_units(work)
    today = business_day(work.now(), zone)
    known = Known(
        units={unit.code: unit for unit in known_units.values()},
        people=organisation.people_by_number(work, [row.staff_number for row in staff]),
        today=today,
        new_id=work.new_id,
    )
    decided = plan(units, staff, known)
    organisation.write_units(work, decided.new_units, [after for _, after in decided.changed_units])
    organisation.write_people(work, decided.new_people, [after for _, after in decided.changed_people], today=today)
    _trace(work, decided, request_id)
    _publish(work, decided)
    result = decided.result(len(units) + len(staff))
    remember(work, _CALL, request_id, content, json.dumps(dataclasses.asdict(result)))
    return result


def _read(answer: str) -> ImportResult:
    found = json.loads(answer)
    return ImportResult(**found | {"failed": tuple(FailedRow(**row) for row in found["failed"])})


def _publish(work: Work, decided: Plan) -> None:
    keys = [
        PERSON + person.staff_number
        for person in (*decided.new_people, *(after for _, after in decided.changed_people))
    ]
    if decided.new_units or decided.changed_units:
        keys.append(UNITS)
    # A community that moved to another bureau moves its people with it.
    if any(before.parent_id != after.parent_id for before, after in decided.changed_units):
        keys += [PERSON + number for number in organisation.people_by_number(work)]
    mark_changed(work, keys)


def _trace(work: Work, decided: Plan, request_id: str) -> None:
    for unit in decided.new_units:
        work.trace(_UNIT_FORM, unit.id, "*", None, unit.code, cause=request_id)
    for before, after in decided.changed_units:
        _trace_fields(work, _UNIT_FORM, before, after, request_id)
    for person in decided.new_people:
        work.trace(_STAFF_FORM, person.id, "*", None, person.staff_number, cause=request_id)
    for before, after in decided.changed_people:
        _trace_fields(work, _STAFF_FORM, before, after, request_id)


def _trace_fields(work: Work, form: str, before: Unit | Person, after: Unit | Person, cause: str) -> None:
    for field in dataclasses.fields(before):
        old, new = _text(getattr(before, field.name)), _text(getattr(after, field.name))
        if old != new:
            work.trace(form, before.id, field.name, old, new, cause=cause)


def _text(value: object) -> str | None:
    if isinstance(value, tuple):
        return ",".join(str(item) for item in cast("tuple[object, ...]", value)) or None
    return None if value is None else str(value)
