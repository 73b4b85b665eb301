"""Facts of dispatch, in the past tense. `keepers` are who keeps the customer of the task, as far as it was found out."""

from dataclasses import dataclass
from datetime import date, datetime

from dispatch.domain.task_record import TaskRecord
from dispatch.domain.words import Doer


@dataclass(frozen=True, slots=True)
class TaskCreated:
    """A task appeared."""

    task: TaskRecord
    keepers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TasksGenerated:
    """Tasks of one rule and day appeared together."""

    run_id: str
    rule: str
    on: date
    count: int
    owner_numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaskAssigned:
    """A task was given to an owner."""

    task: TaskRecord
    previous_owner_number: str | None
    keepers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskAccepted:
    """A task was accepted."""

    task: TaskRecord
    keepers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskCompleted:
    """A task was completed."""

    task: TaskRecord
    by: Doer
    at: datetime
    keepers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskCancelled:
    """A task was cancelled."""

    task: TaskRecord
    by: Doer
    at: datetime
    reason: str
    keepers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskMoved:
    """The booking behind a task moved, and the task with it."""

    task: TaskRecord
    keepers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskBecameOverdue:
    """A task passed its due time undone; said once."""

    task: TaskRecord
    keepers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskWrittenBack:
    """The answer to the older system was delivered, or given up."""

    task: TaskRecord
    keepers: tuple[str, ...] = ()
