"""What an import of the organisation would do, row by row, decided before anything is written."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from support.domain.errors import TooManyRows
from support.domain.organisation import PERSON_ROLES, Person, Unit, UnitKind

MOST_ROWS = 10_000
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,29}")
_STAFF_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_PHONE = re.compile(r"\+?[0-9][0-9-]{2,24}")
_LONGEST_NAME = 100
# Which kind of unit may stand above which.
_ABOVE = {
    UnitKind.BUREAU: (UnitKind.BRANCH,),
    UnitKind.COMMUNITY: (UnitKind.BUREAU,),
    UnitKind.DEPARTMENT: (UnitKind.BRANCH, UnitKind.BUREAU),
}
_WORKPLACES = (UnitKind.BUREAU, UnitKind.COMMUNITY)


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit as it came; `kind` is empty when the caller named none."""

    code: str
    name: str
    kind: str
    parent_code: str


@dataclass(frozen=True, slots=True)
class StaffRow:
    """A person as they came."""

    staff_number: str
    name: str
    phone: str
    unit_code: str
    also_unit_codes: tuple[str, ...]
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FailedRow:
    """A row that was refused, and why."""

    kind: Literal["unit", "staff"]
    key: str
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of the rows: read = created + updated + skipped + failed."""

    read: int
    created: int
    updated: int
    skipped: int
    failed: tuple[FailedRow, ...]


@dataclass
class Plan:
    """What is to be written: new rows, and changed ones beside what they were."""

    new_units: list[Unit] = field(default_factory=list[Unit])
    changed_units: list[tuple[Unit, Unit]] = field(default_factory=list[tuple[Unit, Unit]])
    new_people: list[Person] = field(default_factory=list[Person])
    changed_people: list[tuple[Person, Person]] = field(default_factory=list[tuple[Person, Person]])
    skipped: int = 0
    failed: list[FailedRow] = field(default_factory=list[FailedRow])

    def result(self, read: int) -> ImportResult:
        """Answer the counts."""
        return ImportResult(
            read=read,
            created=len(self.new_units) + len(self.new_people),
            updated=len(self.changed_units) + len(self.changed_people),
            skipped=self.skipped,
            failed=tuple(self.failed),
        )


@dataclass
class Known:
    """The branch as it stands, and what the import needs besides: the day, and ids for what is new."""

    units: dict[str, Unit]
    people: dict[str, Person]
    today: date
    new_id: Callable[[], str]


def plan(unit_rows: Sequence[UnitRow], staff_rows: Sequence[StaffRow], known: Known) -> Plan:
    """Decide row by row; a wrong row does not stop the others, but what names it fails with it."""
    if len(unit_rows) + len(staff_rows) > MOST_ROWS:
        raise TooManyRows(maximum=str(MOST_ROWS))
    decided = Plan()
    units = dict(known.units)
    seen: set[str] = set()
    for row in unit_rows:
        wrong = ("code", "CODE_REPEATED") if row.code in seen else _wrong_unit(row, units)
        seen.add(row.code)
        if wrong is not None:
            decided.failed.append(FailedRow("unit", row.code, *wrong))
        else:
            _take_unit(row, units, known, decided)
    numbers: set[str] = set()
    for row in staff_rows:
        wrong = ("staff_number", "STAFF_NUMBER_REPEATED") if row.staff_number in numbers else _wrong_staff(row, units)
        numbers.add(row.staff_number)
        if wrong is not None:
            decided.failed.append(FailedRow("staff", row.staff_number, *wrong))
        else:
            _take_staff(row, units, known, decided)
    return decided


def _take_unit(row: UnitRow, units: dict[str, Unit], known: Known, decided: Plan) -> None:
    before = units.get(row.code)
    parent = units[row.parent_code].id if row.parent_code else None
    after = Unit(
        id=before.id if before else known.new_id(),
        code=row.code,
        name=row.name,
        kind=UnitKind(row.kind),
        parent_id=parent,
        valid_from=before.valid_from if before else known.today,
        valid_to=before.valid_to if before else None,
    )
    units[row.code] = after
    if before is None:
        decided.new_units.append(after)
    elif before == after:
        decided.skipped += 1
    else:
        decided.changed_units.append((before, after))


def _take_staff(row: StaffRow, units: dict[str, Unit], known: Known, decided: Plan) -> None:
    before = known.people.get(row.staff_number)
    after = Person(
        id=before.id if before else known.new_id(),
        staff_number=row.staff_number,
        name=row.name,
        phone=row.phone,
        unit_id=units[row.unit_code].id,
        also=tuple(sorted({units[code].id for code in row.also_unit_codes} - {units[row.unit_code].id})),
        roles=tuple(sorted(set(row.roles))),
        active=before.active if before else True,
    )
    if before is None:
        decided.new_people.append(after)
    elif before == after:
        decided.skipped += 1
    else:
        decided.changed_people.append((before, after))


def _wrong_unit(row: UnitRow, units: dict[str, Unit]) -> tuple[str, str] | None:
    """Answer the field that is wrong and the reason, or None."""
    if not _CODE.fullmatch(row.code):
        return "code", "CODE_INVALID"
    if reason := _wrong_name(row.name):
        return "name", reason
    if row.kind not in set(UnitKind):
        return "kind", "KIND_MISSING"
    before = units.get(row.code)
    if before is not None and before.kind != row.kind:
        return "kind", "KIND_CHANGED"
    return _wrong_parent(row, units)


def _wrong_parent(row: UnitRow, units: dict[str, Unit]) -> tuple[str, str] | None:
    if row.kind == UnitKind.BRANCH:
        if row.parent_code:
            return "parent_code", "BRANCH_HAS_NO_PARENT"
        other = any(unit.kind == UnitKind.BRANCH and unit.code != row.code for unit in units.values())
        return ("kind", "SECOND_BRANCH") if other else None
    if not row.parent_code:
        return "parent_code", "PARENT_MISSING"
    parent = units.get(row.parent_code)
    if parent is None:
        return "parent_code", "PARENT_UNKNOWN"
    return None if parent.kind in _ABOVE[UnitKind(row.kind)] else ("parent_code", "PARENT_KIND_WRONG")


def _wrong_staff(row: StaffRow, units: dict[str, Unit]) -> tuple[str, str] | None:
    if not _STAFF_NUMBER.fullmatch(row.staff_number):
        return "staff_number", "STAFF_NUMBER_INVALID"
    if reason := _wrong_name(row.name):
        return "name", reason
    if row.phone and not _PHONE.fullmatch(row.phone):
        return "phone", "PHONE_INVALID"
    if row.unit_code not in units:
        return "unit_code", "UNIT_UNKNOWN"
    if any(code not in units for code in row.also_unit_codes):
        return "also_unit_codes", "UNIT_UNKNOWN"
    if any(units[code].kind not in _WORKPLACES for code in row.also_unit_codes):
        return "also_unit_codes", "UNIT_KIND_WRONG"
    return ("roles", "ROLE_UNKNOWN") if set(row.roles) - PERSON_ROLES else None


def _wrong_name(name: str) -> str:
    if not name.strip() or name != name.strip():
        return "NAME_MISSING"
    return "NAME_TOO_LONG" if len(name) > _LONGEST_NAME else ""
