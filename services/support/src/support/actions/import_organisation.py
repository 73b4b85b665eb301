"""Units and staff come in, row by row; what is the same already is skipped."""

import dataclasses
import json
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from chassis.clock import business_day
from chassis.database import Unit as Work
from chassis.requests import first_answer, remember
from support.actions.imported_columns import closed_to
from support.actions.reorganise import announce_moved
from support.actions.staff_files import read_result
from support.actions.write_people import trace_fields, write_people
from support.domain.organisation_import import ImportResult, Known, Plan, StaffRow, UnitRow, plan
from support.storage import organisation
from support.storage.documents import PERSON, UNITS, mark_changed
from support.storage.staff import FORM_UNITS

_CALL = "ImportOrganisation"


def import_organisation(
    work: Work, request_id: str, units: Sequence[UnitRow], staff: Sequence[StaffRow], zone: ZoneInfo
) -> ImportResult:
    """Bring units and staff in and answer what became of each row; the same request id answers the same again."""
    content = repr((units, staff))
    before = first_answer(work, _CALL, request_id, content)
    if before is not None:
        return read_result(before)
    known_units = organisation.all_units(work)
    today = business_day(work.now(), zone)
    known = Known(
        units={unit.code: unit for unit in known_units.values()},
        people=organisation.people_by_number(work, [row.staff_number for row in staff]),
        today=today,
        new_id=work.new_id,
        closed=closed_to(work, known_units, today),
    )
    decided = plan(units, staff, known)
    organisation.write_units(work, decided.new_units, [after for _, after in decided.changed_units])
    write_people(work, decided.new_people, decided.changed_people, request_id)
    _tell(work, decided, request_id)
    result = decided.result(len(units) + len(staff))
    remember(work, _CALL, request_id, content, json.dumps(dataclasses.asdict(result)))
    return result


def _tell(work: Work, decided: Plan, cause: str) -> None:
    for unit in decided.new_units:
        work.trace(FORM_UNITS, unit.id, "*", None, unit.code, cause=cause)
    for before, after in decided.changed_units:
        trace_fields(work, FORM_UNITS, before, after, cause)
    if decided.new_units or decided.changed_units:
        mark_changed(work, [UNITS])
    moved = [after for before, after in decided.changed_units if before.parent_id != after.parent_id]
    if moved:
        # A community that moved to another bureau moves its people with it.
        mark_changed(work, (PERSON + number for number in organisation.people_by_number(work)))
        announce_moved(work, moved, cause=cause)
