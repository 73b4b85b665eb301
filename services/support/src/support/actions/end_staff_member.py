"""Somebody leaves: the account closes, sessions end, what they kept goes to a successor."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from chassis.clock import business_day
from chassis.database import Unit as Work
from support.actions.staff_members import DELETE, MemberView, views, within_reach
from support.actions.write_people import hand_over, next_version, write_people
from support.domain.errors import FieldRefused, StaffRefused
from support.domain.organisation import Person, StaffState
from support.domain.staff import check_successor, gone, leave, settled
from support.storage import organisation, staff


@dataclass(frozen=True, slots=True)
class Kept:
    """What a person keeps, counted where it is kept."""

    customers: int = 0
    tasks: int = 0


def end_staff_member(
    work: Work, staff_number: str, successor: str, last_day: date | None, reason: str, kept: Kept, zone: ZoneInfo
) -> MemberView:
    """End somebody's work here, at once or after a day ahead. Refused without a successor while something is kept."""
    before = within_reach(work, staff_number, DELETE)
    if staff_number == work.actor.id:
        raise StaffRefused("NOT_YOURSELF")
    if not successor and (kept.customers or kept.tasks):
        raise FieldRefused("successor", "SUCCESSOR_MISSING", customers=str(kept.customers), tasks=str(kept.tasks))
    if successor:
        check_successor(before, organisation.people_by_number(work, [successor]).get(successor), successor)
    if successor and before.state == StaffState.LEFT:
        # What was left behind may be given on later, too.
        hand_over(work, staff_number, successor, (), work.new_id())
        return views(work, [before])[0]
    today = business_day(work.now(), zone)
    after = leave(before, last_day=last_day or today, successor=successor, reason=reason, today=today)
    changed = next_version(before, after)
    if changed is None:
        return views(work, [before])[0]
    cause = work.new_id()
    write_people(work, [], [changed], cause)
    work.trace(staff.FORM_STAFF, before.id, "reason", None, reason.strip(), cause=cause)
    if successor and changed[1].state == StaffState.LEFT:
        hand_over(work, staff_number, successor, (), cause)
    return views(work, [changed[1]])[0]


def turn_the_day(work: Work, today: date) -> int:
    """Let those begin whose first day has come and those be gone whose last day is over; answer how many."""
    changed = [
        each for person in staff.due_people(work, today) if (each := next_version(person, _today(person, today)))
    ]
    if not changed:
        return 0
    cause = work.new_id()
    write_people(work, [], changed, cause)
    for before, after in changed:
        taker = _who_works(work, before.successor) if after.state == StaffState.LEFT else ""
        if taker:
            hand_over(work, after.staff_number, taker, (), cause)
    return len(changed)


def _who_works(work: Work, number: str) -> str:
    """The successor, or whoever took over from them meanwhile; nobody when that ends nowhere."""
    seen: set[str] = set()
    while number and number not in seen:
        seen.add(number)
        person = organisation.people_by_number(work, [number]).get(number)
        if person is None or person.active:
            return number if person else ""
        number = person.successor
    return ""


def _today(person: Person, today: date) -> Person:
    over = person.valid_to is not None and person.valid_to < today
    return gone(person, today) if over else settled(person, today)
