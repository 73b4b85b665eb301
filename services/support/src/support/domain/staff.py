"""What a member of staff may be: the rules of joining, moving, suspending and leaving."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from support.domain.errors import FieldRefused, StaffRefused
from support.domain.organisation import BUREAU_LIKE, PERSON_ROLES, Person, StaffState, Unit, UnitKind

ADMINISTRATOR = "administrator"
_STAFF_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_PHONE = re.compile(r"\+?[0-9][0-9-]{2,24}")
_LONGEST_NAME = 100
_LONGEST_REASON = 300
_WORKPLACES = BUREAU_LIKE | {UnitKind.COMMUNITY}


@dataclass(frozen=True, slots=True)
class StaffFields:
    """What an administrator writes of a person."""

    name: str = ""
    phone: str = ""
    unit_id: str = ""
    also_unit_ids: tuple[str, ...] = ()
    positions: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None


FIELDS = ("name", "phone", "unit_id", "also_unit_ids", "positions", "valid_from", "valid_to")


def join(person_id: str, number: str, said: StaffFields, units: dict[str, Unit], today: date) -> Person:
    """Answer somebody new, or refuse what is wrong with them."""
    _refuse("staff_number", wrong_staff_number(number))
    person = Person(person_id, number, "", "", "", (), ())
    person = _with(person, said, FIELDS)
    person = replace(person, valid_from=said.valid_from or today)
    _check(person, units)
    if person.valid_to is not None and person.valid_to < today:
        raise FieldRefused("valid_to", "VALID_TO_PASSED")
    return settled(person, today)


def change(
    before: Person, said: StaffFields, fields: Collection[str], units: dict[str, Unit], today: date
) -> tuple[Person, bool]:
    """Answer a person with new values of some fields, and whether they come back after having left."""
    for name in fields:
        if name not in FIELDS:
            raise FieldRefused(name, "FIELD_NOT_CHANGEABLE")
    after = _with(before, said, fields)
    _check(after, units)
    back = before.state == StaffState.LEFT and "valid_to" in fields
    if before.state == StaffState.LEFT and not back:
        raise StaffRefused("PERSON_LEFT", staff_number=before.staff_number)
    if "valid_to" in fields and after.valid_to is not None and after.valid_to < today:
        # Who leaves hands over: that is another call.
        raise FieldRefused("valid_to", "VALID_TO_PASSED")
    if back:
        after = replace(after, state=StaffState.ACTIVE, successor="")
    return settled(after, today), back


def suspend(before: Person, *, suspended: bool, reason: str, today: date) -> Person:
    """Answer a person who may not sign in for now, or may again."""
    check_reason(reason)
    if before.state == StaffState.LEFT:
        raise StaffRefused("PERSON_LEFT", staff_number=before.staff_number)
    return settled(replace(before, state=StaffState.SUSPENDED if suspended else StaffState.ACTIVE), today)


def leave(before: Person, *, last_day: date, successor: str, reason: str, today: date) -> Person:
    """Answer a person whose work here ends: at once, or after a day that lies ahead."""
    check_reason(reason)
    if before.state == StaffState.LEFT:
        raise StaffRefused("PERSON_LEFT", staff_number=before.staff_number)
    if before.valid_from is not None and last_day < before.valid_from:
        raise FieldRefused("valid_to", "VALID_TO_BEFORE_FROM")
    after = replace(before, valid_to=last_day, successor=successor)
    return settled(replace(after, state=StaffState.LEFT) if last_day <= today else after, today)


def gone(before: Person, today: date) -> Person:
    """Answer a person whose last day is over."""
    return settled(replace(before, state=StaffState.LEFT), today)


def settled(person: Person, today: date) -> Person:
    """Answer the person with what follows from state and validity on a day."""
    return replace(person, active=person.works_on(today))


def check_reason(reason: str) -> None:
    """Refuse a reason that is missing or too long."""
    if not reason.strip():
        raise FieldRefused("reason", "REASON_MISSING")
    if len(reason) > _LONGEST_REASON:
        raise FieldRefused("reason", "TOO_LONG", maximum=str(_LONGEST_REASON))


def check_successor(person: Person, successor: Person | None, number: str) -> None:
    """Refuse a successor who is not there, does not work, or is the very person."""
    if number == person.staff_number:
        raise FieldRefused("successor", "SUCCESSOR_SAME")
    if successor is None or not successor.active:
        raise FieldRefused("successor", "SUCCESSOR_UNKNOWN", value=number)


def left_communities(before: Person, after: Person, units: dict[str, Unit]) -> list[str]:
    """Answer the communities a person worked for and no longer does, those of a bureau they left too."""
    return sorted(_communities(before, units) - _communities(after, units))


def wrong_staff_number(number: str) -> str:
    """Answer why this is no staff number, or nothing."""
    return "" if _STAFF_NUMBER.fullmatch(number) else "STAFF_NUMBER_INVALID"


def wrong_staff_name(name: str) -> str:
    """Answer why this is no name of a person or unit, or nothing."""
    if not name.strip() or name != name.strip():
        return "NAME_MISSING"
    return "NAME_TOO_LONG" if len(name) > _LONGEST_NAME else ""


def wrong_phone(phone: str) -> str:
    """Answer why this is no telephone number, or nothing; a masked one sent back is none."""
    if "*" in phone:
        return "MASKED_VALUE"
    return "PHONE_INVALID" if phone and not _PHONE.fullmatch(phone) else ""


def wrong_positions(positions: Sequence[str]) -> str:
    """Answer why somebody cannot hold these, or nothing."""
    return "ROLE_UNKNOWN" if set(positions) - PERSON_ROLES else ""


def _with(person: Person, said: StaffFields, fields: Collection[str]) -> Person:
    values: dict[str, object] = {}
    for name in ("name", "phone", "unit_id", "valid_from", "valid_to"):
        if name in fields:
            values[name] = getattr(said, name)
    if "positions" in fields:
        values["roles"] = tuple(sorted(set(said.positions)))
    own = str(values.get("unit_id", person.unit_id))
    if "also_unit_ids" in fields or "unit_id" in fields:
        also = said.also_unit_ids if "also_unit_ids" in fields else person.also
        values["also"] = tuple(sorted(set(also) - {own}))
    return replace(person, **values)  # type: ignore[arg-type]  # each value has the type of its field


def _check(person: Person, units: dict[str, Unit]) -> None:
    _refuse("name", wrong_staff_name(person.name))
    _refuse("phone", wrong_phone(person.phone))
    _refuse("positions", wrong_positions(person.roles))
    unit = units.get(person.unit_id)
    if unit is None or unit.valid_to is not None:
        raise FieldRefused("unit_id", "UNIT_UNKNOWN")
    for unit_id in person.also:
        further = units.get(unit_id)
        if further is None or further.valid_to is not None:
            raise FieldRefused("also_unit_ids", "UNIT_UNKNOWN")
        if further.kind not in _WORKPLACES:
            raise FieldRefused("also_unit_ids", "UNIT_KIND_WRONG")
    if person.valid_from is not None and person.valid_to is not None and person.valid_to < person.valid_from:
        raise FieldRefused("valid_to", "VALID_TO_BEFORE_FROM")


def _refuse(field: str, reason: str) -> None:
    if reason:
        raise FieldRefused(field, reason)


def _communities(person: Person, units: dict[str, Unit]) -> set[str]:
    found: set[str] = set()
    for unit_id in person.unit_ids:
        unit = units[unit_id]
        if unit.kind == UnitKind.COMMUNITY:
            found.add(unit_id)
        elif unit.kind in BUREAU_LIKE:
            found |= {other.id for other in units.values() if other.parent_id == unit_id}
    return found
