"""The branch: its units and its people."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class UnitKind(StrEnum):
    """What a unit is."""

    BRANCH = "branch"
    BUREAU = "bureau"
    # Stands where a bureau stands (县公司).
    COUNTY_COMPANY = "county"
    COMMUNITY = "community"
    DEPARTMENT = "department"


BUREAU_LIKE = frozenset({UnitKind.BUREAU, UnitKind.COUNTY_COMPANY})
# Which kind of unit may stand above which.
ABOVE = {
    UnitKind.BUREAU: (UnitKind.BRANCH,),
    UnitKind.COUNTY_COMPANY: (UnitKind.BRANCH,),
    UnitKind.COMMUNITY: tuple(sorted(BUREAU_LIKE)),
    UnitKind.DEPARTMENT: (UnitKind.BRANCH, *sorted(BUREAU_LIKE)),
}


class StaffState(StrEnum):
    """How a member of staff stands."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    LEFT = "left"


# Roles that a person may hold. Those of machines (service, importer, external_system) come from tokens only: an
# import must not be able to make a person into one.
PERSON_ROLES = frozenset(
    {
        "customer_manager",
        "seat_manager",
        "supervisor",
        "bureau_chief",
        "support_staff",
        "editor",
        "dispatcher",
        "operator",
        "administrator",
    }
)


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit as it stands."""

    id: str
    code: str
    name: str
    kind: UnitKind
    parent_id: str | None
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff as they stand; `also` are ids of further units, sorted, `roles` (their positions) are sorted.

    `active` says whether they may work today: it follows from state and validity, and is kept for lists and documents.
    """

    id: str
    staff_number: str
    name: str
    phone: str
    unit_id: str
    also: tuple[str, ...]
    roles: tuple[str, ...]
    active: bool = True
    version: int = 1
    state: StaffState = StaffState.ACTIVE
    valid_from: date | None = None
    valid_to: date | None = None
    # Who takes over on the day after `valid_to`, where that lies ahead.
    successor: str = ""

    @property
    def unit_ids(self) -> tuple[str, ...]:
        """Every unit the person belongs to, their own first."""
        return self.unit_id, *self.also

    def works_on(self, day: date) -> bool:
        """Tell whether the person works on a day."""
        begun = self.valid_from is None or self.valid_from <= day
        return self.state == StaffState.ACTIVE and begun and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Reach:
    """The bureaus and communities a person works for."""

    bureau_ids: tuple[str, ...]
    community_ids: tuple[str, ...]


def reach(person: Person, units: dict[str, Unit]) -> Reach:
    """Answer where a person works: in the communities named, in the bureaus named and those the communities lie in."""
    bureaus: list[str] = []
    communities: list[str] = []
    for unit in (units[unit_id] for unit_id in person.unit_ids):
        if unit.kind in BUREAU_LIKE:
            bureaus.append(unit.id)
        elif unit.kind == UnitKind.COMMUNITY:
            communities.append(unit.id)
            if unit.parent_id is not None:
                bureaus.append(unit.parent_id)
    return Reach(tuple(dict.fromkeys(bureaus)), tuple(dict.fromkeys(communities)))


def with_those_above(unit_ids: tuple[str, ...], units: dict[str, Unit]) -> list[Unit]:
    """Answer units and everything above them, topmost first."""
    found: dict[str, Unit] = {}
    for unit_id in unit_ids:
        above: list[Unit] = []
        unit = units.get(unit_id)
        while unit is not None:
            above.append(unit)
            unit = units.get(unit.parent_id) if unit.parent_id else None
        found |= {unit.id: unit for unit in reversed(above)}
    return list(found.values())


def below(unit_id: str, units: dict[str, Unit]) -> list[Unit]:
    """Answer everything under a unit, at any depth, without the unit itself."""
    found = [unit for unit in units.values() if unit.parent_id == unit_id]
    return found + [deeper for unit in found for deeper in below(unit.id, units)]
