"""Questions about the branch: its units, its staff, and who is calling."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from crm.common.v1 import access_pb2

from chassis import masking
from chassis.database import Unit as Work
from chassis.identity import Actor
from chassis.paging import Page
from chassis.rights import READ
from support.actions.staff_members import columns_of
from support.domain.organisation import Person, Reach, Unit, UnitKind, reach, with_those_above
from support.domain.pairs import StandIn
from support.storage import organisation, pairs
from support.storage.documents import PERSON, versions
from support.storage.staff_reach import units_within

_ORDER = tuple(UnitKind)


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person with where they work, whom they stand in for, and the version of what is published about them."""

    person: Person
    reach: Reach
    version: int
    stands_in_for: tuple[StandIn, ...] = ()


@dataclass(frozen=True, slots=True)
class Me:
    """The caller: the branch's record where there is one, else what the token says."""

    actor: Actor
    view: PersonView | None
    grants: list[access_pb2.Grant]
    units: list[Unit]


def list_units(work: Work, kinds: Collection[UnitKind]) -> list[Unit]:
    """Answer the units within reach of some kinds, or all of them, parents first."""
    found = [
        unit for unit in units_within(work, organisation.all_units(work)).values() if not kinds or unit.kind in kinds
    ]
    return sorted(found, key=lambda unit: (_ORDER.index(unit.kind), unit.code))


def unit_names(work: Work) -> dict[str, str]:
    """Answer what every unit is called, for rows that name theirs."""
    return {unit.id: unit.name for unit in organisation.all_units(work).values()}


def list_staff(
    work: Work, query: str, unit_id: str, role: str, page: Page
) -> tuple[list[PersonView], bool, int | None]:
    """Answer a page of staff, whether more follow, and the total when wanted."""
    found, total = organisation.list_people(work, query=query, unit_id=unit_id, role=role, page=page)
    units = organisation.all_units(work)
    numbers = versions(work)
    views = [_view(_shown(work, person, units), units, numbers) for person in found[: page.size]]
    return views, len(found) > page.size, total


def _shown(work: Work, person: Person, units: Mapping[str, Unit]) -> Person:
    """Answer a person as far as their columns are open to the caller."""
    columns = columns_of(work, person, units)
    return replace(
        person,
        name=masking.shown(columns, "name", 0, person.name),
        phone=masking.shown(columns, "phone", access_pb2.SENSITIVITY_PHONE, person.phone),
        roles=person.roles if columns.right("positions") >= READ else (),
    )


def get_me(work: Work) -> Me:
    """Answer the caller with the rules that apply and the units they belong to."""
    person = organisation.people_by_number(work, [work.actor.id]).get(work.actor.id)
    rules = work.access.grants_of(work.actor)
    if person is None:
        return Me(work.actor, None, rules, [])
    units = organisation.all_units(work)
    return Me(
        actor=work.actor,
        view=_view(person, units, versions(work), _absences(work)),
        grants=rules,
        units=with_those_above((person.unit_id, *person.also), units),
    )


def everybody(work: Work, numbers: Sequence[str] | None = None) -> list[PersonView]:
    """Answer every person, or these, for publication."""
    units = organisation.all_units(work)
    known = versions(work)
    absences = _absences(work)
    return [_view(person, units, known, absences) for person in organisation.people_by_number(work, numbers).values()]


def _absences(work: Work) -> dict[str, list[StandIn]]:
    """Who stands in for whom, now and later. A day too many harms nobody: each period says when it holds."""
    found: dict[str, list[StandIn]] = {}
    for period in pairs.stand_ins_from(work, (work.now() - timedelta(days=1)).date()):
        found.setdefault(period.stand_in_number, []).append(period)
    return found


def _view(
    person: Person, units: dict[str, Unit], numbers: dict[str, int], absences: dict[str, list[StandIn]] | None = None
) -> PersonView:
    periods = tuple((absences or {}).get(person.staff_number, ()))
    return PersonView(person, reach(person, units), numbers.get(PERSON + person.staff_number, 0), periods)
