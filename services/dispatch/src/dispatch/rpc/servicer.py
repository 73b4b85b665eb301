"""Unpack, run the action, pack. No rule stands here."""

import json
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass
from functools import wraps
from typing import Any

from crm.common.v1 import page_pb2
from crm.dispatch.v1 import dispatch_pb2 as pb
from crm.dispatch.v1.dispatch_pb2_grpc import DispatchServiceServicer
from grpc.aio import ServicerContext

from chassis.access import AccessBook
from chassis.clock import Clock
from chassis.database import Database, Unit
from chassis.disclosure import Record
from chassis.exports import Exports
from chassis.identity import caller
from chassis.paging import read_page
from dispatch.actions.accept_task import accept_task
from dispatch.actions.assign_task import assign_task
from dispatch.actions.cancel_task import cancel_task
from dispatch.actions.complete_task import complete_task
from dispatch.actions.create_task import create_task
from dispatch.actions.delete_work_order import delete_work_order
from dispatch.actions.find_masked_value import find_masked_value
from dispatch.actions.generate_tasks import Branch, generate_tasks
from dispatch.actions.get_task import get_task
from dispatch.actions.get_work_order import get_work_order
from dispatch.actions.list_rules import list_rules
from dispatch.actions.list_tasks import list_tasks
from dispatch.actions.list_work_orders import list_work_orders
from dispatch.actions.list_write_backs import list_write_backs
from dispatch.actions.retry_write_back import retry_write_back
from dispatch.actions.update_rule import update_rule
from dispatch.actions.update_work_order import update_work_order
from dispatch.domain.forms import completion_form, completion_hints
from dispatch.domain.rules import RULE_NAMES
from dispatch.domain.task_record import TaskRecord
from dispatch.domain.words import TaskKind
from dispatch.packing import KIND_WORDS
from dispatch.rpc import messages
from dispatch.rpc.intake import Intake
from dispatch.rpc.shown import Shown
from dispatch.rpc.taking_out import filter_text
from dispatch.storage.reach import TASK_FORM, Keepers, keepers_of

Context = ServicerContext[Any, Any]


@dataclass
class DispatchServicer(DispatchServiceServicer):
    """Answers `crm.dispatch.v1.DispatchService`."""

    database: Database
    access: AccessBook
    clock: Clock
    branch: Callable[[], Branch]
    intake: Intake
    exports: Exports
    systems: Collection[str]
    """Systems that outcomes can be written back to."""

    async def ListTasks(self, request: pb.ListTasksRequest, context: Context) -> pb.ListTasksResponse:
        """Lists tasks in reach of the caller."""
        actor = caller()
        found = await self.database.read(
            actor,
            list_tasks,
            messages.task_query(request),
            read_page(request.page),
            self.branch().zone,
            with_counts=request.with_counts,
        )
        return messages.task_list(found, Shown(self.access, actor, found.keepers, all_seen=True), self.access.name_of)

    async def GetTask(self, request: pb.GetTaskRequest, context: Context) -> pb.GetTaskResponse:
        """Answers one task."""
        actor = caller()
        page = await self.database.read(actor, get_task, request.id)
        shown = Shown(self.access, actor, page.keepers)
        return messages.task_page(page, shown, self.clock.now(), self.access.name_of)

    async def CreateTask(self, request: pb.CreateTaskRequest, context: Context) -> pb.CreateTaskResponse:
        """Adds a task by hand."""
        task = await self._changed(create_task, request.request_id, messages.new_task(request), self.branch())
        return pb.CreateTaskResponse(task=task)

    async def AcceptTask(self, request: pb.AcceptTaskRequest, context: Context) -> pb.AcceptTaskResponse:
        """Accepts a task."""
        task = await self._changed(accept_task, request.id, request.version)
        return pb.AcceptTaskResponse(task=task)

    async def CompleteTask(self, request: pb.CompleteTaskRequest, context: Context) -> pb.CompleteTaskResponse:
        """Completes a task."""
        task = await self._changed(complete_task, request.id, request.version, request.result_code, request.result_json)
        return pb.CompleteTaskResponse(task=task)

    async def CancelTask(self, request: pb.CancelTaskRequest, context: Context) -> pb.CancelTaskResponse:
        """Cancels a task."""
        task = await self._changed(cancel_task, request.id, request.version, request.reason)
        return pb.CancelTaskResponse(task=task)

    async def AssignTask(self, request: pb.AssignTaskRequest, context: Context) -> pb.AssignTaskResponse:
        """Gives a task to another owner."""
        task = await self._changed(assign_task, request.id, request.version, request.owner_number)
        return pb.AssignTaskResponse(task=task)

    async def GetCompletionForm(
        self, request: pb.GetCompletionFormRequest, context: Context
    ) -> pb.GetCompletionFormResponse:
        """Answers the form of a kind of task; an unknown kind has the form of `other`."""
        kind = TaskKind(KIND_WORDS.get(request.kind, TaskKind.OTHER))
        return pb.GetCompletionFormResponse(
            schema_json=json.dumps(completion_form(kind, request.language), ensure_ascii=False),
            ui_schema_json=json.dumps(completion_hints(kind), ensure_ascii=False),
        )

    async def ListGenerationRules(
        self, request: pb.ListGenerationRulesRequest, context: Context
    ) -> pb.ListGenerationRulesResponse:
        """Lists the rules."""
        rules = await self.database.read(caller(), list_rules)
        return pb.ListGenerationRulesResponse(rules=[messages.rule(rule) for rule in rules])

    async def UpdateGenerationRule(
        self, request: pb.UpdateGenerationRuleRequest, context: Context
    ) -> pb.UpdateGenerationRuleResponse:
        """Changes a rule."""
        rule = await self.database.run(caller(), update_rule, messages.rule_values(request.rule))
        return pb.UpdateGenerationRuleResponse(rule=messages.rule(rule))

    async def GenerateTasks(self, request: pb.GenerateTasksRequest, context: Context) -> pb.GenerateTasksResponse:
        """Generates the tasks of a day, one transaction a rule."""
        on, branch = messages.day(request.date), self.branch()
        created = {name: await self.database.run(caller(), generate_tasks, name, on, branch) for name in RULE_NAMES}
        return pb.GenerateTasksResponse(created=created)

    async def CreateWorkOrder(self, request: pb.CreateWorkOrderRequest, context: Context) -> pb.CreateWorkOrderResponse:
        """Takes a work order in."""
        taken = await self.intake.take(caller(), messages.new_order(request))
        view = messages.work_order(taken.view, self.access.name_of)
        return pb.CreateWorkOrderResponse(work_order=view, repeated_request=taken.repeated)

    async def GetWorkOrder(self, request: pb.GetWorkOrderRequest, context: Context) -> pb.GetWorkOrderResponse:
        """Answers a work order."""
        view = await self.database.read(caller(), get_work_order, request.id)
        return pb.GetWorkOrderResponse(work_order=messages.work_order(view, self.access.name_of))

    async def ListWorkOrders(self, request: pb.ListWorkOrdersRequest, context: Context) -> pb.ListWorkOrdersResponse:
        """Lists work orders."""
        views, total = await self.database.read(
            caller(),
            list_work_orders,
            messages.conditions(request),
            list(request.sort),
            request.offset,
            request.limit,
        )
        orders = [messages.work_order(view, self.access.name_of) for view in views]
        return pb.ListWorkOrdersResponse(work_orders=orders, total=total)

    async def UpdateWorkOrder(self, request: pb.UpdateWorkOrderRequest, context: Context) -> pb.UpdateWorkOrderResponse:
        """Changes or cancels a work order."""
        view = await self.database.run(caller(), update_work_order, messages.order_change(request))
        return pb.UpdateWorkOrderResponse(work_order=messages.work_order(view, self.access.name_of))

    async def DeleteWorkOrder(self, request: pb.DeleteWorkOrderRequest, context: Context) -> pb.DeleteWorkOrderResponse:
        """Removes a work order."""
        await self.database.run(caller(), delete_work_order, request.id)
        return pb.DeleteWorkOrderResponse()

    async def ListWriteBacks(self, request: pb.ListWriteBacksRequest, context: Context) -> pb.ListWriteBacksResponse:
        """Lists write-backs."""
        state = messages.write_back_state(request.state)
        found = await self.database.read(caller(), list_write_backs, state, read_page(request.page))
        return messages.write_back_list(found)

    async def RetryWriteBack(self, request: pb.RetryWriteBackRequest, context: Context) -> pb.RetryWriteBackResponse:
        """Sends a write-back once more."""
        found = await self.database.run(caller(), retry_write_back, request.id, self.systems)
        return pb.RetryWriteBackResponse(write_back=messages.write_back(found))

    async def Unmask(self, request: pb.UnmaskRequest, context: Context) -> pb.UnmaskResponse:
        """Answers one masked value in full, once support has recorded why."""
        actor = caller()
        found = await self.database.read(actor, find_masked_value, request.form, request.id, request.column)
        record = Record(request.form, found.record_id, found.label, found.facts)
        left = await self.exports.disclosures.unmask(actor, record, request.column, request.reason.strip())
        return pb.UnmaskResponse(value=found.value, left_today=left)

    async def StartExport(self, request: pb.StartExportRequest, context: Context) -> pb.StartExportResponse:
        """Takes rows out as a file, or asks a second person first."""
        job = await self.exports.start(
            caller(), TASK_FORM, request.request_id, filter_text(request), request.columns, request.reason
        )
        return pb.StartExportResponse(job=job)

    async def GetExport(self, request: pb.GetExportRequest, context: Context) -> pb.GetExportResponse:
        """Answers how an export of the caller's stands."""
        return pb.GetExportResponse(job=await self.exports.get(caller(), request.id))

    async def ListExports(self, request: pb.ListExportsRequest, context: Context) -> pb.ListExportsResponse:
        """Lists the caller's exports, newest first."""
        jobs, cursor = await self.exports.page(caller(), read_page(request.page))
        return pb.ListExportsResponse(jobs=jobs, page=page_pb2.PageInfo(next_cursor=cursor))

    async def DownloadExport(
        self, request: pb.DownloadExportRequest, context: Context
    ) -> AsyncIterator[pb.DownloadExportResponse]:
        """Streams the file of an export of the caller's."""
        for chunk in await self.exports.chunks(caller(), request.id):
            yield pb.DownloadExportResponse(chunk=chunk)

    async def _changed(self, action: Callable[..., TaskRecord], *args: object) -> pb.Task:
        """Runs an action that answers a task, and packs the task as the caller may see it."""
        actor = caller()
        record, keepers = await self.database.run(actor, _with_keepers(action), *args)
        return messages.task(record, Shown(self.access, actor, keepers), self.clock.now(), self.access.name_of)


def _with_keepers(action: Callable[..., TaskRecord]) -> Callable[..., tuple[TaskRecord, Keepers]]:
    # Traces name the action itself.
    @wraps(action)
    def run(unit: Unit, *args: object) -> tuple[TaskRecord, Keepers]:
        record = action(unit, *args)
        return record, keepers_of(unit, TASK_FORM, [record.customer_id])

    return run
