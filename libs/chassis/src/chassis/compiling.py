"""Published rules → the rules of one caller: which roles they hold today, and where each scope leads for them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from crm.common.v1 import access_pb2, person_pb2
from crm.support.v1 import support_pb2

from chassis.identity import Actor
from chassis.rights import ALL, BUREAU, COMMUNITY, OWN, OWN_CUSTOMERS, SUBTREE, UNITS, HeldBy, Reach, Rule

GRANTS_KEY = "access.grants"
PERSON_PREFIX = "person."
UNITS_KEY = "organisation.units"
# A department has rows of its own, such as its staff, and stands for them where a community would.
_SMALLEST = frozenset({support_pb2.UNIT_KIND_COMMUNITY, support_pb2.UNIT_KIND_DEPARTMENT})
_BUREAUS = frozenset({support_pb2.UNIT_KIND_BUREAU, support_pb2.UNIT_KIND_COUNTY_COMPANY})


@dataclass
class Branch:
    """The rules and the tree of units, parsed once a version."""

    grants: bytes | None
    units: bytes | None
    by_role: dict[str, list[access_pb2.Grant]] = field(default_factory=dict[str, list[access_pb2.Grant]])
    assignments: list[access_pb2.RoleAssignment] = field(default_factory=list[access_pb2.RoleAssignment])
    parents: dict[str, str] = field(default_factory=dict[str, str])
    children: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    kinds: dict[str, int] = field(default_factory=dict[str, int])

    @classmethod
    def read(cls, grants: bytes | None, units: bytes | None) -> "Branch":
        """Parses both documents."""
        branch = cls(grants, units)
        document = access_pb2.GrantsDocument.FromString(grants or b"")
        for grant in document.grants:
            branch.by_role.setdefault(grant.role, []).append(grant)
        branch.assignments = list(document.assignments)
        for unit in support_pb2.UnitsDocument.FromString(units or b"").units:
            branch.kinds[unit.id] = unit.kind
            branch.parents[unit.id] = unit.parent_id
            branch.children.setdefault(unit.parent_id, []).append(unit.id)
        return branch

    def below(self, unit_ids: Iterable[str]) -> frozenset[str]:
        """Answers these units with every unit below them."""
        found: set[str] = set()
        waiting = list(unit_ids)
        while waiting:
            unit = waiting.pop()
            if unit not in found:
                found.add(unit)
                waiting += self.children.get(unit, ())
        return frozenset(found)

    def above(self, unit_ids: Iterable[str]) -> frozenset[str]:
        """Answers these units with every unit above them."""
        found: set[str] = set()
        for unit in unit_ids:
            while unit and unit not in found:
                found.add(unit)
                unit = self.parents.get(unit, "")
        return frozenset(found)

    def reach(self, unit_ids: Iterable[str]) -> Reach:
        """Answers the rows that lie in these units or below; the branch itself is every row, placed or not."""
        wanted = self.below(unit_ids)
        if any(self.kinds.get(unit) == support_pb2.UNIT_KIND_BRANCH for unit in wanted):
            return Reach(all=True)
        return Reach(
            communities=frozenset(unit for unit in wanted if self.kinds.get(unit) in _SMALLEST),
            bureaus=frozenset(unit for unit in wanted if self.kinds.get(unit) in _BUREAUS),
        )


def compiled(branch: Branch, actor: Actor, person: person_pb2.PersonDocument | None, today: date) -> Iterator[Rule]:
    """Yields the rules that hold for the caller today."""
    own = frozenset({actor.id, *absent(person, today)})
    units = _units(actor, person)
    for role, held_by in roles_of(branch, actor, person, today).items():
        for grant in branch.by_role.get(role, ()):
            yield Rule(
                id=grant.id,
                form=grant.form,
                role=role,
                held_by=held_by,
                actions=frozenset(grant.actions),
                reach=_reach(branch, grant, actor, own, units),
                refuse=grant.refuse,
                columns={rule.column: rule.right for rule in grant.columns},
                other=grant.other_columns,
            )


def roles_of(branch: Branch, actor: Actor, person: person_pb2.PersonDocument | None, today: date) -> dict[str, HeldBy]:
    """Answers the roles the caller holds today, and why: by position, by unit or in person."""
    held: dict[str, HeldBy] = dict.fromkeys(sorted(actor.roles), "POSITION")
    if actor.kind != "person":
        return held
    belongs = branch.above(_units(actor, person))
    on = today.isoformat()
    for each in branch.assignments:
        if (each.valid_from and on < each.valid_from) or (each.valid_to and each.valid_to < on):
            continue
        if each.position and each.position in actor.roles:
            held.setdefault(each.role, "POSITION")
        elif each.unit_id and each.unit_id in belongs:
            held.setdefault(each.role, "UNIT")
        elif each.staff_number and each.staff_number == actor.id:
            held.setdefault(each.role, "PERSON")
    return held


def absent(person: person_pb2.PersonDocument | None, today: date) -> Iterator[str]:
    """Yields the staff numbers of absent colleagues whom the person stands in for today."""
    on = today.isoformat()
    for period in person.stands_in_for if person is not None else ():
        if period.valid_from <= on <= period.valid_to:
            yield period.staff_number


def _units(actor: Actor, person: person_pb2.PersonDocument | None) -> frozenset[str]:
    if person is not None and (person.unit_ids or person.unit_id):
        return frozenset((*person.unit_ids, person.unit_id)) - {""}
    return actor.bureau_ids | actor.community_ids


def _reach(branch: Branch, grant: access_pb2.Grant, actor: Actor, own: frozenset[str], units: frozenset[str]) -> Reach:
    match grant.scope:
        case access_pb2.ROW_SCOPE_ALL:
            return Reach(all=True)
        case access_pb2.ROW_SCOPE_OWN:
            return Reach(owners=own)
        case access_pb2.ROW_SCOPE_OWN_CUSTOMERS:
            return Reach(owners=own, keepers=own)
        case access_pb2.ROW_SCOPE_COMMUNITY:
            return Reach(communities=actor.community_ids)
        case access_pb2.ROW_SCOPE_BUREAU:
            return Reach(bureaus=actor.bureau_ids)
        case access_pb2.ROW_SCOPE_SUBTREE:
            return branch.reach(units)
        case access_pb2.ROW_SCOPE_UNITS:
            return branch.reach(grant.unit_ids)
        case _:
            return Reach()


SCOPES = (OWN, OWN_CUSTOMERS, COMMUNITY, BUREAU, SUBTREE, UNITS, ALL)
