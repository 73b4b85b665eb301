"""Where members of staff and units stand for rules: everybody belongs to their own unit and to the bureau it lies in."""

from collections.abc import Mapping
from typing import Any

from crm.common.v1 import access_pb2
from sqlalchemy import ColumnElement, case, exists, not_, or_, select

from chassis.access import RowColumns, RowFacts
from chassis.database import Unit as Work
from support.domain.organisation import BUREAU_LIKE, Unit
from support.storage.tables import people, units

FORM_STAFF = "support.staff"
FORM_UNITS = "support.organisation"
_SEE = access_pb2.ACTION_SEE
_home = units.alias("home_units")
_BUREAU = (
    select(case((_home.c.kind.in_(sorted(str(kind) for kind in BUREAU_LIKE)), _home.c.id), else_=_home.c.parent_id))
    .where(_home.c.id == people.c.unit_id)
    .correlate(people)
    .scalar_subquery()
)
# A department stands where a community stands: a rule that names it reaches who belongs to it.
WHOSE = RowColumns(owner=(people.c.staff_number,), community=people.c.unit_id, bureau=_BUREAU)


def facts_of_unit(unit: Unit | None) -> RowFacts:
    """Answer what rules go by of a unit."""
    if unit is None:
        return RowFacts()
    return RowFacts((), (), unit.id, unit.id if unit.kind in BUREAU_LIKE else unit.parent_id or "")


def facts_of_person(staff_number: str, unit: Unit | None) -> RowFacts:
    """Answer what rules go by of somebody who belongs to a unit."""
    place = facts_of_unit(unit)
    return RowFacts((staff_number,), (), place.community, place.bureau)


def sees_unit(work: Work, unit: Unit | None, action: int = _SEE) -> bool:
    """Tell whether the caller may do this to a unit; where there is none, to every one."""
    place = facts_of_unit(unit)
    return work.access.sees(work.actor, FORM_UNITS, action, community=place.community, bureau=place.bureau)


def units_within(work: Work, units_by_id: Mapping[str, Unit], action: int = _SEE) -> dict[str, Unit]:
    """Answer the units that the caller may do this to."""
    return {key: unit for key, unit in units_by_id.items() if sees_unit(work, unit, action)}


def person_within(work: Work, column: ColumnElement[Any], form: str = FORM_STAFF) -> ColumnElement[bool]:
    """Answer the condition that a row is about somebody within reach; `column` has their staff number."""
    return _about(work, form, people.c.staff_number == column)


def record_within(work: Work, column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Answer the condition that a row is about somebody within reach; `column` has the id of their record."""
    return _about(work, FORM_STAFF, people.c.id == column)


def _about(work: Work, form: str, theirs: ColumnElement[bool]) -> ColumnElement[bool]:
    within = exists(select(people.c.id).where(theirs, work.rows(form, _SEE, WHOSE)))
    if not work.access.sees(work.actor, form, _SEE):
        return within
    # A row about nobody, such as the stay of a mistyped number, is reached by rules for every row; a refusal that takes
    # somebody away leaves it.
    return or_(within, not_(exists(select(people.c.id).where(theirs))))
