"""The far side of calls: services as the gateway sees them, behind a real channel."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import grpc
import grpc.aio
from crm.customer.v1 import customer_pb2, customer_pb2_grpc
from crm.dispatch.v1 import dispatch_pb2 as pb
from crm.dispatch.v1 import dispatch_pb2_grpc
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio
from grpc_status import rpc_status

from chassis.ids import new_id

Context = Any


async def refuse(context: Context, code: grpc.StatusCode, reason: str, **data: str) -> None:
    """Refuses as every service does."""
    retry = error_details_pb2.RetryInfo()
    retry.retry_delay.FromSeconds(int(data.pop("retry_after", "0")))
    status = status_pb2.Status(code=code.value[0], message=reason)
    for detail in (error_details_pb2.ErrorInfo(reason=reason, domain="crm.dispatch", metadata=data), retry):
        packed = any_pb2.Any()
        packed.Pack(detail)
        status.details.append(packed)
    await context.abort_with_status(rpc_status.to_status(status))


@dataclass
class Dispatch(dispatch_pb2_grpc.DispatchServiceServicer):
    """Keeps work orders in memory and remembers how it was called."""

    metadata: dict[str, str] = field(default_factory=dict[str, str])
    seconds: float = 0.0
    refusal: tuple[grpc.StatusCode, str, dict[str, str]] | None = None
    orders: dict[str, pb.WorkOrder] = field(default_factory=dict[str, pb.WorkOrder])
    content: dict[str, str] = field(default_factory=dict[str, str])
    inputs: list[pb.WorkOrderItemInput] = field(default_factory=list[pb.WorkOrderItemInput])
    listed: pb.ListWorkOrdersRequest = field(default_factory=pb.ListWorkOrdersRequest)

    async def _called(self, context: Context) -> None:
        self.metadata = {key: value for key, value in context.invocation_metadata() if isinstance(value, str)}
        self.seconds = context.time_remaining()
        if self.refusal is not None:
            code, reason, data = self.refusal
            await refuse(context, code, reason, **data)

    async def ListTasks(self, request: pb.ListTasksRequest, context: Context) -> pb.ListTasksResponse:
        await self._called(context)
        return pb.ListTasksResponse(tasks=[pb.Task(id="t1", title=request.query or "生日", state=pb.TASK_STATE_OPEN)])

    async def CreateWorkOrder(self, request: pb.CreateWorkOrderRequest, context: Context) -> pb.CreateWorkOrderResponse:
        await self._called(context)
        self.inputs = list(request.items)
        known = next((o for o in self.orders.values() if o.external_id and o.external_id == request.external_id), None)
        if known is not None:
            if self.content[known.id] != request.document_json:
                await refuse(context, grpc.StatusCode.ALREADY_EXISTS, "EXTERNAL_ID_REUSED", id=known.id)
            return pb.CreateWorkOrderResponse(work_order=known, repeated_request=True)
        order = pb.WorkOrder(
            id=new_id(), version=1, external_id=request.external_id, document_json=request.document_json,
            state="acknowledged", items=[self._item(item) for item in request.items],
        )  # fmt: skip
        order.created_at.GetCurrentTime()
        order.state_changed_at.CopyFrom(order.created_at)
        self.orders[order.id] = order
        self.content[order.id] = request.document_json
        return pb.CreateWorkOrderResponse(work_order=order)

    def _item(self, item: pb.WorkOrderItemInput) -> pb.WorkOrderItem:
        if item.due_at == "soon":
            return pb.WorkOrderItem(
                id=item.id, reason="DUE_TIME_INVALID", field="due_at", value="soon", state="rejected"
            )
        return pb.WorkOrderItem(
            id=item.id, accepted=True, reason="BY_SUBSCRIBER_NUMBER", task_id=new_id(), state="acknowledged",
            owner_number="m001", owner_name="王敏",
        )  # fmt: skip

    async def _found(self, order_id: str, context: Context) -> pb.WorkOrder:
        await self._called(context)
        if order_id not in self.orders:
            await refuse(context, grpc.StatusCode.NOT_FOUND, "NOT_FOUND", id=order_id)
        return self.orders[order_id]

    async def GetWorkOrder(self, request: pb.GetWorkOrderRequest, context: Context) -> pb.GetWorkOrderResponse:
        return pb.GetWorkOrderResponse(work_order=await self._found(request.id, context))

    async def ListWorkOrders(self, request: pb.ListWorkOrdersRequest, context: Context) -> pb.ListWorkOrdersResponse:
        await self._called(context)
        self.listed = request
        if any(each.attribute == "colour" for each in request.filters):
            await refuse(context, grpc.StatusCode.INVALID_ARGUMENT, "FILTER_UNKNOWN", attribute="colour")
        rows = list(self.orders.values())
        if any(each.attribute == "cancellationDate" for each in request.filters):
            rows = [order for order in rows if order.state == "cancelled"]
        page = rows[request.offset : request.offset + request.limit]
        return pb.ListWorkOrdersResponse(work_orders=page, total=len(rows))

    async def UpdateWorkOrder(self, request: pb.UpdateWorkOrderRequest, context: Context) -> pb.UpdateWorkOrderResponse:
        order = await self._found(request.id, context)
        if request.version not in (0, order.version):
            await refuse(context, grpc.StatusCode.ABORTED, "STALE_VERSION", version=str(order.version))
        if request.state == "cancelled" and order.state == "completed":
            await refuse(context, grpc.StatusCode.FAILED_PRECONDITION, "WORK_ORDER_ENDED", state=order.state)
        order.document_json = request.document_json
        order.version += 1
        if request.state:
            order.state = request.state
            order.state_changed_at.GetCurrentTime()
            for item in order.items:
                item.state = request.state
        return pb.UpdateWorkOrderResponse(work_order=order)

    async def DeleteWorkOrder(self, request: pb.DeleteWorkOrderRequest, context: Context) -> pb.DeleteWorkOrderResponse:
        order = await self._found(request.id, context)
        if order.state == "acknowledged":
            await refuse(context, grpc.StatusCode.FAILED_PRECONDITION, "WORK_ORDER_HAS_OPEN_TASKS", open="1")
        del self.orders[request.id]
        return pb.DeleteWorkOrderResponse()


@dataclass
class Customer(customer_pb2_grpc.CustomerServiceServicer):
    """Takes files in and keeps only their size."""

    file: customer_pb2.ImportFile = field(default_factory=customer_pb2.ImportFile)
    size: int = 0
    largest: int = 0
    refuse_at: int = -1

    async def StartImport(
        self, request_iterator: AsyncIterator[customer_pb2.StartImportRequest], context: Context
    ) -> customer_pb2.StartImportResponse:
        async for part in request_iterator:
            if part.HasField("file"):
                self.file = part.file
            self.size += len(part.chunk)
            self.largest = max(self.largest, len(part.chunk))
            if 0 <= self.refuse_at <= self.size:
                await refuse(context, grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED")
        return customer_pb2.StartImportResponse(
            job=customer_pb2.ImportJob(id="j1", name=self.file.name, state=customer_pb2.ImportJob.STATE_WAITING)
        )

    async def DownloadImportErrors(
        self, request: customer_pb2.DownloadImportErrorsRequest, context: Context
    ) -> AsyncIterator[customer_pb2.DownloadImportErrorsResponse]:
        if request.id != "j1":
            await refuse(context, grpc.StatusCode.NOT_FOUND, "NOT_FOUND")
        yield customer_pb2.DownloadImportErrorsResponse(chunk="编号,原因\n".encode())
        yield customer_pb2.DownloadImportErrorsResponse(chunk=b"7,NUMBER_MISSING\n")

    async def DownloadExport(
        self, request: customer_pb2.DownloadExportRequest, context: Context
    ) -> AsyncIterator[customer_pb2.DownloadExportResponse]:
        if request.id != "e1":
            await refuse(context, grpc.StatusCode.NOT_FOUND, "NOT_FOUND")
        yield customer_pb2.DownloadExportResponse(chunk=b"PK\x03\x04")
        yield customer_pb2.DownloadExportResponse(chunk=b"rows")


@dataclass
class FarSide:
    """Both services on one port, with their health."""

    dispatch: Dispatch = field(default_factory=Dispatch)
    customer: Customer = field(default_factory=Customer)
    health: health_aio.HealthServicer = field(default_factory=health_aio.HealthServicer)
    server: Any = None
    address: str = ""

    async def start(self) -> None:
        """Listens on a free port."""
        self.server = grpc.aio.server()
        dispatch_pb2_grpc.add_DispatchServiceServicer_to_server(self.dispatch, self.server)
        customer_pb2_grpc.add_CustomerServiceServicer_to_server(self.customer, self.server)
        add: Any = health_pb2_grpc.add_HealthServicer_to_server
        add(self.health, self.server)
        for name in ("", "database", "nats", "keycloak"):
            await self.health.set(name, health_pb2.HealthCheckResponse.SERVING)
        self.address = f"127.0.0.1:{self.server.add_insecure_port('127.0.0.1:0')}"
        await self.server.start()

    async def stop(self) -> None:
        """Goes away."""
        await self.server.stop(None)
