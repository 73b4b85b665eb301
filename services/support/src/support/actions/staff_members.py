"""Staff as the administrator keeps them: asked for one by one, as a list, and what was changed of them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from crm.common.v1 import access_pb2

from chassis.access import RowFacts
from chassis.database import Unit as Work
from chassis.paging import Page
from chassis.rights import Columns
from support.domain.errors import RecordUnknown
from support.domain.organisation import Person, StaffState
from support.storage import accounts, staff
from support.storage.ids import is_id

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
    """Answer one member of staff."""
    return views(work, [within_reach(work, staff_number)])[0]


def list_members(
    work: Work, query: str, unit_id: str, position: str, states: Collection[StaffState], page: Page
) -> tuple[list[MemberView], bool, int | None]:
    """Answer a page of staff, whether more follow, and the total when wanted; active and suspended unless asked otherwise."""
    wanted = states or (StaffState.ACTIVE, StaffState.SUSPENDED)
    found, total = staff.list_members(work, query=query, unit_id=unit_id, position=position, states=wanted, page=page)
    return views(work, found[: page.size]), len(found) > page.size, total


def list_changes(work: Work, record_id: str, page: Page) -> tuple[Sequence[Any], bool, int | None, Columns]:
    """Answer a page of what was changed of units and people, newest first, and the columns open on everybody's row."""
    if record_id and not is_id(record_id):
        raise RecordUnknown(form=staff.FORM_STAFF, id=record_id)
    rows, total = staff.changes_page(work, record_id, page)
    return rows[: page.size], len(rows) > page.size, total, work.columns(staff.FORM_STAFF, RowFacts())


def views(work: Work, people: Iterable[Person]) -> list[MemberView]:
    """Answer people with the state of their accounts and the caller's columns."""
    found = list(people)
    waiting = accounts.waiting(work, [person.staff_number for person in found])
    return [MemberView(person, person.staff_number in waiting, columns_of(work, person)) for person in found]


def columns_of(work: Work, person: Person) -> Columns:
    """Answer what the caller sees of a person's columns."""
    return work.columns(staff.FORM_STAFF, RowFacts((person.staff_number,), (), person.unit_id, person.unit_id))
