"""Stand-ins for leave: who looks after whose tasks and approvals, and when."""

from dataclasses import dataclass, replace
from datetime import date

from chassis.database import Unit as Work
from support.actions.staff_members import refuse_people_out_of_reach
from support.domain.errors import FieldRefused, RecordUnknown
from support.domain.pairs import StandIn, check_stand_in
from support.storage import organisation, pairs
from support.storage.documents import PERSON, mark_changed
from support.storage.ids import is_id
from support.storage.staff import FORM_STAND_INS


@dataclass(frozen=True, slots=True)
class StandInSaid:
    """What was said of a stand-in."""

    id: str
    absent_number: str
    stand_in_number: str
    valid_from: date | None
    valid_to: date | None
    cancelled: bool


def list_stand_ins(work: Work, staff_number: str) -> list[StandIn]:
    """Answer stand-ins within reach, newest first."""
    return pairs.list_stand_ins(work, staff_number)


def set_stand_in(work: Work, said: StandInSaid) -> StandIn:
    """Name a stand-in for a period, move the period, or take it back."""
    before = _known(work, said.id) if said.id else None
    after = _said(work, said, before)
    if after == before:
        return after
    # Two at once take turns: each sees what the other made.
    organisation.lock_people(work)
    people = organisation.people_by_number(work, [after.absent_number, after.stand_in_number])
    refuse_people_out_of_reach(work, people.values())
    if not after.cancelled:
        check_stand_in(after, people, pairs.stand_ins_from(work, after.valid_from))
    pairs.write_stand_in(work, after, new=before is None)
    root = people[after.absent_number].id if after.absent_number in people else after.id
    for field, old, new in _differences(before, after):
        work.trace(FORM_STAND_INS, after.id, field, old, new, root_id=root)
    concerned = {after.stand_in_number} | ({before.stand_in_number} if before else set[str]())
    mark_changed(work, (PERSON + number for number in concerned))
    return after


def _known(work: Work, period_id: str) -> StandIn:
    found = pairs.stand_in(work, period_id) if is_id(period_id) else None
    if found is None:
        raise RecordUnknown(form=FORM_STAND_INS, id=period_id)
    if found.cancelled:
        raise FieldRefused("id", "STAND_IN_CANCELLED")
    return found


def _said(work: Work, said: StandInSaid, before: StandIn | None) -> StandIn:
    if before is not None and said.cancelled:
        return replace(before, cancelled=True)
    for field, value in (("valid_from", said.valid_from), ("valid_to", said.valid_to)):
        if value is None:
            raise FieldRefused(f"period.{field}", "DATE_MISSING")
    first, last = said.valid_from or date.min, said.valid_to or date.max
    if before is not None:
        return replace(before, stand_in_number=said.stand_in_number, valid_from=first, valid_to=last)
    return StandIn(work.new_id(), said.absent_number, said.stand_in_number, first, last)


def _differences(before: StandIn | None, after: StandIn) -> list[tuple[str, str | None, str | None]]:
    if before is None:
        told = f"{after.absent_number} → {after.stand_in_number}, {after.valid_from} – {after.valid_to}"
        return [("*", None, told)]
    names = ("stand_in_number", "valid_from", "valid_to", "cancelled")
    pairs_of_values = [(name, str(getattr(before, name)), str(getattr(after, name))) for name in names]
    return [(name, old, new) for name, old, new in pairs_of_values if old != new]
