"""Failed sign-ins as the identity provider stored them: each is recorded once, however often it is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.database import Unit as Work
from chassis.inbox import once
from support.domain.audit import AuditKind, AuditNote
from support.storage import audit_queue
from support.storage.audit_marks import move_mark, read_until

SOURCE = "keycloak"
_READER = "support-keycloak-events"


@dataclass(frozen=True, slots=True)
class Failure:
    """A sign-in that failed: the name as it was typed, from where, and why."""

    id: str
    typed: str
    ip: str
    reason: str
    at: datetime


def known_until(work: Work) -> datetime | None:
    """Answer until when the provider's events were read; None before the first time."""
    return read_until(work, SOURCE)


def record_failures(work: Work, failures: Sequence[Failure]) -> int:
    """Record the failures that are new, oldest first, and how far was read; answer how many were new."""
    new = [failure for failure in failures if once(work, _READER, failure.id)]
    notes = [AuditNote(AuditKind.SIGN_IN_FAILED, each.typed, each.at, ip=each.ip, detail=each.reason) for each in new]
    audit_queue.queue(work, *notes)
    if failures:
        move_mark(work, SOURCE, max(failure.at for failure in failures))
    return len(new)
