"""What an import of the organisation would do, row by row, decided before anything is written."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from support.domain.errors import TooManyRows
from support.domain.organisation import ABOVE, BUREAU_LIKE, Person, StaffState, Unit, UnitKind
from support.domain.staff import wrong_phone, wrong_positions, wrong_staff_name, wrong_staff_number

MOST_ROWS = 10_000
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,29}")
_WORKPLACES = BUREAU_LIKE | {UnitKind.COMMUNITY}


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
    # None leaves the day as it is.
    valid_from: date | None = None
    valid_to: date | None = None
    # What names the row in the answer; empty for the staff number.
    place: str = ""


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


def _nothing_closed(before: Person | None, after: Person) -> tuple[str, str] | None:
    del before, after


@dataclass
class Known:
    """The branch as it stands, and what the import needs besides: the day, and ids for what is new."""

    units: dict[str, Unit]
    people: dict[str, Person]
    today: date
    new_id: Callable[[], str]
    # Says which field of a person, as they were and would be, the caller may not bring in, and why.
    closed: Callable[[Person | None, Person], tuple[str, str] | None] = _nothing_closed


def plan(unit_rows: Sequence[UnitRow], staff_rows: Sequence[StaffRow], known: Known) -> Plan:
    """Decide row by row; a wrong row does not stop the others, but what names it fails with it."""
    if len(unit_rows) + len(staff_rows) > MOST_ROWS:
        raise TooManyRows(maximum=str(MOST_ROWS))
    decided = Plan()
    units = dict(known.units)
    seen: set[str] = set()
    for row in unit_rows:
        wrong = ("code", "CODE_REPEATED") if row.code in seen else wrong_unit(row, units)
        seen.add(row.code)
        if wrong is not None:
            decided.failed.append(FailedRow("unit", row.code, *wrong))
        else:
            _take_unit(row, units, known, decided)
    numbers: set[str] = set()
    for row in staff_rows:
        repeated = row.staff_number in numbers
        wrong = ("staff_number", "STAFF_NUMBER_REPEATED") if repeated else _wrong_staff(row, units, known)
        numbers.add(row.staff_number)
        if wrong is not None:
            decided.failed.append(FailedRow("staff", row.place or row.staff_number, *wrong))
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
    base = before or Person(known.new_id(), row.staff_number, "", "", "", (), (), valid_from=known.today)
    after = replace(
        base,
        name=row.name,
        phone=row.phone,
        unit_id=units[row.unit_code].id,
        also=tuple(sorted({units[code].id for code in row.also_unit_codes} - {units[row.unit_code].id})),
        roles=tuple(sorted(set(row.roles))),
        valid_from=row.valid_from or base.valid_from,
        valid_to=row.valid_to or base.valid_to,
    )
    after = replace(after, active=after.works_on(known.today))
    closed = known.closed(before, after)
    if closed is not None:
        decided.failed.append(FailedRow("staff", row.place or row.staff_number, *closed))
    elif before is None:
        decided.new_people.append(after)
    elif before == after:
        decided.skipped += 1
    else:
        decided.changed_people.append((before, replace(after, version=before.version + 1)))


def wrong_unit(row: UnitRow, units: dict[str, Unit]) -> tuple[str, str] | None:
    """Answer the field that is wrong and the reason, or None."""
    if not _CODE.fullmatch(row.code):
        return "code", "CODE_INVALID"
    if reason := wrong_staff_name(row.name):
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
    return None if parent.kind in ABOVE[UnitKind(row.kind)] else ("parent_code", "PARENT_KIND_WRONG")


def _wrong_staff(row: StaffRow, units: dict[str, Unit], known: Known) -> tuple[str, str] | None:
    for name, reason in (
        ("staff_number", wrong_staff_number(row.staff_number)),
        ("name", wrong_staff_name(row.name)),
        ("phone", wrong_phone(row.phone)),
        ("unit_code", "" if row.unit_code in units else "UNIT_UNKNOWN"),
        ("also_unit_codes", _wrong_workplaces(row.also_unit_codes, units)),
        ("roles", wrong_positions(row.roles)),
    ):
        if reason:
            return name, reason
    before = known.people.get(row.staff_number)
    if before is not None and before.state == StaffState.LEFT:
        return "staff_number", "PERSON_LEFT"
    return _wrong_days(row, before, known.today)


def _wrong_workplaces(codes: Sequence[str], units: dict[str, Unit]) -> str:
    if any(code not in units for code in codes):
        return "UNIT_UNKNOWN"
    return "UNIT_KIND_WRONG" if any(units[code].kind not in _WORKPLACES for code in codes) else ""


def _wrong_days(row: StaffRow, before: Person | None, today: date) -> tuple[str, str] | None:
    begin = row.valid_from or (before.valid_from if before else None)
    if row.valid_to is not None and begin is not None and row.valid_to < begin:
        return "valid_to", "VALID_TO_BEFORE_FROM"
    changed = before is None or row.valid_to != before.valid_to
    # Leaving hands work over; a row of a file cannot.
    return ("valid_to", "VALID_TO_PASSED") if row.valid_to is not None and row.valid_to < today and changed else None
