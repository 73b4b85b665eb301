"""What came from an external system, item by item: what becomes a task, and what is refused and why."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dispatch.domain.branch import USUAL_RESPONSE
from dispatch.domain.calendar import Calendar
from dispatch.domain.words import TaskKind

LONGEST_TITLE = 200
LONGEST_DESCRIPTION = 2000
LONGEST_PLACE = 300
LONGEST_NUMBER = 64
NORMAL = 3
PRIORITIES = {"urgent": 1, "high": 2, "normal": 3, "low": 4, "1": 1, "2": 2, "3": 3, "4": 4, "": NORMAL}
FIRST_YEAR, LAST_YEAR = 2000, 2100
# Kinds that only our own generator makes fall under `other` when an outsider names them.
INBOUND_KINDS = frozenset(TaskKind) - {TaskKind.HOLIDAY, TaskKind.STORE_ANNIVERSARY}


@dataclass(frozen=True, slots=True)
class ItemInput:
    """One item as it came."""

    id: str
    kind: str = ""
    title: str = ""
    description: str = ""
    due_at: str = ""
    priority: str = ""
    subscriber_number: str = ""
    account_number: str = ""
    customer_number: str = ""
    address: str = ""
    community: str = ""

    @property
    def says_who(self) -> bool:
        """True when it names anything by which an owner can be looked up."""
        return any((self.subscriber_number, self.account_number, self.customer_number, self.address, self.community))


@dataclass(frozen=True, slots=True)
class Draft:
    """An item that becomes a task."""

    item: ItemInput
    kind: TaskKind
    title: str
    due_at: datetime
    priority: int


@dataclass(frozen=True, slots=True)
class Refused:
    """An item that does not, with the field that is wrong and what stood there."""

    item: ItemInput
    reason: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class IntakeFacts:
    """What reading needs to know: the moment, the zone, and the calendar and response times where the task will lie."""

    now: datetime
    calendar: Calendar
    zone: ZoneInfo
    response: Mapping[int, float] = field(default_factory=lambda: USUAL_RESPONSE)


def read_items(items: Sequence[ItemInput], facts_of: Sequence[IntakeFacts]) -> list[Draft | Refused]:
    """Reads every item with the facts of its place; a wrong one does not stop the others."""
    seen: set[str] = set()
    answers: list[Draft | Refused] = []
    for item, facts in zip(items, facts_of, strict=True):
        repeated = item.id in seen
        seen.add(item.id)
        answers.append(Refused(item, "ITEM_ID_REPEATED", "id", item.id) if repeated else read_item(item, facts))
    return answers


def read_item(item: ItemInput, facts: IntakeFacts) -> Draft | Refused:
    """Reads one item."""
    for name, wrong in CHECKS:
        if reason := wrong(getattr(item, name)):
            return Refused(item, reason, name, getattr(item, name)[:LONGEST_TITLE])
    priority = PRIORITIES[item.priority.strip().lower()]
    due_at = read_due(item.due_at, facts, priority)
    if due_at is None:
        return Refused(item, "DUE_TIME_INVALID", "due_at", item.due_at[:LONGEST_TITLE])
    word = item.kind.strip().lower()
    kind = TaskKind(word) if word in INBOUND_KINDS else TaskKind.OTHER
    return Draft(item, kind, item.title.strip(), due_at, priority)


def read_due(text: str, facts: IntakeFacts, priority: int = NORMAL) -> datetime | None:
    """When it is due; after the response time of its priority when nothing is said, None when the time cannot be read.

    A time without a zone is meant in the branch's.
    """
    if not text.strip():
        response = timedelta(hours=facts.response[priority])
        return facts.calendar.after_working_time(facts.now, response, facts.zone).replace(microsecond=0)
    try:
        due_at = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if not FIRST_YEAR <= due_at.year <= LAST_YEAR:
        return None
    due_at = due_at.replace(microsecond=0)
    return due_at if due_at.tzinfo else due_at.replace(tzinfo=facts.zone)


def _title(text: str) -> str:
    if not text.strip():
        return "TITLE_MISSING"
    return "TITLE_TOO_LONG" if len(text.strip()) > LONGEST_TITLE else ""


def _at_most(length: int) -> Callable[[str], str]:
    return lambda text: "TOO_LONG" if len(text) > length else ""


def _priority(text: str) -> str:
    return "" if text.strip().lower() in PRIORITIES else "PRIORITY_UNKNOWN"


CHECKS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("id", _at_most(LONGEST_NUMBER)),
    ("title", _title),
    ("description", _at_most(LONGEST_DESCRIPTION)),
    ("priority", _priority),
    ("subscriber_number", _at_most(LONGEST_NUMBER)),
    ("account_number", _at_most(LONGEST_NUMBER)),
    ("customer_number", _at_most(LONGEST_NUMBER)),
    ("address", _at_most(LONGEST_PLACE)),
    ("community", _at_most(LONGEST_NUMBER)),
)
