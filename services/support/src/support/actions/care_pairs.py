"""Pairs of seat manager and customer manager (双层维系): listed, made, ended."""

from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from chassis.clock import business_day
from chassis.database import Unit as Work
from support.actions.staff_members import refuse_people_out_of_reach
from support.domain.errors import RecordUnknown
from support.domain.pairs import Pair, check_days, check_pair
from support.storage import organisation, pairs
from support.storage.documents import PAIRS, mark_changed
from support.storage.ids import is_id
from support.storage.staff import FORM_PAIRS


@dataclass(frozen=True, slots=True)
class PairSaid:
    """What was said of a pair."""

    id: str
    seat_number: str
    manager_number: str
    valid_from: date | None
    valid_to: date | None


def list_pairs(work: Work, staff_number: str, zone: ZoneInfo, *, ended: bool) -> list[Pair]:
    """Answer pairs within reach, those that ended too when asked for."""
    return pairs.list_pairs(work, staff_number, None if ended else business_day(work.now(), zone))


def set_pair(work: Work, said: PairSaid, zone: ZoneInfo) -> Pair:
    """Make a pair, or change the days of one."""
    today = business_day(work.now(), zone)
    if said.id:
        return _change(work, said)
    made = Pair(work.new_id(), said.seat_number, said.manager_number, said.valid_from or today, said.valid_to)
    # Two at once take turns: each sees what the other made.
    organisation.lock_people(work)
    people = organisation.people_by_number(work, [made.seat_number, made.manager_number])
    others = pairs.pairs_of(work, [made.seat_number])
    refuse_people_out_of_reach(work, people.values())
    check_pair(made, people.get(made.seat_number), people.get(made.manager_number), others)
    pairs.write_pair(work, made, new=True)
    label = f"{made.seat_number} + {made.manager_number}"
    work.trace(FORM_PAIRS, made.id, "*", None, label, root_id=people[made.seat_number].id)
    mark_changed(work, [PAIRS])
    return made


def _change(work: Work, said: PairSaid) -> Pair:
    before = pairs.pair(work, said.id) if is_id(said.id) else None
    if before is None:
        raise RecordUnknown(form=FORM_PAIRS, id=said.id)
    people = organisation.people_by_number(work, [before.seat_number, before.manager_number])
    refuse_people_out_of_reach(work, people.values())
    after = replace(before, valid_from=said.valid_from or before.valid_from, valid_to=said.valid_to)
    check_days(after.valid_from, after.valid_to)
    if after == before:
        return before
    seat = people.get(before.seat_number)
    root = seat.id if seat else before.id
    pairs.write_pair(work, after, new=False)
    for field, old, new in (
        ("valid_from", before.valid_from, after.valid_from),
        ("valid_to", before.valid_to, after.valid_to),
    ):
        if old != new:
            work.trace(FORM_PAIRS, before.id, field, str(old) if old else None, str(new) if new else None, root_id=root)
    mark_changed(work, [PAIRS])
    return after
