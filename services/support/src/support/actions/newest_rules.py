"""The rules as the database has them this moment: what is published may be a second behind, and some answers must not be."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from crm.common.v1 import person_pb2

from chassis.access import GRANTS_KEY, PERSON_PREFIX, UNITS_KEY, AccessBook
from chassis.clock import business_day
from chassis.database import Unit as Work
from chassis.identity import Actor
from support import rules_document
from support.domain.disclosure import Limits
from support.domain.organisation import Person, Unit, UnitKind, reach, with_those_above
from support.domain.policy_check import Form, Holder, Known
from support.storage import approvals, organisation, policies

LimitsAt = Callable[[Sequence[str]], Limits]


@dataclass(frozen=True)
class Frame:
    """What surrounds the rules: the branch's zone, the forms that services declare, the limits that hold at units."""

    zone: ZoneInfo
    forms: Mapping[str, Form]
    limits: LimitsAt

    def sensitive(self, form: str, column: str) -> bool:
        """Tell whether a column is masked where no rule opens it; one nobody declared is."""
        known = self.forms.get(form)
        return known is None or known.columns.get(column, True)

    def sensitive_columns(self) -> set[tuple[str, str]]:
        """Answer every sensitive column with its form."""
        return {
            (form.name, column) for form in self.forms.values() for column, hidden in form.columns.items() if hidden
        }

    def today(self, work: Work) -> date:
        """Answer the branch's day."""
        return business_day(work.now(), self.zone)


@dataclass(frozen=True)
class Newest:
    """The rules in force and some people, from the database."""

    book: AccessBook
    people: Mapping[str, Person]
    units: Mapping[str, Unit]

    def actor(self, staff_number: str) -> Actor | None:
        """Answer a person as a caller; None when the branch has no record of them."""
        return self.book.actor_of(staff_number)

    def home(self, staff_number: str) -> tuple[str, str]:
        """Answer the bureau and community (or department) of a person's own unit; empty where they have none."""
        person = self.people.get(staff_number)
        if person is None:
            return "", ""
        above = with_those_above((person.unit_id,), dict(self.units))
        community = next((unit.id for unit in above if unit.kind in (UnitKind.COMMUNITY, UnitKind.DEPARTMENT)), "")
        bureau = next((unit.id for unit in above if unit.kind in (UnitKind.BUREAU, UnitKind.COUNTY_COMPANY)), "")
        return bureau or next(iter(reach(person, dict(self.units)).bureau_ids), ""), community


def newest(work: Work, frame: Frame, staff_numbers: Iterable[str]) -> Newest:
    """Answer the rules in force with these people, past everything that is published."""
    today = frame.today(work)
    units = organisation.all_units(work)
    people = organisation.people_by_number(work, sorted(set(staff_numbers)))
    force = policies.in_force(work)
    documents = {
        GRANTS_KEY: rules_document.document(force.roles if force else ()).SerializeToString(),
        UNITS_KEY: rules_document.tree(units.values()).SerializeToString(),
    }
    for number, person in people.items():
        absent = approvals.absent_today(work, number, today)
        documents[PERSON_PREFIX + number] = _document(person, units, absent, today).SerializeToString()
    return Newest(AccessBook(documents, today=lambda: today, sensitive=frame.sensitive), people, units)


def known(work: Work, frame: Frame) -> Known:
    """Answer what a policy may name and who works here; the caller works here though no record may say so yet."""
    units = organisation.all_units(work)
    people = organisation.people_by_number(work)
    today = frame.today(work)
    active = [
        Holder(number, frozenset(person.roles), _above(person, units))
        for number, person in people.items()
        if _works(person, today)
    ]
    caller = work.actor
    if caller.kind == "person" and caller.id not in people:
        active.append(Holder(caller.id, caller.roles))
    numbers: Collection[str] = {*people, caller.id}
    return Known(frame.forms, units.keys(), numbers, active, today)


def _above(person: Person, units: dict[str, Unit]) -> frozenset[str]:
    return frozenset(unit.id for unit in with_those_above((person.unit_id, *person.also), units))


def _works(person: Person, today: date) -> bool:
    return person.active and person.works_on(today)


def _document(person: Person, units: dict[str, Unit], absent: Iterable[str], today: date) -> person_pb2.PersonDocument:
    where = reach(person, units)
    day = today.isoformat()
    return person_pb2.PersonDocument(
        staff_number=person.staff_number,
        name=person.name,
        active=_works(person, today),
        bureau_ids=where.bureau_ids,
        community_ids=where.community_ids,
        roles=person.roles,
        unit_id=person.unit_id,
        unit_ids=(person.unit_id, *person.also),
        stands_in_for=[person_pb2.StandIn(staff_number=each, valid_from=day, valid_to=day) for each in absent],
    )
