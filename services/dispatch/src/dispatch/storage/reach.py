"""Whose tasks are whose: the one place where row scope meets the tables of dispatch."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, exists, or_, select

from chassis.access import RowColumns, RowFacts
from chassis.database import Unit
from dispatch.domain.task_record import TaskRecord
from dispatch.storage.tables import customer_copies, tasks

TASK_FORM = "dispatch.task"
_copies = customer_copies.c


def _kept_by(numbers: Sequence[str]) -> ColumnElement[bool]:
    keeper = or_(_copies.owner_number.in_(numbers), _copies.seat_number.in_(numbers))
    return exists().where(_copies.customer_id == tasks.c.customer_id, keeper)


WHOSE = RowColumns(
    owner=(tasks.c.owner_number, tasks.c.seat_number),
    community=tasks.c.community_id,
    bureau=tasks.c.bureau_id,
    keepers=_kept_by,
)
Keepers = Mapping[str, tuple[str, ...]]


def keepers_of(unit: Unit, form: str, customer_ids: Iterable[str | None]) -> Keepers:
    """Answers who keeps these customers, in one question; none is asked where no rule of the caller's goes by it."""
    wanted = sorted({each for each in customer_ids if each})
    if not wanted or not unit.access.rights(unit.actor).goes_by_keepers(form):
        return {}
    question = select(_copies.customer_id, _copies.owner_number, _copies.seat_number).where(
        _copies.customer_id.in_(wanted)
    )
    return {row[0]: tuple(number for number in row[1:] if number) for row in unit.session.execute(question)}


def facts(task: TaskRecord, keepers: Keepers) -> RowFacts:
    """Answers what rules go by of one task."""
    owners = tuple(number for number in (task.owner_number, task.seat_number) if number)
    return RowFacts(owners, keepers.get(task.customer_id or "", ()), task.community_id or "", task.bureau_id or "")


def facts_within(unit: Unit, task: TaskRecord, form: str = TASK_FORM) -> RowFacts:
    """Answers the same of a task at hand, asking who keeps its customer where that matters."""
    return facts(task, keepers_of(unit, form, [task.customer_id]))
