"""TMF697 Work Order Management v4 for external systems: dispatch's work orders in TM Forum's shape."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import UUID

import grpc
from crm.dispatch.v1 import dispatch_pb2 as pb
from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from google.protobuf.message import Message
from starlette.exceptions import HTTPException

from chassis.clock import Clock
from gateway import forward
from gateway.admission import Admission
from gateway.edge import client_ip, headers_of
from gateway.problems import Problem, problem_of, refused
from gateway.settings import GatewaySettings
from gateway.tmf import tmf630
from gateway.tmf import work_order_mapping as mapping
from gateway.tmf.tmf630 import Query, Resource
from gateway.upstreams import Upstreams

MOUNT: Final = "/tmf-api"
_PATH: Final = "/workOrderManagement/v4"
_SERVICE: Final = "/crm.dispatch.v1.DispatchService/"
_IF_MATCH_FAILED = "the work order has changed since it was read"
M = TypeVar("M", bound=Message)

# Attributes of a cancellation, and what they are called on the order it is kept with.
_CANCEL_ATTRIBUTES: Final = {
    "id": "id",
    "workOrder.id": "id",
    "cancellationReason": "cancellationReason",
    "effectiveCancellationDate": "cancellationDate",
}


@dataclass(frozen=True)
class WorkOrders:
    """The resources under `/tmf-api/workOrderManagement/v4`."""

    settings: GatewaySettings
    upstreams: Upstreams
    admission: Admission
    clock: Clock

    @property
    def url(self) -> str:
        """Public address of the collection."""
        return f"{self.settings.origin}{MOUNT}{_PATH}/workOrder"

    @property
    def cancel_url(self) -> str:
        """Public address of the cancellations."""
        return f"{self.settings.origin}{MOUNT}{_PATH}/cancelWorkOrder"

    async def _ask(self, request: Request, method: str, asked: Message, kind: type[M]) -> M:
        """One call of dispatch in the name of the calling system."""
        headers = headers_of(request.scope)
        admitted = self.admission.bearer(headers)
        route = self.upstreams.routes.get(_SERVICE + method)
        if route is None:
            raise refused(grpc.StatusCode.UNAVAILABLE, "UPSTREAM_UNAVAILABLE", "dispatch is not configured")
        ip = client_ip(request.scope, headers, self.settings.trusted_proxies)
        passport = forward.passport(headers, admitted.authorization, ip, self.settings.call_seconds)
        return kind.FromString(await forward.unary(route, asked.SerializeToString(), passport))

    async def create(self, request: Request) -> Response:
        """Takes a work order in: 201, or 200 with the first answer when it came before."""
        document = mapping.read_document(await tmf630.read_resource(request, self.settings.body_limit))
        asked = pb.CreateWorkOrderRequest(
            external_id=document.get("externalId", ""),
            document_json=mapping.dump(document),
            items=mapping.read_items(document),
        )
        answer = await self._ask(request, "CreateWorkOrder", asked, pb.CreateWorkOrderResponse)
        status = 200 if answer.repeated_request else 201
        return self._shown(answer.work_order, status, {"location": f"{self.url}/{answer.work_order.id}"})

    async def get(self, request: Request, order_id: str) -> Response:
        """Answers one work order."""
        query = tmf630.read_query(request.scope["query_string"])
        order = await self._order(request, order_id)
        return self._shown(order, 200, fields=query.fields)

    async def list(self, request: Request) -> Response:
        """Answers work orders of the calling system."""
        raw: bytes = request.scope["query_string"]
        query = tmf630.read_query(raw)
        answer = await self._page(request, query)
        shown = [mapping.show(order, self.url) for order in answer.work_orders][: query.limit]
        return tmf630.collection(shown, query, answer.total, self.url, raw)

    async def patch(self, request: Request, order_id: str) -> Response:
        """Changes a work order, also to cancel it."""
        order = await self._order(request, order_id)
        if request.headers.get("if-match", "*") not in ("*", _tag(order)):
            raise refused(grpc.StatusCode.FAILED_PRECONDITION, "IF_MATCH_FAILED", _IF_MATCH_FAILED)
        before = mapping.show(order, self.url)
        after = await tmf630.read_patched(request, before, self.settings.body_limit)
        mapping.refuse_fixed(before, after)
        state = mapping.new_state(before, after)
        document = mapping.read_document(after)
        if state:
            document.setdefault(mapping.REQUESTED_AT, self._now())
        return self._shown(await self._update(request, order, document, state), 200)

    async def delete(self, request: Request, order_id: str) -> Response:
        """Removes a work order whose tasks have all ended."""
        asked = pb.DeleteWorkOrderRequest(id=_known(order_id))
        await self._ask(request, "DeleteWorkOrder", asked, pb.DeleteWorkOrderResponse)
        return Response(status_code=204)

    async def cancel(self, request: Request) -> Response:
        """Cancels a work order: done at once, and kept with the order."""
        sent = await tmf630.read_resource(request, self.settings.body_limit)
        order_id, reason, asked_at = mapping.read_cancel(sent, self.clock.now())
        order = await self._order(request, order_id)
        document = mapping.document_of(order) | {mapping.REQUESTED_AT: asked_at}
        if reason:
            document["cancellationReason"] = reason
        order = await self._update(request, order, document, "cancelled")
        shown = mapping.show_cancel(order, self.cancel_url, self.url)
        return tmf630.answer(201, shown, {"location": shown["href"]})

    async def get_cancel(self, request: Request, order_id: str) -> Response:
        """Answers one cancellation; it has the id of its order."""
        query = tmf630.read_query(request.scope["query_string"])
        order = await self._order(request, order_id)
        if mapping.REQUESTED_AT not in mapping.document_of(order):
            raise _unknown()
        return tmf630.answer(200, tmf630.select(mapping.show_cancel(order, self.cancel_url, self.url), query.fields))

    async def list_cancel(self, request: Request) -> Response:
        """Answers the cancellations of the calling system."""
        raw: bytes = request.scope["query_string"]
        query = tmf630.read_query(raw)
        wanted = [_cancel_filter(each) for each in query.conditions]
        wanted.append(pb.WorkOrderFilter(attribute="cancellationDate", operator="gte", values=["2000-01-01T00:00:00Z"]))
        answer = await self._page(request, query, wanted, tuple(_cancel_sort(name) for name in query.sort))
        shown = [mapping.show_cancel(order, self.cancel_url, self.url) for order in answer.work_orders]
        return tmf630.collection(shown[: query.limit], query, answer.total, self.cancel_url, raw)

    async def hub(self) -> Response:
        """Subscriptions are not offered: dispatch tells each system of its orders by write-back."""
        message = "event subscriptions are not offered; ends of orders are written back to the system itself"
        raise refused(grpc.StatusCode.UNIMPLEMENTED, "HUB_NOT_OFFERED", message)

    async def _order(self, request: Request, order_id: str) -> pb.WorkOrder:
        asked = pb.GetWorkOrderRequest(id=_known(order_id))
        return (await self._ask(request, "GetWorkOrder", asked, pb.GetWorkOrderResponse)).work_order

    async def _update(self, request: Request, order: pb.WorkOrder, document: Resource, state: str) -> pb.WorkOrder:
        asked = pb.UpdateWorkOrderRequest(
            id=order.id,
            version=order.version,
            document_json=mapping.dump(document),
            state=state,
            cancellation_reason=document.get("cancellationReason", "") if state else "",
        )
        return (await self._ask(request, "UpdateWorkOrder", asked, pb.UpdateWorkOrderResponse)).work_order

    async def _page(
        self,
        request: Request,
        query: Query,
        filters: "list[pb.WorkOrderFilter] | None" = None,
        sort: tuple[str, ...] | None = None,
    ) -> pb.ListWorkOrdersResponse:
        plain = [
            pb.WorkOrderFilter(attribute=each.attribute, operator=each.operator, values=each.values)
            for each in query.conditions
        ]
        asked = pb.ListWorkOrdersRequest(
            filters=plain if filters is None else filters,
            sort=query.sort if sort is None else sort,
            offset=query.offset,
            # No rows wanted still means the count; dispatch reads 0 as its own default.
            limit=query.limit or 1,
        )
        return await self._ask(request, "ListWorkOrders", asked, pb.ListWorkOrdersResponse)

    def _shown(
        self,
        order: pb.WorkOrder,
        status: int,
        headers: dict[str, str] | None = None,
        fields: frozenset[str] | None = None,
    ) -> Response:
        shown = tmf630.select(mapping.show(order, self.url), fields)
        return tmf630.answer(status, shown, {"etag": _tag(order), **(headers or {})})

    def _now(self) -> str:
        return self.clock.now().isoformat().replace("+00:00", "Z")


def app(settings: GatewaySettings, upstreams: Upstreams, admission: Admission, clock: Clock) -> FastAPI:
    """The API, with every error in TM Forum's shape, also of paths and methods it does not have."""
    orders = WorkOrders(settings, upstreams, admission, clock)

    async def machines_only(request: Request) -> None:
        admission.bearer(headers_of(request.scope))

    api = FastAPI(
        dependencies=[Depends(machines_only)],
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    table: list[tuple[str, str, Callable[..., Any]]] = [
        ("POST", "/workOrder", orders.create),
        ("GET", "/workOrder", orders.list),
        ("GET", "/workOrder/{order_id}", orders.get),
        ("PATCH", "/workOrder/{order_id}", orders.patch),
        ("DELETE", "/workOrder/{order_id}", orders.delete),
        ("POST", "/cancelWorkOrder", orders.cancel),
        ("GET", "/cancelWorkOrder", orders.list_cancel),
        ("GET", "/cancelWorkOrder/{order_id}", orders.get_cancel),
        ("POST", "/hub", orders.hub),
        ("DELETE", "/hub/{_}", orders.hub),
    ]
    for method, path, endpoint in table:
        api.add_api_route(_PATH + path, endpoint, methods=[method], response_model=None)
    for kind in (Problem, HTTPException, RequestValidationError, Exception):
        api.add_exception_handler(kind, _as_error)
    return api


async def _as_error(_: Request, error: Exception) -> Response:
    answer = tmf630.error(problem_of(error))
    if isinstance(error, HTTPException) and error.headers and "Allow" in error.headers:
        answer.headers["allow"] = error.headers["Allow"]
    return answer


def _tag(order: pb.WorkOrder) -> str:
    return f'"{order.version}"'


def _known(order_id: str) -> str:
    try:
        return str(UUID(order_id))
    except ValueError:
        raise _unknown() from None


def _unknown() -> Problem:
    return refused(grpc.StatusCode.NOT_FOUND, "NOT_FOUND", "there is no such resource")


def _cancel_filter(condition: tmf630.Condition) -> pb.WorkOrderFilter:
    attribute = _CANCEL_ATTRIBUTES.get(condition.attribute)
    if attribute is None:
        raise mapping.wrong(condition.attribute, "there is no filter on this attribute", reason="FILTER_UNKNOWN")
    return pb.WorkOrderFilter(attribute=attribute, operator=condition.operator, values=condition.values)


def _cancel_sort(name: str) -> str:
    sign, plain = ("-", name[1:]) if name.startswith("-") else ("", name.lstrip("+"))
    if plain not in _CANCEL_ATTRIBUTES:
        raise mapping.wrong(plain, "there is no order by this attribute", reason="FILTER_UNKNOWN")
    return sign + _CANCEL_ATTRIBUTES[plain]
