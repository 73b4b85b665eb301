"""Move a community, or merge bureaus: units, people and rules here in one transaction; customers and tasks follow by event."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from zoneinfo import ZoneInfo

from chassis.clock import business_day
from chassis.database import Unit as Work
from chassis.requests import first_answer, remember
from support.actions.product_policy import carry_units, rules_naming
from support.actions.write_people import next_version, trace_fields, write_people
from support.domain.errors import TreeChanged
from support.domain.organisation import Person, Unit, UnitKind
from support.domain.organisation_events import Doer, UnitsMoved
from support.domain.reorganisation import Change, Reorganised, carried, reorganised
from support.storage import documents, organisation, staff

_CALL = "Reorganise"


@dataclass(frozen=True, slots=True)
class Effect:
    """What is carried along; customers and tasks are counted where they are kept."""

    communities: int
    people: int
    rules: int
    customers: int = 0
    tasks: int = 0


def preview_reorganisation(work: Work, change: Change, zone: ZoneInfo) -> tuple[Effect, list[str], int]:
    """Answer what would be carried along here, the units whose rows are to be counted elsewhere, and the tree's version."""
    version = documents.version(work, documents.UNITS)
    units = organisation.all_units(work)
    decided = reorganised(change, units, business_day(work.now(), zone))
    return _effect(work, decided), decided.concerned, version


def reorganise(work: Work, request_id: str, change: Change, version: int, zone: ZoneInfo) -> Effect:
    """Do it on the tree that was previewed; the same request id answers the same again."""
    content = repr((change, version))
    before = first_answer(work, _CALL, request_id, content)
    if before is not None:
        return Effect(**json.loads(before))
    units = organisation.all_units(work)
    decided = reorganised(change, units, business_day(work.now(), zone))
    if not documents.raise_version(work, documents.UNITS, version):
        raise TreeChanged(form=staff.FORM_UNITS, version=str(documents.version(work, documents.UNITS)))
    effect = _effect(work, decided)
    cause = work.new_id()
    people = _people(work, decided)
    organisation.write_units(work, [], [after for _, after in decided.changed_units])
    for old, new in decided.changed_units:
        trace_fields(work, staff.FORM_UNITS, old, new, cause)
    changed = [each for person in people if (each := next_version(person, carried(person, decided.replaced)))]
    write_people(work, [], changed, cause)
    documents.mark_changed(work, [documents.PERSON + person.staff_number for person in people])
    if decided.replaced:
        carry_units(work, decided.replaced)
    _announce(work, decided, cause)
    remember(work, _CALL, request_id, content, json.dumps(asdict(effect)))
    return effect


def announce_moved(work: Work, moved: Sequence[Unit], cause: str) -> None:
    """Announce units that an import put under another parent."""
    communities = tuple((unit.id, unit.parent_id or "") for unit in moved if unit.kind == UnitKind.COMMUNITY)
    if communities:
        work.record(UnitsMoved(communities, "", "", _doer(work), work.now(), cause))


def _announce(work: Work, decided: Reorganised, cause: str) -> None:
    if decided.communities or decided.ended_id:
        event = UnitsMoved(decided.communities, decided.ended_id, decided.into_id, _doer(work), work.now(), cause)
        work.record(event)


def _effect(work: Work, decided: Reorganised) -> Effect:
    return Effect(
        communities=len(decided.communities),
        people=len(_people(work, decided)),
        rules=rules_naming(work, list(decided.replaced) or decided.concerned),
    )


def _people(work: Work, decided: Reorganised) -> list[Person]:
    return staff.people_in(work, decided.concerned) if decided.concerned else []


def _doer(work: Work) -> Doer:
    actor = work.actor
    return Doer(actor.kind, actor.id, actor.name, actor.ip)
