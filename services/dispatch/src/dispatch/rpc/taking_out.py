"""How tasks are taken out as files, and how the permission editor looks at them."""

from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from crm.common.v1 import access_pb2
from crm.dispatch.v1 import dispatch_pb2 as pb
from google.protobuf import json_format
from google.protobuf.message import Message

from chassis.database import Unit
from chassis.exports import Source
from chassis.probe import Probed
from chassis.rights import RowFacts
from dispatch.actions.list_tasks import moments_of
from dispatch.domain.task import Task
from dispatch.packing import task_message
from dispatch.rpc import messages
from dispatch.rpc.shown import FORMS
from dispatch.storage import every_task
from dispatch.storage.reach import TASK_FORM, facts, facts_within, keepers_of

EXPORT, SEE = access_pb2.ACTION_EXPORT, access_pb2.ACTION_SEE
Found = tuple[Message, RowFacts]


def filter_text(request: pb.StartExportRequest) -> str:
    """Answers the filter of an export as it is kept: the list's own request without its page."""
    wanted = pb.ListTasksRequest()
    wanted.CopyFrom(request.filter)
    wanted.ClearField("page")
    wanted.with_counts = False
    return json_format.MessageToJson(wanted, indent=None, ensure_ascii=False)


def _filter(text: str) -> pb.ListTasksRequest:
    return json_format.Parse(text, pb.ListTasksRequest())


def _packed(unit: Unit, tasks: Sequence[Any]) -> list[Found]:
    keepers = keepers_of(unit, TASK_FORM, (task.customer_id for task in tasks))
    return [
        (
            task_message(
                task, overdue=task.overdue(unit.now()), owner_name=unit.access.name_of(task.owner_number or "")
            ),
            facts(task, keepers),
        )
        for task in tasks
    ]


def _find(unit: Unit, record: str) -> Found | None:
    task = every_task.anyones(unit, record)
    if task is None:
        return None
    message = task_message(task, overdue=False, owner_name=unit.access.name_of(task.owner_number or ""))
    return message, facts_within(unit, task)


def _label(message: Any) -> str:
    return str(message.external_id or message.title)


def sources(zone: ZoneInfo) -> dict[str, Source]:
    """Answers how tasks are taken out; what is due today follows from the branch's zone."""

    def count(unit: Unit, text: str) -> int:
        query = messages.task_query(_filter(text))
        return every_task.count(unit, query, moments_of(unit.now(), zone), (SEE, EXPORT))

    def rows(unit: Unit, text: str, size: int) -> Iterator[Found]:
        query, moments = messages.task_query(_filter(text)), moments_of(unit.now(), zone)
        for tasks in every_task.pieces(unit, query, moments, (SEE, EXPORT), size):
            yield from _packed(unit, tasks)

    return {TASK_FORM: Source(FORMS.by_name[TASK_FORM], "任务", count, rows)}


def probed(zone: ZoneInfo) -> dict[str, Probed]:
    """Answers how the permission editor looks at tasks."""

    def some(unit: Unit, size: int) -> tuple[Sequence[Found], int]:
        query, moments = messages.task_query(pb.ListTasksRequest()), moments_of(unit.now(), zone)
        no_tasks: Sequence[Task] = ()
        first = next(every_task.pieces(unit, query, moments, (SEE,), size), no_tasks)
        return _packed(unit, first), every_task.count(unit, query, moments, (SEE,))

    return {TASK_FORM: Probed(_find, some, _label)}
