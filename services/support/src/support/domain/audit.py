"""What is recorded of sign-ins and looks, and the chain that shows when it was tampered with.

Every entry carries the hash of the one before it; a day begins with the last hash of the day before. Whoever edits, takes
out or cuts off an entry leaves a chain that does not add up, and `Verifier` says at which place.
"""

import json
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

GENESIS = "0" * 64
"""What the first entry of all follows."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ENCODING = 1


class AuditKind(StrEnum):
    """What was done."""

    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    SIGN_IN_FAILED = "sign_in_failed"
    RECORD_VIEW = "record_view"
    PAGE_VIEW = "page_view"
    UNMASK = "unmask"
    EXPORT = "export"
    SYSTEM_USE = "system_use"


class Wrong(StrEnum):
    """What is wrong with a chain."""

    EDITED = "EDITED"
    MISSING = "MISSING"
    TRUNCATED = "TRUNCATED"


@dataclass(frozen=True, slots=True)
class AuditNote:
    """Something to record, as whoever saw it happen knows it."""

    kind: AuditKind
    staff_number: str
    at: datetime
    name: str = ""
    ip: str = ""
    device: str = ""
    form: str = ""
    record_id: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An entry in its place. The hash covers every field, the hash of the entry before included."""

    day: date
    sequence: int
    id: str
    kind: str
    staff_number: str
    name: str
    unit_id: str
    bureau_id: str
    community_id: str
    ip: str
    place: str
    device: str
    form: str
    record_id: str
    detail: str
    at: datetime
    on_day: date
    local_hour: int
    previous_hash: str
    hash: str = ""


FIELDS = tuple(each.name for each in fields(AuditEntry))


def canonical(entry: AuditEntry) -> list[Any]:
    """Answer every field but the hash as JSON can hold it: one entry, one spelling, whatever the database is."""
    values: list[Any] = [_ENCODING]
    for name in FIELDS[:-1]:
        value = getattr(entry, name)
        if isinstance(value, datetime):
            values.append((value - _EPOCH) // timedelta(microseconds=1))
        elif isinstance(value, date):
            values.append(value.isoformat())
        else:
            values.append(value)
    return values


def hash_of(entry: AuditEntry) -> str:
    """Answer the hash that the entry must carry."""
    return sha256(json.dumps(canonical(entry), ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class DayHead:
    """What is kept of a day's part of the chain beside its entries."""

    day: date
    entries: int
    opening: str
    head: str
    file_name: str = ""
    file_hash: str = ""
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Witness:
    """What was published of a day outside the database: after so many entries the hash was this."""

    day: date
    sequence: int
    head: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found: the first wrong place, and what is wrong there."""

    day: date
    entries: int
    first_wrong: int = 0
    reason: Wrong | None = None
    archived: bool = False

    @property
    def intact(self) -> bool:
        """True when nothing is wrong."""
        return self.reason is None


@dataclass(slots=True)
class Verifier:
    """Takes the entries of one day in order and says what is wrong first."""

    head: DayHead
    before: str
    witness: Witness | None = None
    _running: str = field(init=False)
    _count: int = 0
    _found: tuple[int, Wrong] | None = None

    def __post_init__(self) -> None:
        self._running = self.head.opening
        if self.head.opening != self.before:
            # The day before ended otherwise: days, or their ends, were taken out in between.
            self._found = (1, Wrong.MISSING)

    def take(self, entry: AuditEntry) -> None:
        """Look at the next entry."""
        if self._found is not None:
            self._count += 1
            return
        expected = self._count + 1
        if entry.sequence != expected:
            self._found = (expected, Wrong.MISSING if entry.sequence > expected else Wrong.EDITED)
        elif not self._fits(entry, expected):
            self._found = (expected, Wrong.EDITED)
        self._running = entry.hash
        self._count += 1

    def _fits(self, entry: AuditEntry, place: int) -> bool:
        chained = entry.previous_hash == self._running and entry.hash == hash_of(entry)
        # Edited with everything after it computed anew, it still differs from what was published.
        seen = self.witness is None or self.witness.sequence != place or self.witness.head == entry.hash
        return chained and seen and entry.day == self.head.day and place <= self.head.entries

    def verdict(self) -> Verdict:
        """Answer what was found once every entry was looked at."""
        found = self._found or self._at_the_end()
        place, reason = found or (0, None)
        return Verdict(self.head.day, self._count, place, reason)

    def _at_the_end(self) -> tuple[int, Wrong] | None:
        seen = self.witness.sequence if self.witness is not None else 0
        if self._count < max(self.head.entries, seen):
            return self._count + 1, Wrong.TRUNCATED
        if self._running != self.head.head:
            return max(self._count, 1), Wrong.EDITED
        return None
