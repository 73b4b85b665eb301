"""Staff as the administrator keeps them: asked for one by one, as a list, and what was changed of them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from crm.common.v1 import access_pb2

from chassis.access import RowFacts
from chassis.database import Unit as Work
from chassis.paging import Page
from chassis.rights import Columns
from support.domain.errors import RecordUnknown
from support.domain.organisation import Person, StaffState, Unit
from support.domain.parameter_errors import UnitOutOfReach
from support.storage import accounts, organisation, staff
from support.storage.ids import is_id
from support.storage.staff_reach import facts_of_person, sees_unit, units_within

SEE = access_pb2.ACTION_SEE
CHANGE = access_pb2.ACTION_CHANGE
DELETE = access_pb2.ACTION_DELETE
EXPORT = access_pb2.ACTION_EXPORT


@dataclass(frozen=True, slots=True)
class MemberView:
    """A person, whether a change of their account is on its way, and what the caller sees of the columns."""

    person: Person
    account_waits: bool
    columns: Columns


def within_reach(work: Work, staff_number: str, action: int = CHANGE) -> Person:
    """Answer a person the caller may do this to. One out of reach is as if they were not there."""
    person = staff.member(work, staff_number, action)
    if person is None:
        raise RecordUnknown(form=staff.FORM_STAFF, id=staff_number)
    return person


def get_member(work: Work, staff_number: str) -> MemberView:
    """Answer one member of staff whom the caller sees and may change."""
    within_reach(work, staff_number, SEE)
    return views(work, [within_reach(work, staff_number)])[0]


def list_members(
    work: Work, query: str, unit_id: str, position: str, states: Collection[StaffState], page: Page
) -> tuple[list[MemberView], bool, int | None]:
    """Answer a page of staff, whether more follow, and the total when wanted; active and suspended unless asked otherwise."""
    found, total = staff.list_members(work, query=query, unit_id=unit_id, position=position, states=states, page=page)
    return views(work, found[: page.size]), len(found) > page.size, total


def list_changes(work: Work, record_id: str, page: Page) -> tuple[list[tuple[Any, Columns]], bool, int | None]:
    """Answer a page of what was changed of units and people within reach, newest first, each with the columns of its person."""
    if record_id and not is_id(record_id):
        raise RecordUnknown(form=staff.FORM_STAFF, id=record_id)
    units = organisation.all_units(work)
    rows, total = staff.changes_page(work, record_id, page, list(units_within(work, units)))
    shown = rows[: page.size]
    people = staff.people_by_id(work, {row.root_id for row in shown})
    return (
        [(row, _columns_of_root(work, people.get(row.root_id), units)) for row in shown],
        len(rows) > page.size,
        total,
    )


def views(work: Work, people: Iterable[Person]) -> list[MemberView]:
    """Answer people with the state of their accounts and the caller's columns."""
    found = list(people)
    units = organisation.all_units(work)
    waiting = accounts.waiting(work, [person.staff_number for person in found])
    return [MemberView(person, person.staff_number in waiting, columns_of(work, person, units)) for person in found]


def columns_of(work: Work, person: Person, units: Mapping[str, Unit]) -> Columns:
    """Answer what the caller sees of a person's columns."""
    return work.columns(staff.FORM_STAFF, facts_of_person(person.staff_number, units.get(person.unit_id)))


def _columns_of_root(work: Work, person: Person | None, units: Mapping[str, Unit]) -> Columns:
    return work.columns(staff.FORM_STAFF, RowFacts()) if person is None else columns_of(work, person, units)


def refuse_unless_within(work: Work, staff_number: str, unit: Unit | None, action: int) -> None:
    """Refuse to put somebody where the caller's rules do not reach."""
    facts = facts_of_person(staff_number, unit)
    if not work.access.sees(
        work.actor, staff.FORM_STAFF, action, owners=facts.owners, community=facts.community, bureau=facts.bureau
    ):
        raise UnitOutOfReach(form=staff.FORM_STAFF, id=unit.id if unit else "")


def refuse_people_out_of_reach(work: Work, people: Iterable[Person]) -> None:
    """Refuse to bind people together unless the caller may change each of them."""
    units = organisation.all_units(work)
    for person in people:
        refuse_unless_within(work, person.staff_number, units.get(person.unit_id), CHANGE)


def refuse_unit_out_of_reach(work: Work, unit: Unit | None, action: int) -> None:
    """Refuse to change the tree where the caller's rules do not reach."""
    if not sees_unit(work, unit, action):
        raise UnitOutOfReach(form=staff.FORM_UNITS, id=unit.id if unit else "")
