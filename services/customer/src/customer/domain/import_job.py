"""The import of one file: waiting → running → done, refused or cancelled."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from customer.domain.errors import ImportEnded


class ImportState(StrEnum):
    """Where an import stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class ImportForm(StrEnum):
    """What a file holds."""

    CUSTOMER = "customer"
    ACCOUNT = "account"
    SUBSCRIBER = "subscriber"
    CONTACT = "contact"
    ADDRESS = "address"
    APPOINTMENT = "appointment"


OVER = frozenset({ImportState.DONE, ImportState.REFUSED, ImportState.CANCELLED})


@dataclass
class ImportCounts:
    """What became of the rows: read = created + updated + skipped + failed, once it is over."""

    read: int = 0
    created: int = 0
    updated: int = 0
    skipped: int = 0
    failed: int = 0


@dataclass
class ImportJob:
    """An import, from the moment its file has arrived."""

    id: str
    form: ImportForm
    name: str
    state: ImportState
    started_at: datetime
    actor_kind: str
    actor_id: str
    actor_name: str | None
    actor_ip: str | None
    read: int = 0
    created: int = 0
    updated: int = 0
    skipped: int = 0
    failed: int = 0
    percent: int = 0
    attempts: int = 0
    reason: str | None = None
    detail: str | None = None
    ended_at: datetime | None = None
    holder: str | None = None
    held_until: datetime | None = None

    def cancel(self, at: datetime) -> None:
        """Stops it; whatever was loaded so far is undone, because loading commits only at its end."""
        self._end(ImportState.CANCELLED, at)

    def refuse(self, reason: str, detail: str, at: datetime) -> None:
        """Refuses the file whole."""
        self._end(ImportState.REFUSED, at)
        self.reason = reason
        self.detail = detail or None

    def finish(self, counts: ImportCounts, at: datetime) -> None:
        """Closes it with what became of the rows."""
        self._end(ImportState.DONE, at)
        self.read, self.created, self.updated = counts.read, counts.created, counts.updated
        self.skipped, self.failed = counts.skipped, counts.failed
        self.percent = 100

    def _end(self, state: ImportState, at: datetime) -> None:
        if self.state in OVER:
            raise ImportEnded(state=self.state)
        self.state = state
        self.ended_at = at
