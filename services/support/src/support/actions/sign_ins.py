"""Stays in the portal: noted from the gateway's events, listed for who may see them."""

from datetime import datetime

from chassis.database import Unit as Work
from chassis.paging import Page
from support.domain.audit import AuditKind, AuditNote
from support.domain.device import device_of
from support.domain.sign_in import SignIn
from support.storage import sign_ins
from support.storage.audit_queue import queue


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


def list_sign_ins(work: Work, staff_number: str, page: Page) -> tuple[list[SignIn], bool, int | None]:
    """Answer a page of stays, whether more follow, and the total when wanted."""
    found, total = sign_ins.list_sign_ins(work, staff_number=staff_number, page=page)
    return found[: page.size], len(found) > page.size, total
