"""Suspend a member of staff, or let them work again."""

from zoneinfo import ZoneInfo

from chassis.clock import business_day
from chassis.database import Unit as Work
from support.actions.staff_members import MemberView, views, within_reach
from support.actions.write_people import next_version, write_people
from support.domain.errors import StaffRefused
from support.domain.staff import suspend
from support.storage import staff


def suspend_staff_member(work: Work, staff_number: str, reason: str, zone: ZoneInfo, *, suspended: bool) -> MemberView:
    """Let somebody not sign in for now, or take that back; to be told twice changes nothing."""
    before = within_reach(work, staff_number)
    if staff_number == work.actor.id:
        raise StaffRefused("NOT_YOURSELF")
    after = suspend(before, suspended=suspended, reason=reason, today=business_day(work.now(), zone))
    changed = next_version(before, after)
    if changed is None:
        return views(work, [before])[0]
    cause = work.new_id()
    write_people(work, [], [changed], cause)
    work.trace(staff.FORM_STAFF, before.id, "reason", None, reason.strip(), cause=cause)
    return views(work, [changed[1]])[0]
