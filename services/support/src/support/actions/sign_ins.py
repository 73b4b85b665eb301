"""Stays in the portal: noted from the gateway's events, listed for who may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.access import RowFacts
from chassis.database import Unit as Work
from chassis.paging import Page
from chassis.rights import Columns
from support.domain.audit import AuditKind, AuditNote
from support.domain.device import device_of
from support.domain.sign_in import SignIn
from support.storage import organisation, sign_ins
from support.storage.audit_queue import queue
from support.storage.staff_reach import facts_of_person


@dataclass(frozen=True, slots=True)
class StayView:
    """A stay, and how far its columns are open to the caller."""

    stay: SignIn
    columns: Columns


def record_sign_in(work: Work, stay: SignIn) -> None:
    """Note that somebody signed in."""
    values: dict[str, object] = {
        "staff_number": stay.staff_number,
        "name": stay.name or None,
        "ip": stay.ip or None,
        "user_agent": stay.user_agent[:300] or None,
        "signed_in_at": stay.signed_in_at,
    }
    sign_ins.write(work, stay.id, values, if_new={})
    device = device_of(stay.user_agent)
    queue(
        work,
        AuditNote(AuditKind.SIGN_IN, stay.staff_number, stay.signed_in_at, name=stay.name, ip=stay.ip, device=device),
    )


def record_sign_out(work: Work, session_id: str, staff_number: str, ended_by: str, at: datetime) -> None:
    """Note that a stay ended; when its beginning is not known yet, it began when it ended until we hear of it."""
    sign_ins.write(
        work,
        session_id,
        {"signed_out_at": at, "ended_by": ended_by or None},
        if_new={"staff_number": staff_number, "signed_in_at": at},
    )
    name, ip, user_agent = sign_ins.where_from(work, session_id)
    device = device_of(user_agent)
    queue(
        work,
        AuditNote(AuditKind.SIGN_OUT, staff_number, at, name=name, ip=ip, device=device, detail=ended_by),
    )


def list_sign_ins(work: Work, staff_number: str, page: Page) -> tuple[list[StayView], bool, int | None]:
    """Answer a page of stays, whether more follow, and the total when wanted."""
    found, total = sign_ins.list_sign_ins(work, staff_number=staff_number, page=page)
    return _views(work, found[: page.size]), len(found) > page.size, total


def _views(work: Work, stays: Sequence[SignIn]) -> list[StayView]:
    alike = work.access.rights(work.actor).alike(sign_ins.FORM)
    if alike is not None:
        return [StayView(stay, alike) for stay in stays]
    people = organisation.people_by_number(work, [stay.staff_number for stay in stays])
    units = organisation.all_units(work)
    # A stay of a number nobody has lies nowhere: only rules for every row reach it.
    facts = {number: facts_of_person(number, units.get(person.unit_id)) for number, person in people.items()}
    return [StayView(stay, work.columns(sign_ins.FORM, facts.get(stay.staff_number, RowFacts()))) for stay in stays]
