"""Add a task by hand."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from chassis.creating import refuse_closed_columns
from chassis.database import Unit
from chassis.requests import first_answer, remember
from dispatch.actions.announce import announce
from dispatch.actions.assign_task import check_person
from dispatch.actions.traces import trace_created
from dispatch.domain.branch import Branch
from dispatch.domain.errors import FieldInvalid, NotAllowed
from dispatch.domain.events import TaskCreated
from dispatch.domain.intake import LONGEST_DESCRIPTION, LONGEST_TITLE, NORMAL
from dispatch.domain.task import Task
from dispatch.domain.task_record import TaskRecord
from dispatch.domain.words import PLACED_BY_ARCHIVE, PLACED_BY_HAND, PLACED_BY_SYSTEM, SOURCE_MANUAL, Right, TaskKind
from dispatch.storage import copies, tasks
from dispatch.storage.reach import facts_within

CALL = "CreateTask"


@dataclass(frozen=True)
class NewTask:
    """What the caller asks for."""

    kind: str
    title: str
    customer_id: str
    owner_number: str
    due_at: datetime | None
    priority: int
    description: str


def create_task(unit: Unit, request_id: str, new: NewTask, branch: Branch) -> TaskRecord:
    """Adds a task; the same request id again answers the first one. Without a due time the response time of its priority holds."""
    content = json.dumps(asdict(new), default=str, sort_keys=True)
    known = first_answer(unit, CALL, request_id, content)
    if known is not None:
        return tasks.find(unit, known, tasks.FORM, Right.SEE)
    task = _task(unit, new, branch)
    refuse_out_of_reach(unit, task)
    refuse_closed_columns(unit, tasks.FORM, facts_within(unit, task), asdict(new))
    tasks.add(unit, [task])
    trace_created(unit, task)
    announce(unit, TaskCreated(task))
    remember(unit, CALL, request_id, content, task.id)
    return task


def refuse_out_of_reach(unit: Unit, task: TaskRecord) -> None:
    """Refuses a task that the caller could not have created by the rules for rows."""
    reach = unit.access.rights(unit.actor).sees(tasks.FORM, Right.CREATE, facts_within(unit, task))
    if not reach:
        raise NotAllowed(verb="create")


def _task(unit: Unit, new: NewTask, branch: Branch) -> Task:
    title = new.title.strip()
    if not 1 <= len(title) <= LONGEST_TITLE:
        raise FieldInvalid("TITLE_MISSING" if not title else "TITLE_TOO_LONG", "title", maximum=str(LONGEST_TITLE))
    if len(new.description) > LONGEST_DESCRIPTION:
        raise FieldInvalid("TOO_LONG", "description", maximum=str(LONGEST_DESCRIPTION))
    if new.kind not in list(TaskKind):
        raise FieldInvalid("KIND_UNKNOWN", "kind")
    if not 0 <= new.priority <= 4:
        raise FieldInvalid("OUT_OF_RANGE", "priority", minimum="1", maximum="4")
    task = Task(
        id=unit.new_id(),
        kind=new.kind,
        title=title,
        source=SOURCE_MANUAL,
        priority=new.priority or NORMAL,
        due_at=(new.due_at or unit.now()).replace(microsecond=0),
        created_at=unit.now(),
        description=new.description or None,
        placement=PLACED_BY_SYSTEM,
    )
    _place(unit, task, new)
    if new.due_at is None:
        task.due_at = branch.respond_by(unit.now(), task.priority, task.bureau_id, task.community_id)
    return task


def _place(unit: Unit, task: Task, new: NewTask) -> None:
    if new.customer_id:
        copy = (
            copies.customers(unit, [new.customer_id]).get(new.customer_id) if tasks.known_id(new.customer_id) else None
        )
        if copy is None:
            raise FieldInvalid("CUSTOMER_UNKNOWN", "customer_id", value=new.customer_id)
        task.customer_id, task.customer_name = copy.customer_id, copy.name
        task.bureau_id, task.community_id = copy.bureau_id, copy.community_id
        task.owner_number, task.seat_number = copy.owner_number, copy.seat_number
        task.placement = PLACED_BY_ARCHIVE
        # Before it goes to anybody else: a task of one's own is no way to a customer out of reach.
        refuse_out_of_reach(unit, task)
    if new.owner_number:
        check_person(unit, new.owner_number)
        task.owner_number, task.placement = new.owner_number, PLACED_BY_HAND
        if not new.customer_id:
            _place_with_owner(unit, task, new.owner_number)


def _place_with_owner(unit: Unit, task: Task, owner_number: str) -> None:
    # Without a customer the task lies where its owner works, so that the owner's bureau chief sees it.
    person = unit.access.person(owner_number)
    if person is not None and len(person.bureau_ids) == 1:
        task.bureau_id = person.bureau_ids[0]
