"""The branch: its units and its people."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class UnitKind(StrEnum):
    """What a unit is."""

    BRANCH = "branch"
    BUREAU = "bureau"
    COMMUNITY = "community"
    DEPARTMENT = "department"


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
    """A member of staff as they stand; `also` are ids of further units, sorted, `roles` are sorted."""

    id: str
    staff_number: str
    name: str
    phone: str
    unit_id: str
    also: tuple[str, ...]
    roles: tuple[str, ...]
    active: bool = True


@dataclass(frozen=True, slots=True)
class Reach:
    """The bureaus and communities a person works for."""

    bureau_ids: tuple[str, ...]
    community_ids: tuple[str, ...]


def reach(person: Person, units: dict[str, Unit]) -> Reach:
    """Answer where a person works: in the communities named, in the bureaus named and those the communities lie in."""
    bureaus: list[str] = []
    communities: list[str] = []
    for unit in (units[unit_id] for unit_id in (person.unit_id, *person.also)):
        if unit.kind == UnitKind.BUREAU:
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
