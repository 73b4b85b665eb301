"""The work order of an external system (TMF697): its state follows from what became of its items."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dispatch.domain.errors import OrderEnded
from dispatch.domain.words import TaskState


class OrderState(StrEnum):
    """States in TMF697's words; the branch uses these of them."""

    ACKNOWLEDGED = "acknowledged"
    REJECTED = "rejected"
    IN_PROGRESS = "inProgress"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    PARTIAL = "partial"


ITEM_STATES = {
    TaskState.OPEN: OrderState.ACKNOWLEDGED,
    TaskState.ACCEPTED: OrderState.IN_PROGRESS,
    TaskState.COMPLETED: OrderState.COMPLETED,
    TaskState.CANCELLED: OrderState.CANCELLED,
}
UNDER_WAY = frozenset({OrderState.ACKNOWLEDGED, OrderState.IN_PROGRESS})


def item_state(task_state: str | None) -> OrderState:
    """The state of an item, from the state of its task; a refused item has none."""
    return OrderState.REJECTED if task_state is None else ITEM_STATES[TaskState(task_state)]


def order_state(items: Sequence[OrderState]) -> OrderState:
    """The state of an order, from the states of its items.

    Items that are all alike give the order their state. While any is under way the order is too: acknowledged until
    the first of them moves. Ended in different ways is partial.
    """
    kinds = set(items)
    if len(kinds) == 1:
        return items[0]
    if not kinds & UNDER_WAY:
        return OrderState.PARTIAL
    return (
        OrderState.ACKNOWLEDGED if kinds <= {OrderState.ACKNOWLEDGED, OrderState.REJECTED} else OrderState.IN_PROGRESS
    )


@dataclass(eq=False, kw_only=True)
class WorkOrder:
    """What an external system asked for, and what the branch made of it."""

    id: str
    source: str
    document_json: str
    content_hash: str
    created_at: datetime
    state_changed_at: datetime
    state: str = OrderState.ACKNOWLEDGED
    version: int = 1
    external_id: str | None = None
    completed_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancellation_reason: str | None = None
    # Attributes of the document that lists can be filtered and sorted by.
    category: str | None = None
    description: str | None = None
    priority: str | None = None
    doc_version: str | None = None
    doc_type: str | None = None
    base_type: str | None = None
    schema_location: str | None = None
    notification_contact: str | None = None
    start_date: datetime | None = None
    requested_start: datetime | None = None
    requested_completion: datetime | None = None
    expected_completion: datetime | None = None

    @property
    def ended(self) -> bool:
        """True once every item has."""
        return self.state not in UNDER_WAY

    def follow(self, items: Sequence[OrderState], at: datetime) -> str | None:
        """Takes the state that its items give it; answers the state before when that is another one."""
        state = order_state(items)
        if state == self.state:
            return None
        before, self.state = self.state, state
        self.state_changed_at = at
        self.completed_at = at if self.ended else None
        self.version += 1
        return before

    def cancel(self, reason: str, at: datetime) -> None:
        """The system takes its order back; its tasks are cancelled one by one beside this."""
        if self.ended:
            raise OrderEnded(state=self.state)
        self.cancelled_at = at
        self.cancellation_reason = reason
        self.version += 1
