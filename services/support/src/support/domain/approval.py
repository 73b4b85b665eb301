"""What waits for a second person, and what was decided."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ApprovalKind(StrEnum):
    """What is asked for."""

    POLICY = "policy"
    EXPORT = "export"
    PARAMETER = "parameter"


class ApprovalState(StrEnum):
    """Where it stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Approval:
    """Something that waits for a second person. `summary` is JSON."""

    id: str
    kind: ApprovalKind
    subject_id: str
    form: str
    summary: str
    requested_by: str
    requested_name: str
    requested_at: datetime
    state: ApprovalState = ApprovalState.WAITING
    bureau_id: str = ""
    community_id: str = ""
    decided_by: str = ""
    decided_for: str = ""
    decided_at: datetime | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalDecided:
    """Somebody decided an approval."""

    approval: Approval
    decided_by_name: str
