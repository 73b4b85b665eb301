"""What was seen in full or taken out, by whom and why."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from support.domain.access_errors import UnmaskLimitReached
from support.domain.errors import FieldRefused

SHORTEST_REASON, LONGEST_REASON = 4, 500


class DisclosureKind(StrEnum):
    """What is disclosed."""

    UNMASK = "unmask"
    EXPORT = "export"


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One value that was seen in full, or rows that were taken out."""

    id: str
    kind: DisclosureKind
    staff_number: str
    name: str
    form: str
    record_id: str
    record_label: str
    column: str
    reason: str
    at: datetime
    rows: int = 0
    ip: str = ""
    bureau_id: str = ""
    community_id: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the branch has set around disclosures and policies."""

    second_administrator: bool = True
    unmask_daily: int = 20
    export_rows: int = 500


def check_reason(reason: str) -> str:
    """Answer the reason without blanks around it; refuse one that says nothing."""
    found = reason.strip()
    if len(found) < SHORTEST_REASON:
        raise FieldRefused("reason", "REASON_TOO_SHORT", minimum=str(SHORTEST_REASON))
    if len(found) > LONGEST_REASON:
        raise FieldRefused("reason", "TEXT_TOO_LONG", maximum=str(LONGEST_REASON))
    return found


def left_after(seen_today: int, limit: int) -> int:
    """Answer how many values the person may see after this one; refuse when this one is already too many."""
    if seen_today >= limit:
        raise UnmaskLimitReached(limit=str(limit))
    return limit - seen_today - 1
