"""A change of the tree, decided before anything is written: a unit under another parent, or one bureau into another."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from support.domain.errors import FieldRefused, UnitRefused
from support.domain.organisation import ABOVE, BUREAU_LIKE, Person, Unit, UnitKind, below


@dataclass(frozen=True, slots=True)
class Move:
    """A unit goes under another parent."""

    unit_id: str
    parent_id: str


@dataclass(frozen=True, slots=True)
class Merge:
    """A bureau goes up in another, and ends."""

    from_id: str
    into_id: str


Change = Move | Merge


@dataclass(frozen=True, slots=True)
class Reorganised:
    """What changes of the tree. `communities` are pairs of a community and its new bureau."""

    changed_units: tuple[tuple[Unit, Unit], ...]
    communities: tuple[tuple[str, str], ...]
    ended_id: str = ""
    into_id: str = ""

    @property
    def replaced(self) -> dict[str, str]:
        """Units in whose place another stands now."""
        return {self.ended_id: self.into_id} if self.ended_id else {}

    @property
    def concerned(self) -> list[str]:
        """Units whose customers and tasks are carried along."""
        return [community for community, _ in self.communities] + ([self.ended_id] if self.ended_id else [])


def reorganised(change: Change, units: dict[str, Unit], today: date) -> Reorganised:
    """Decide a change, or refuse it."""
    return _moved(change, units) if isinstance(change, Move) else _merged(change, units, today)


def carried(person: Person, replaced: dict[str, str]) -> Person:
    """Answer a person whose units are those that stand in the place of others now."""
    unit_id = replaced.get(person.unit_id, person.unit_id)
    also = {replaced.get(unit, unit) for unit in person.also} - {unit_id}
    return replace(person, unit_id=unit_id, also=tuple(sorted(also)))


def _moved(change: Move, units: dict[str, Unit]) -> Reorganised:
    unit, parent = _open(change.unit_id, "unit_id", units), _open(change.parent_id, "parent_id", units)
    if parent.kind not in ABOVE.get(unit.kind, ()):
        raise FieldRefused("parent_id", "PARENT_KIND_WRONG")
    if unit.parent_id == parent.id:
        raise UnitRefused("NOTHING_TO_MOVE", unit=unit.name, parent=parent.name)
    communities = ((unit.id, parent.id),) if unit.kind == UnitKind.COMMUNITY else ()
    return Reorganised(((unit, replace(unit, parent_id=parent.id)),), communities)


def _merged(change: Merge, units: dict[str, Unit], today: date) -> Reorganised:
    ending, into = _open(change.from_id, "from_id", units), _open(change.into_id, "into_id", units)
    for unit, field in ((ending, "from_id"), (into, "into_id")):
        if unit.kind not in BUREAU_LIKE:
            raise FieldRefused(field, "NOT_A_BUREAU")
    if ending.id == into.id:
        raise FieldRefused("into_id", "MERGE_WITH_ITSELF")
    children = [unit for unit in units.values() if unit.parent_id == ending.id and unit.valid_to is None]
    changed = [(unit, replace(unit, parent_id=into.id)) for unit in children]
    changed.append((ending, replace(ending, valid_to=max(today, ending.valid_from))))
    communities = _communities(children, into.id)
    return Reorganised(tuple(changed), communities, ending.id, into.id)


def _communities(units: Iterable[Unit], bureau_id: str) -> tuple[tuple[str, str], ...]:
    return tuple((unit.id, bureau_id) for unit in units if unit.kind == UnitKind.COMMUNITY)


def _open(unit_id: str, field: str, units: dict[str, Unit]) -> Unit:
    unit = units.get(unit_id)
    if unit is None or unit.valid_to is not None:
        raise FieldRefused(field, "UNIT_UNKNOWN")
    return unit


def check_closing(unit: Unit, units: dict[str, Unit], people: int, customers: int, tasks: int) -> None:
    """Refuse to close a unit to which something still belongs."""
    if unit.kind == UnitKind.BRANCH:
        raise UnitRefused("BRANCH_STAYS")
    open_below = sum(1 for other in below(unit.id, units) if other.valid_to is None)
    counts = {"units": open_below, "people": people, "customers": customers, "tasks": tasks}
    if any(counts.values()):
        raise UnitRefused("UNIT_IN_USE", **{name: str(count) for name, count in counts.items()})
