"""Which entries somebody asks for, and what they are counted by."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from support.domain.audit import AuditKind
from support.domain.errors import FieldRefused

LONGEST = timedelta(days=400)
USUAL = timedelta(days=30)


class CountBy(StrEnum):
    """What entries are counted by."""

    PERSON = "person"
    UNIT = "unit"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Span:
    """Days of the branch, both included."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def begins(self) -> datetime:
        """The first instant."""
        return datetime.combine(self.first, time.min, self.zone)

    @property
    def ends(self) -> datetime:
        """The first instant after it."""
        return datetime.combine(self.last + timedelta(days=1), time.min, self.zone)


def span(first: date | None, last: date | None, today: date, zone: ZoneInfo) -> Span:
    """Answer the days asked for; thirty days up to today where nothing else is said."""
    until = last or today
    since = first or until - USUAL
    if since > until:
        raise FieldRefused("filter.from_day", "DAYS_TURNED_ROUND")
    if until - since > LONGEST:
        raise FieldRefused("filter.from_day", "DAYS_TOO_MANY", maximum=str(LONGEST.days))
    return Span(since, until, zone)


@dataclass(frozen=True, slots=True)
class AuditWanted:
    """Which entries; what is empty does not matter."""

    span: Span
    staff_number: str = ""
    unit_id: str = ""
    kinds: tuple[AuditKind, ...] = ()
    form: str = ""
    record_id: str = ""


@dataclass(frozen=True, slots=True)
class AuditCount:
    """How much of what, for one person, unit or day."""

    key: str
    name: str
    sign_ins: int
    failed: int
    record_views: int
    records: int
    page_views: int
    disclosures: int


class Pattern(StrEnum):
    """What is unusual."""

    NIGHT_VIEWS = "NIGHT_VIEWS"
    MASS_VIEWS = "MASS_VIEWS"
    MANY_FAILED_SIGN_INS = "MANY_FAILED_SIGN_INS"


@dataclass(frozen=True, slots=True)
class Finding:
    """An unusual pattern of one person on one day; a night belongs to the day it began on."""

    pattern: Pattern
    staff_number: str
    name: str
    day: date
    count: int
    threshold: int
