"""The door for external systems: the same calls over gRPC with a bearer token, through the same forwarder."""

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from time import perf_counter
from typing import Any, TypeAlias, cast

import grpc
import grpc.aio
from grpc_health.v1 import health_pb2_grpc
from grpc_health.v1.health import aio as health_aio
from opentelemetry.trace import SpanKind

from chassis import telemetry
from gateway import forward
from gateway.access_log import AccessLog
from gateway.forward import Passport
from gateway.problems import Problem, grpc_details
from gateway.settings import GatewaySettings
from gateway.upstreams import Route

_DETAILS = "grpc-status-details-bin"
Handler: TypeAlias = "grpc.RpcMethodHandler[bytes, bytes]"
Context: TypeAlias = "grpc.aio.ServicerContext[bytes, bytes]"


class Calls(grpc.GenericRpcHandler):
    """Finds the route of a call; bytes come in and go out as they are."""

    def __init__(self, settings: GatewaySettings, routes: Mapping[str, Route], log: AccessLog) -> None:
        self._settings = settings
        self._log = log
        self._handlers = {path: self._handler(route) for path, route in routes.items()}

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[Any, Any] | None":
        """The handler of a method; None for one that no service has."""
        return self._handlers.get(handler_call_details.method)

    def _handler(self, route: Route) -> Handler:
        async def one(request: bytes, context: Context) -> bytes:
            return await self._answered(route, context, partial(forward.unary, route, request))

        async def many_in(requests: AsyncIterable[bytes], context: Context) -> bytes:
            return await self._answered(route, context, partial(forward.upload, route, requests))

        async def many_out(request: Any, context: Context) -> AsyncIterator[bytes]:
            begun, passport = perf_counter(), self._passport(context)
            try:
                async for part in forward.stream(route, request, passport):
                    yield part
                self._done(route, context, "ok", begun)
            except Problem as problem:
                self._done(route, context, problem.reason, begun)
                await _refuse(context, problem)

        make: Any
        if route.streams_out:
            make = grpc.stream_stream_rpc_method_handler if route.streams_in else grpc.unary_stream_rpc_method_handler
            return make(many_out)
        make = grpc.stream_unary_rpc_method_handler if route.streams_in else grpc.unary_unary_rpc_method_handler
        return make(many_in if route.streams_in else one)

    async def _answered(self, route: Route, context: Context, ask: Callable[[Passport], Awaitable[bytes]]) -> bytes:
        begun = perf_counter()
        metadata = _metadata(context)
        with telemetry.span(route.path[1:], SpanKind.SERVER, telemetry.parent(metadata)):
            try:
                answer = await ask(self._passport(context))
            except Problem as problem:
                self._done(route, context, problem.reason, begun)
                await _refuse(context, problem)
                raise AssertionError("abort raises") from None
            self._done(route, context, "", begun)
            return answer

    def _passport(self, context: Context) -> Passport:
        metadata = _metadata(context)
        left = cast("float | None", context.time_remaining())  # None without a deadline, whatever its stub says
        most = self._settings.call_seconds_most
        return Passport(
            authorization=metadata.get("authorization", ""),
            ip=_ip(context),
            language=metadata.get("accept-language", "")[:64],
            traceparent=metadata.get("traceparent", "")[:64],
            seconds=self._settings.call_seconds if left is None else max(min(left, most), 0.001),
        )

    def _done(self, route: Route, context: Context, reason: str, begun: float) -> None:
        status = 200 if reason in ("", "ok") else 500
        self._log.line(
            "GRPC", route.path, status, begun, who="bearer", ip=_ip(context), reason=reason if reason != "ok" else ""
        )


async def _refuse(context: Context, problem: Problem) -> None:
    context.set_trailing_metadata(((_DETAILS, grpc_details(problem)),))
    await context.abort(problem.code, problem.message)


def _metadata(context: Context) -> dict[str, str]:
    return {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)}


def _ip(context: Context) -> str:
    """The caller's address out of gRPC's `ipv4:127.0.0.1:5000`."""
    peer = str(context.peer())
    return peer.partition(":")[2].rpartition(":")[0].strip("[]") if peer.startswith("ip") else ""


def build(settings: GatewaySettings, routes: Mapping[str, Route], log: AccessLog) -> grpc.aio.Server:
    """The server, listening but not yet started."""
    server = grpc.aio.server(
        options=[
            ("grpc.so_reuseport", 1 if settings.handover else 0),
            ("grpc.max_receive_message_length", settings.body_limit),
            ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
            ("grpc.keepalive_permit_without_calls", 1),
        ],
        maximum_concurrent_rpcs=512,
    )
    server.add_generic_rpc_handlers((Calls(settings, routes, log),))
    health = health_aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(health, server)  # pyright: ignore[reportArgumentType]  # the aio twin
    address = f"{settings.grpc_host}:{settings.grpc_port}"
    shown = settings.https or settings.certificates
    try:
        if shown is None:
            server.add_insecure_port(address)
        else:
            # External systems prove who they are by their token; a certificate is only asked of parts of the suite.
            server.add_secure_port(address, shown.server_credentials(clients=False))
    except RuntimeError as error:
        raise SystemExit(f"gateway: cannot listen on {address}: the port is in use") from error
    return server
