"""What other parts of the suite say happened, recorded."""

from datetime import datetime

from chassis.database import Unit as Work
from support.domain.audit import AuditKind, AuditNote
from support.storage.audit_queue import queue


def record_view(work: Work, staff_number: str, name: str, ip: str, form: str, record_id: str, at: datetime) -> None:
    """Record that a person looked at a record."""
    queue(work, AuditNote(AuditKind.RECORD_VIEW, staff_number, at, name=name, ip=ip, form=form, record_id=record_id))


def record_system_use(work: Work, staff_number: str, name: str, ip: str, code: str, outcome: str, at: datetime) -> None:
    """Record that a person went to an older system, and how that went."""
    queue(work, AuditNote(AuditKind.SYSTEM_USE, staff_number, at, name=name, ip=ip, detail=f"{code} {outcome}".strip()))
