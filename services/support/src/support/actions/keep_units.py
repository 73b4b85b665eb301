"""Add a unit, rename it, close it, open it again."""

from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from crm.common.v1 import access_pb2

from chassis.clock import business_day
from chassis.database import Unit as Work
from chassis.requests import first_answer, remember
from support.actions.staff_members import refuse_unit_out_of_reach
from support.actions.write_people import trace_fields
from support.domain.errors import FieldRefused, RecordUnknown
from support.domain.organisation import StaffState, Unit, UnitKind
from support.domain.organisation_import import UnitRow, wrong_unit
from support.domain.reorganisation import check_closing
from support.domain.staff import wrong_staff_name
from support.storage import documents, organisation, staff

_CALL = "CreateUnit"


@dataclass(frozen=True, slots=True)
class NewUnit:
    """A unit to add."""

    code: str
    name: str
    kind: str
    parent_id: str
    valid_from: date | None


@dataclass(frozen=True, slots=True)
class Remaining:
    """What belongs to a unit elsewhere: counted at the services that keep it."""

    customers: int = 0
    tasks: int = 0


def create_unit(work: Work, request_id: str, said: NewUnit, zone: ZoneInfo) -> Unit:
    """Add a unit; the same request id answers the same again."""
    before = first_answer(work, _CALL, request_id, repr(said))
    units = organisation.all_units(work)
    if before is not None:
        return units[before]
    by_code = {unit.code: unit for unit in units.values()}
    parent = units.get(said.parent_id)
    if said.parent_id and (parent is None or parent.valid_to is not None):
        raise FieldRefused("unit.parent_id", "PARENT_UNKNOWN")
    refuse_unit_out_of_reach(work, parent, access_pb2.ACTION_CREATE)
    if said.code in by_code:
        raise FieldRefused("unit.code", "CODE_TAKEN")
    wrong = wrong_unit(UnitRow(said.code, said.name, said.kind, parent.code if parent else ""), by_code)
    if wrong is not None:
        raise FieldRefused(f"unit.{wrong[0].replace('parent_code', 'parent_id')}", wrong[1])
    today = business_day(work.now(), zone)
    unit = Unit(
        work.new_id(), said.code, said.name, UnitKind(said.kind), said.parent_id or None, said.valid_from or today
    )
    organisation.write_units(work, [unit], [])
    work.trace(staff.FORM_UNITS, unit.id, "*", None, unit.code, cause=request_id)
    documents.mark_changed(work, [documents.UNITS])
    remember(work, _CALL, request_id, repr(said), unit.id)
    return unit


def update_unit(
    work: Work, unit_id: str, name: str | None, valid_to: date | None, remaining: Remaining, *, ends: bool
) -> Unit:
    """Rename a unit, and with `ends` set or lift its last day. Refused while something belongs to it."""
    units = organisation.all_units(work)
    before = units.get(unit_id)
    if before is None:
        raise RecordUnknown(form=staff.FORM_UNITS, id=unit_id)
    refuse_unit_out_of_reach(work, before, access_pb2.ACTION_CHANGE)
    after = before
    if name is not None:
        if reason := wrong_staff_name(name):
            raise FieldRefused("name", reason)
        after = replace(after, name=name)
    if ends:
        after = replace(after, valid_to=valid_to)
        _check_end(work, before, after, units, remaining)
    if before == after:
        return before
    organisation.write_units(work, [], [after])
    trace_fields(work, staff.FORM_UNITS, before, after, work.new_id())
    documents.mark_changed(work, [documents.UNITS])
    return after


def _check_end(work: Work, before: Unit, after: Unit, units: dict[str, Unit], remaining: Remaining) -> None:
    if after.valid_to is None:
        parent = units.get(before.parent_id or "")
        if parent is not None and parent.valid_to is not None:
            raise FieldRefused("valid_to", "PARENT_UNKNOWN")
        return
    if after.valid_to < before.valid_from:
        raise FieldRefused("valid_to", "VALID_TO_BEFORE_FROM")
    working = [person for person in staff.people_in(work, [before.id]) if person.state != StaffState.LEFT]
    check_closing(before, units, len(working), remaining.customers, remaining.tasks)
