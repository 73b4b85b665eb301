"""Protobuf ↔ what the actions take and answer; pure functions, both directions."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from crm.common.v1 import change_pb2, page_pb2, person_pb2
from crm.dispatch.v1 import dispatch_pb2 as pb

from chassis.errors import InvalidField
from chassis.paging import encode_cursor
from dispatch.actions.create_task import NewTask
from dispatch.actions.create_work_order import NewOrder
from dispatch.actions.get_task import TaskPage
from dispatch.actions.list_tasks import TaskList
from dispatch.actions.list_write_backs import WriteBackList
from dispatch.actions.update_rule import RuleValues
from dispatch.actions.update_work_order import OrderChange
from dispatch.domain.intake import ItemInput
from dispatch.domain.rules import GenerationRule
from dispatch.domain.task_record import TaskRecord
from dispatch.domain.write_back import WriteBack
from dispatch.packing import KIND_WORDS, KINDS, STATES, WRITE_BACK_WORDS, WRITE_BACKS, moment, task_message
from dispatch.rpc.shown import Shown
from dispatch.storage.task_lists import LIST_COLUMNS, TaskQuery
from dispatch.storage.work_orders import Condition, OrderView

Names = Callable[[str], str]
COLUMNS = len(LIST_COLUMNS)  # counts may stand behind them
ACTOR_KINDS = {
    "person": person_pb2.Actor.KIND_PERSON,
    "system": person_pb2.Actor.KIND_SYSTEM,
    "service": person_pb2.Actor.KIND_SERVICE,
}


def task_query(request: pb.ListTasksRequest) -> TaskQuery:
    """Reads what a list is asked for."""
    return TaskQuery(
        bucket=request.bucket,
        mine=request.mine,
        kinds=tuple(KIND_WORDS[kind] for kind in request.kinds if kind in KIND_WORDS),
        customer_id=request.customer_id,
        owner_number=request.owner_number,
        bureau_id=request.bureau_id,
        community_id=request.community_id,
        query=request.query.strip(),
        source=request.source,
    )


def task_list(found: TaskList, shown: Shown, name_of: Names) -> pb.ListTasksResponse:
    """A page of the list. This is the busiest call: rows come as plain values and go straight into their places."""
    now = int(found.now.timestamp())
    names = {number: name_of(number) for number in {row[10] for row in found.rows} if number}
    response = pb.ListTasksResponse()
    add: Any = response.tasks.add
    for row in found.rows:
        shown.task(_add_row(add, now, names, *row[:COLUMNS]))
    if found.next_values is not None:
        response.page.next_cursor = encode_cursor(found.next_values)
    if found.total is not None:
        response.page.total = found.total
    if found.counts is not None:
        response.counts.CopyFrom(pb.TaskCounts(**vars(found.counts)))
    return response


def _add_row(  # one parameter for each column of LIST_COLUMNS: nothing unpacks a row faster
    add: Any,
    now: int,
    names: dict[str, str],
    id_: str,
    version: int,
    kind: str,
    title: str,
    source: str,
    external_id: str | None,
    customer_id: str | None,
    customer_name: str | None,
    bureau_id: str | None,
    community_id: str | None,
    owner: str | None,
    priority: int,
    due: int,
    state: str,
    write_back_state: str | None,
    occasion: date | None,
    placement: str | None,
    place: str | None,
    result_code: str | None,
    created: int,
    ended: int | None,
    seat: str | None,
) -> pb.Task:
    # One by one, and only what there is: less work than handing everything to the constructor.
    message: pb.Task = add()
    message.id, message.version, message.kind, message.state = id_, version, KINDS[kind], STATES[state]
    message.title, message.source, message.priority = title, source, priority
    message.due_at.seconds, message.created_at.seconds = due, created
    if ended is not None:
        message.ended_at.seconds = ended
    elif due < now:
        message.overdue = True
    if owner:
        message.owner_number, message.owner_name = owner, names[owner]
    if write_back_state is not None:
        message.write_back = WRITE_BACKS[write_back_state]
    if occasion is not None:
        message.occasion_on = occasion.isoformat()
    if external_id:
        message.external_id = external_id
    if customer_id:
        message.customer_id = customer_id
    if customer_name:
        message.customer_name = customer_name
    if bureau_id:
        message.bureau_id = bureau_id
    if community_id:
        message.community_id = community_id
    if placement:
        message.placement = placement
    if place:
        message.place = place
    if result_code:
        message.result_code = result_code
    if seat:
        message.seat_number = seat
    return message


def task(record: TaskRecord, shown: Shown, now: datetime, name_of: Names) -> pb.Task:
    """A task whole, as this caller may see it."""
    overdue, owner_name = record.overdue(now), name_of(record.owner_number or "")
    return shown.task(task_message(record, overdue=overdue, owner_name=owner_name))


def task_page(page: TaskPage, shown: Shown, now: datetime, name_of: Names) -> pb.GetTaskResponse:
    """A task with its history, its write-backs and what may be done."""
    message = task(page.task, shown, now, name_of)
    lines = (shown.change(change(row), message) for row in page.history)
    return pb.GetTaskResponse(
        task=message,
        history=[line for line in lines if line is not None],
        write_backs=shown.write_backs([write_back(each) for each in page.write_backs], message),
        allowed=page.allowed,
    )


def change(row: Any) -> change_pb2.Change:
    """One line of the history."""
    return change_pb2.Change(
        id=row.id,
        changed_at=moment(row.changed_at),
        actor=person_pb2.Actor(
            kind=ACTOR_KINDS[row.actor_kind], id=row.actor_id, name=row.actor_name or "", ip=row.actor_ip or ""
        ),
        field=row.field,
        old_value=row.old_value or "",
        new_value=row.new_value or "",
        cause=row.cause or "",
        form=row.form,
        record_id=row.record_id,
    )


def new_task(request: pb.CreateTaskRequest) -> NewTask:
    """Reads a task to add."""
    return NewTask(
        kind=KIND_WORDS.get(request.kind, ""),
        title=request.title,
        customer_id=request.customer_id,
        owner_number=request.owner_number,
        due_at=request.due_at.ToDatetime(UTC) if request.HasField("due_at") else None,
        priority=request.priority,
        description=request.description,
    )


def rule(found: GenerationRule) -> pb.GenerationRule:
    """A rule."""
    return pb.GenerationRule(
        name=found.name,
        version=found.version,
        enabled=found.enabled,
        days_ahead=found.days_ahead,
        due_working_days=found.due_working_days,
        groups=found.group_list,
        priority=found.priority,
    )


def rule_values(request: pb.GenerationRule) -> RuleValues:
    """Reads a rule as it shall be."""
    return RuleValues(
        name=request.name,
        version=request.version,
        enabled=request.enabled,
        days_ahead=request.days_ahead,
        due_working_days=request.due_working_days,
        groups=list(request.groups),
        priority=request.priority,
    )


def day(text: str) -> date | None:
    """Reads a day; None for an empty text."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidField("date", "DATE_INVALID", value=text[:40]) from error


def new_order(request: pb.CreateWorkOrderRequest) -> NewOrder:
    """Reads a work order to take in."""
    return NewOrder(request.external_id, request.document_json, [_item(item) for item in request.items])


def _item(item: pb.WorkOrderItemInput) -> ItemInput:
    return ItemInput(
        id=item.id,
        kind=item.kind,
        title=item.title,
        description=item.description,
        due_at=item.due_at,
        priority=item.priority,
        subscriber_number=item.subscriber_number,
        account_number=item.account_number,
        customer_number=item.customer_number,
        address=item.address,
        community=item.community,
    )


def conditions(request: pb.ListWorkOrdersRequest) -> list[Condition]:
    """Reads the conditions of a list of work orders."""
    return [
        Condition(each.attribute, each.operator or "eq", tuple(each.values)) for each in request.filters if each.values
    ]


def order_change(request: pb.UpdateWorkOrderRequest) -> OrderChange:
    """Reads a change of a work order."""
    return OrderChange(request.id, request.version, request.document_json, request.state, request.cancellation_reason)


def work_order(view: OrderView, name_of: Names) -> pb.WorkOrder:
    """A work order with its items."""
    order = view.order
    return pb.WorkOrder(
        id=order.id,
        version=order.version,
        source=order.source,
        external_id=order.external_id or "",
        state=order.state,
        document_json=order.document_json,
        items=[
            pb.WorkOrderItem(
                id=item.item_id,
                accepted=item.accepted,
                reason=item.reason,
                field=item.field,
                task_id=item.task_id,
                state=item.state,
                owner_number=item.owner_number,
                owner_name=name_of(item.owner_number),
                value=item.value,
            )
            for item in view.items
        ],
        created_at=moment(order.created_at),
        state_changed_at=moment(order.state_changed_at),
        completed_at=moment(order.completed_at),
    )


def write_back(found: WriteBack) -> pb.WriteBack:
    """A write-back."""
    return pb.WriteBack(
        id=found.id,
        task_id=found.task_id,
        system=found.system,
        external_id=found.external_id,
        outcome=found.outcome,
        state=WRITE_BACKS[found.state],
        attempts=found.attempts,
        last_error=found.last_error or "",
        next_attempt_at=moment(found.next_attempt_at),
        delivered_at=moment(found.delivered_at),
        created_at=moment(found.created_at),
    )


def write_back_list(found: WriteBackList) -> pb.ListWriteBacksResponse:
    """A page of write-backs."""
    page = page_pb2.PageInfo(
        next_cursor=encode_cursor(found.next_values) if found.next_values is not None else "", total=found.total
    )
    return pb.ListWriteBacksResponse(write_backs=[write_back(each) for each in found.rows], page=page)


def write_back_state(state: int) -> str:
    """Reads the state a list of write-backs is asked for; empty for all."""
    return WRITE_BACK_WORDS.get(state, "")
