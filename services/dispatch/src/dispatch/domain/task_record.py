"""What is known of a task; its behaviour is in task.py, its events in events.py."""

from dataclasses import dataclass
from datetime import date, datetime

from dispatch.domain.words import ENDED, TaskState


@dataclass(eq=False, kw_only=True)
class TaskRecord:
    """The fields of a task."""

    id: str
    kind: str
    title: str
    source: str
    priority: int
    due_at: datetime
    created_at: datetime
    version: int = 1
    state: str = TaskState.OPEN
    external_id: str | None = None
    work_order_id: str | None = None
    item_id: str | None = None
    customer_id: str | None = None
    customer_name: str | None = None
    bureau_id: str | None = None
    community_id: str | None = None
    owner_number: str | None = None
    seat_number: str | None = None
    write_back: str | None = None
    rule: str | None = None
    occasion_key: str | None = None
    occasion_on: date | None = None
    run_id: str | None = None
    placement: str | None = None
    place: str | None = None
    description: str | None = None
    result_code: str | None = None
    result_json: str | None = None
    cancel_reason: str | None = None
    ended_at: datetime | None = None
    overdue_said_at: datetime | None = None

    @property
    def ended(self) -> bool:
        """True once completed or cancelled."""
        return self.state in ENDED

    def overdue(self, now: datetime) -> bool:
        """True when it was due before `now` and is not done."""
        return not self.ended and self.due_at < now
