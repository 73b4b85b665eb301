"""What other parts of the suite say happened, recorded."""

from collections.abc import Iterable
from datetime import datetime

from chassis.database import Unit as Work
from support.domain.audit import AuditKind, AuditNote
from support.storage.audit_queue import queue


def record_views(work: Work, looks: Iterable[tuple[str, str, str, str, str, datetime]]) -> None:
    """Record that people looked at records: number, name, address, form, record and when."""
    queue(
        work,
        *(
            AuditNote(AuditKind.RECORD_VIEW, number, at, name=name, ip=ip, form=form, record_id=record_id)
            for number, name, ip, form, record_id, at in looks
        ),
    )


def record_system_use(work: Work, staff_number: str, name: str, ip: str, code: str, outcome: str, at: datetime) -> None:
    """Record that a person went to an older system, and how that went."""
    queue(work, AuditNote(AuditKind.SYSTEM_USE, staff_number, at, name=name, ip=ip, detail=f"{code} {outcome}".strip()))
