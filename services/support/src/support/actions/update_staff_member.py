"""Change name, telephone, units, positions or validity of a member of staff."""

from collections.abc import Collection
from zoneinfo import ZoneInfo

from chassis.clock import business_day
from chassis.database import Unit as Work
from chassis.errors import InvalidField
from chassis.rights import HIDDEN, WRITE, Columns
from support.actions.staff_members import CHANGE, MemberView, columns_of, refuse_unless_within, views, within_reach
from support.actions.write_people import hand_over, next_version, write_people
from support.domain.errors import FieldRefused, PersonChanged
from support.domain.organisation import Person, Unit
from support.domain.staff import StaffFields, change, check_successor, left_communities
from support.storage import organisation, staff

# Fields that rules may close; the unit is a fact that rules themselves go by.
_COLUMNS = {
    "name": "name",
    "phone": "phone",
    "also": "also_unit_ids",
    "roles": "positions",
    "valid_from": "valid_from",
    "valid_to": "valid_to",
}


def update_staff_member(
    work: Work,
    staff_number: str,
    version: int,
    said: StaffFields,
    fields: Collection[str],
    successor: str,
    zone: ZoneInfo,
) -> MemberView:
    """Change a person the caller has seen in this version; a successor takes over the communities they leave."""
    before = within_reach(work, staff_number)
    expect_version(work, before, version)
    today = business_day(work.now(), zone)
    units = organisation.all_units(work)
    after, _ = change(before, said, fields, units, today)
    changed = next_version(before, after)
    if changed is None:
        return views(work, [before])[0]
    _check_columns(work, before, after, units)
    refuse_unless_within(work, after.staff_number, units.get(after.unit_id), CHANGE)
    cause = work.new_id()
    write_people(work, [], [changed], cause)
    if successor:
        _pass_on(work, changed, units, successor, cause)
    return views(work, [changed[1]])[0]


def expect_version(work: Work, person: Person, seen: int) -> None:
    """Refuse a change by somebody who has not seen the present version, and say what they missed."""
    if seen != person.version:
        missed = staff.changed_since(work, person.id, max(person.version - seen, 1))
        columns = columns_of(work, person, organisation.all_units(work))
        told = [name for name in missed.get("fields", "").split(",") if _may_know(columns, name)]
        missed = missed | {"fields": ",".join(told)} if missed else missed
        raise PersonChanged(form=staff.FORM_STAFF, id=person.id, version=str(person.version), **missed)


def _may_know(columns: Columns, field: str) -> bool:
    """Tell whether the caller may know that a field was changed: not of a hidden column."""
    return field not in _COLUMNS.values() or columns.right(field, sensitive=field == "phone") > HIDDEN


def _check_columns(work: Work, before: Person, after: Person, units: dict[str, Unit]) -> None:
    columns = columns_of(work, before, units)
    for name, path in _COLUMNS.items():
        if getattr(before, name) != getattr(after, name) and columns.right(path, sensitive=path == "phone") < WRITE:
            raise InvalidField(path, "COLUMN_NOT_WRITABLE", form=staff.FORM_STAFF)


def _pass_on(work: Work, changed: tuple[Person, Person], units: dict[str, Unit], successor: str, cause: str) -> None:
    before, after = changed
    taker = organisation.people_by_number(work, [successor]).get(successor)
    check_successor(after, taker, successor)
    left = left_communities(before, after, units)
    if not left:
        raise FieldRefused("successor", "NOTHING_LEFT_BEHIND")
    hand_over(work, after.staff_number, successor, left, cause)
