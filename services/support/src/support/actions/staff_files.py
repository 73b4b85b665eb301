"""Staff in and out as a file: what a file would do, doing it, and the rows to take out."""

import dataclasses
import json
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from chassis.clock import business_day
from chassis.database import Unit as Work
from chassis.requests import first_answer, remember
from support.actions.imported_columns import closed_to
from support.actions.staff_members import MemberView, views
from support.actions.write_people import write_people
from support.domain.organisation import Unit
from support.domain.organisation_import import FailedRow, ImportResult, Known, StaffRow, plan
from support.storage import organisation, staff

_CALL = "ImportStaff"
MOST_EXPORTED = 20_000


def import_staff(
    work: Work,
    request_id: str,
    content: str,
    rows: Sequence[StaffRow],
    failed: Sequence[FailedRow],
    zone: ZoneInfo,
    *,
    preview: bool,
) -> ImportResult:
    """Bring staff in and answer what became of each row; a preview answers the same and changes nothing."""
    before = None if preview else first_answer(work, _CALL, request_id, content)
    if before is not None:
        return read_result(before)
    units, today = organisation.all_units(work), business_day(work.now(), zone)
    known = Known(
        units={unit.code: unit for unit in units.values() if unit.valid_to is None},
        people=organisation.people_by_number(work, [row.staff_number for row in rows]),
        today=today,
        new_id=work.new_id,
        closed=closed_to(work, units, today),
    )
    decided = plan([], rows, known)
    decided.failed = sorted([*decided.failed, *failed], key=lambda row: int(row.key))
    result = decided.result(len(rows) + len(failed))
    if not preview:
        write_people(work, decided.new_people, decided.changed_people, request_id)
        remember(work, _CALL, request_id, content, json.dumps(dataclasses.asdict(result)))
    return result


def read_result(answer: str) -> ImportResult:
    """Read a result that was remembered."""
    found = json.loads(answer)
    return ImportResult(**found | {"failed": tuple(FailedRow(**row) for row in found["failed"])})


def staff_to_export(work: Work, unit_id: str) -> tuple[list[MemberView], dict[str, Unit]]:
    """Answer everybody within reach who has not left, of a unit and those below it, with the units by id."""
    found = staff.exported(work, unit_id, MOST_EXPORTED)
    return views(work, found), organisation.all_units(work)
