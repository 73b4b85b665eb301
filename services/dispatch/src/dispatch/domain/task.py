"""The task: one method per transition; each asks who may do it, and returns the fact it caused."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from dispatch.domain.errors import FieldInvalid, NotAllowed, WrongState
from dispatch.domain.events import TaskAccepted, TaskAssigned, TaskCancelled, TaskCompleted, TaskMoved, TaskWrittenBack
from dispatch.domain.task_record import TaskRecord
from dispatch.domain.words import OWN_SOURCES, PLACED_BY_HAND, Doer, DoerKind, TaskState, WriteBackState

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Placement:
    """Who is answerable for a task, and why."""

    reason: str
    owner_number: str | None = None
    seat_number: str | None = None
    customer_id: str | None = None
    customer_name: str | None = None
    bureau_id: str | None = None
    community_id: str | None = None


@dataclass(eq=False, kw_only=True)
class Task(TaskRecord):
    """A task (任务单)."""

    def allowed(self, by: Doer) -> list[str]:
        """What `by` may do with it now."""
        return [name for name, verb in VERBS.items() if self.state in verb.states and verb.who(self, by)]

    def accept(self, by: Doer) -> TaskAccepted:
        """Its keeper says it will be done."""
        self._check("accept", by)
        self.state = TaskState.ACCEPTED
        self.version += 1
        return TaskAccepted(self)

    def complete(self, by: Doer, at: datetime, result_code: str, result_json: str) -> TaskCompleted:
        """It is done, with its result; completing an open task accepts it on the way."""
        self._check("complete", by)
        self.result_code = result_code
        self.result_json = result_json
        self._end(TaskState.COMPLETED, by, at)
        return TaskCompleted(self, by, at)

    def cancel(self, by: Doer, at: datetime, reason: str) -> TaskCancelled:
        """It is given up, with a reason."""
        reason = reason.strip()
        if not 1 <= len(reason) <= LONGEST_REASON:
            raise FieldInvalid("CANCEL_REASON_LENGTH", "reason", most=str(LONGEST_REASON))
        self._check("cancel", by)
        self.cancel_reason = reason
        self._end(TaskState.CANCELLED, by, at)
        return TaskCancelled(self, by, at, reason)

    def assign(self, by: Doer, owner_number: str) -> TaskAssigned:
        """It goes to another owner, who has yet to accept it."""
        self._check("assign", by)
        previous = self.owner_number
        self.owner_number = owner_number
        self.placement = PLACED_BY_HAND
        self.state = TaskState.OPEN
        self.version += 1
        return TaskAssigned(self, previous)

    def hand_over(self, giver: str, taker: str) -> TaskAssigned:
        """Its keeper leaves: a successor takes their place, and has yet to accept what was theirs to do."""
        if self.ended:
            raise WrongState(state=self.state, verb="assign")
        previous = self.owner_number
        if self.owner_number == giver:
            self.owner_number = taker
            self.state = TaskState.OPEN
        if self.seat_number == giver:
            self.seat_number = taker
        self.version += 1
        return TaskAssigned(self, previous)

    def settle_owner(self, by: Doer, placement: Placement) -> TaskAssigned | None:
        """Takes the answer of a later owner look-up; None when nobody was found this time either."""
        self._check("assign", by)
        self.placement = placement.reason
        self.version += 1
        if placement.owner_number is None:
            return None
        previous, self.owner_number = self.owner_number, placement.owner_number
        self.seat_number = placement.seat_number
        self.customer_id = placement.customer_id or self.customer_id
        self.customer_name = placement.customer_name or self.customer_name
        self.bureau_id, self.community_id = placement.bureau_id, placement.community_id
        return TaskAssigned(self, previous)

    def move(self, due_at: datetime, occasion_on: date, title: str, place: str | None) -> TaskMoved:
        """The booking behind it moved."""
        if self.ended:
            raise WrongState(state=self.state, verb="move")
        self.due_at, self.occasion_on, self.title, self.place = due_at, occasion_on, title, place
        self.overdue_said_at = None  # a new due time may be missed anew
        self.version += 1
        return TaskMoved(self)

    def written_back(self, state: WriteBackState) -> TaskWrittenBack:
        """The older system has the answer, or will not get it."""
        self.write_back = state
        self.version += 1
        return TaskWrittenBack(self)

    def write_back_again(self) -> TaskWrittenBack:
        """A given-up answer goes out once more."""
        return self.written_back(WriteBackState.PENDING)

    def _end(self, state: TaskState, by: Doer, at: datetime) -> None:
        self.state = state
        self.ended_at = at.replace(microsecond=0)  # lists page by it in whole seconds
        self.version += 1
        if owes_answer(self, by):
            self.write_back = WriteBackState.PENDING

    def _check(self, name: str, by: Doer) -> None:
        verb = VERBS[name]
        if not verb.who(self, by):
            raise NotAllowed(verb=name, owner=self.owner_number or "")
        if self.state not in verb.states:
            raise WrongState(verb=name, state=self.state)


def owes_answer(task: TaskRecord, by: Doer) -> bool:
    """True when the system the task came from does not know yet: it is not told of its own cancellation."""
    from_outside = task.source not in OWN_SOURCES and task.external_id is not None
    return from_outside and not (by.kind == DoerKind.SYSTEM and by.id == task.source)


def keeps(task: TaskRecord, by: Doer) -> bool:
    """The owner and the seat manager keep a task together (dual-layer care)."""
    return by.kind == DoerKind.PERSON and by.id in (task.owner_number, task.seat_number)


def may_cancel(task: TaskRecord, by: Doer) -> bool:
    """Keepers, whoever stands in for them, the system it came from, and our own services (a booking was cancelled)."""
    if by.kind == DoerKind.PERSON:
        return keeps(task, by) or by.stands_in
    return by.kind == DoerKind.SERVICE or by.id == task.source


def may_assign(_task: TaskRecord, by: Doer) -> bool:
    """Whoever stands in for others, and our own services (a later owner look-up)."""
    return by.kind == DoerKind.SERVICE or (by.kind == DoerKind.PERSON and by.stands_in)


@dataclass(frozen=True, slots=True)
class Verb:
    """From which states something may be done, and by whom."""

    states: frozenset[str]
    who: Callable[[TaskRecord, Doer], bool]


NOT_ENDED = frozenset({TaskState.OPEN, TaskState.ACCEPTED})
VERBS = {
    "accept": Verb(frozenset({TaskState.OPEN}), keeps),
    "complete": Verb(NOT_ENDED, keeps),
    "cancel": Verb(NOT_ENDED, may_cancel),
    "assign": Verb(NOT_ENDED, may_assign),
}
