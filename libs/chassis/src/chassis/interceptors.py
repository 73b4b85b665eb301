"""What happens around every call: trace, identity, permission, errors to status, one log line."""

import asyncio
import errno
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import grpc
import structlog
from crm.common.v1 import access_pb2
from google.protobuf import any_pb2, descriptor_pool
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc import aio
from grpc_status import rpc_status
from opentelemetry.trace import SpanKind

from chassis import shedding
from chassis.access import AccessBook
from chassis.errors import DatabaseUnavailable, Denied, RefusalLike, StorageFull, TooSlow, is_refusal
from chassis.identity import Actor, TokenVerifier, set_caller
from chassis.logging import call as log_call
from chassis.shedding import MARGIN
from chassis.telemetry import histogram, note_fault, on, parent, span, trace_id
from chassis.views import Views

log = structlog.get_logger()
_duration = histogram("rpc.server.duration", "ms", "time a call took")
_OPEN = ("/grpc.health.v1.Health/",)
STATUS = {
    "invalid": grpc.StatusCode.INVALID_ARGUMENT,
    "not_found": grpc.StatusCode.NOT_FOUND,
    "precondition": grpc.StatusCode.FAILED_PRECONDITION,
    "stale": grpc.StatusCode.ABORTED,
    "exists": grpc.StatusCode.ALREADY_EXISTS,
    "denied": grpc.StatusCode.PERMISSION_DENIED,
    "unauthenticated": grpc.StatusCode.UNAUTHENTICATED,
    "unavailable": grpc.StatusCode.UNAVAILABLE,
    "exhausted": grpc.StatusCode.RESOURCE_EXHAUSTED,
}
# When asking again makes sense after a refusal that says "not now".
RETRY_AFTER = timedelta(seconds=2)
# gRPC's own word to a client's channel: do not repeat this call by yourself.
_NO_RETRY = ("grpc-retry-pushback-ms", "-1")
Handler = Any
"""`grpc.RpcMethodHandler`, whose behaviours are typed for the blocking server only."""


class MethodNotDeclared(Denied):
    """The method carries no permission, so nobody may call it."""

    reason = "METHOD_WITHOUT_PERMISSION"


class PersonInactive(Denied):
    """The person is suspended or has left."""

    reason = "PERSON_INACTIVE"


def permission_of(method: str) -> access_pb2.Access | None:
    """Answers the permission that `/package.Service/Method` declares in its contract, or None."""
    service, _, name = method.lstrip("/").partition("/")
    try:
        found = descriptor_pool.Default().FindMethodByName(f"{service}.{name}")
    except KeyError:
        return None
    options = found.GetOptions()
    return options.Extensions[access_pb2.access] if options.HasExtension(access_pb2.access) else None


@dataclass
class Gatekeeper:
    """Proves who calls and whether the contract lets them, before any action begins."""

    verifier: TokenVerifier
    access: AccessBook
    _permissions: dict[str, access_pb2.Access | None] = field(default_factory=dict[str, access_pb2.Access | None])

    async def admit(self, method: str, metadata: dict[str, str], peer: str) -> Actor:
        """Answers the caller, or refuses."""
        ip = metadata.get("x-forwarded-for", "").split(",")[0].strip() or peer
        language = metadata.get("accept-language", "zh-CN")[:16]
        actor = await self.verifier.actor(metadata.get("authorization", ""), ip=ip, language=language)
        if method not in self._permissions:
            self._permissions[method] = permission_of(method)
        wanted = self._permissions[method]
        if wanted is None:
            raise MethodNotDeclared(method=method)
        if not actor.active:
            raise PersonInactive()
        if wanted.self and actor.kind == "person":
            return actor
        # A row without an owner or a place is reached by rules for every row only.
        may = self.access.sees if wanted.whole else self.access.allows
        if not may(actor, wanted.form, wanted.action):
            raise Denied(form=wanted.form, action=access_pb2.Action.Name(wanted.action))
        return actor


class Interceptor(aio.ServerInterceptor):
    """Wraps every handler once; the wrapped ones are kept."""

    def __init__(self, service: str, gatekeeper: Gatekeeper, views: Views | None = None) -> None:
        self._service = service
        self._gatekeeper = gatekeeper
        self._views = views
        self._wrapped: dict[str, Handler | None] = {}

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        """Answers the wrapped handler of a method."""
        method = handler_call_details.method
        if method.startswith(_OPEN):
            return await continuation(handler_call_details)
        if method not in self._wrapped:
            self._wrapped[method] = self._wrap(method, await continuation(handler_call_details))
        return self._wrapped[method]

    def _wrap(self, method: str, handler: Handler | None) -> Handler | None:
        if handler is None:
            return None
        options = {
            "request_deserializer": handler.request_deserializer,
            "response_serializer": handler.response_serializer,
        }
        if handler.unary_unary is not None:
            inner = self._views.noting(method, handler.unary_unary) if self._views else handler.unary_unary
            return grpc.unary_unary_rpc_method_handler(self._unary(method, inner), **options)  # type: ignore[arg-type]  # aio behaviours
        if handler.stream_unary is not None:
            return grpc.stream_unary_rpc_method_handler(self._unary(method, handler.stream_unary), **options)  # type: ignore[arg-type]  # aio behaviours
        if handler.unary_stream is not None:
            return grpc.unary_stream_rpc_method_handler(self._stream(method, handler.unary_stream), **options)  # type: ignore[arg-type]  # aio behaviours
        raise TypeError(f"{method}: calls that stream both ways are not used in this suite")

    def _unary(self, method: str, inner: Callable[..., Any]) -> Callable[..., Any]:
        async def call(request: Any, context: Any) -> Any:
            metadata = _metadata(context)
            began = time.perf_counter()
            with span(method[1:], SpanKind.SERVER, parent(metadata)):
                allowed = _allowed(context)
                shedding.until(allowed)
                timing = asyncio.timeout(allowed)
                try:
                    async with timing:
                        set_caller(await self._gatekeeper.admit(method, metadata, _ip(context)))
                        answer = await inner(request, context)
                except aio.AbortError:
                    raise
                except Exception as error:
                    await self._refuse(method, TooSlow() if timing.expired() else error, context, began)
                    return None
                self._done(method, "OK", began)
                return answer

        return call

    def _stream(self, method: str, inner: Callable[..., Any]) -> Callable[..., Any]:
        async def call(request: Any, context: Any) -> Any:
            metadata = _metadata(context)
            began = time.perf_counter()
            with span(method[1:], SpanKind.SERVER, parent(metadata)):
                shedding.until(_allowed(context))
                try:
                    set_caller(await self._gatekeeper.admit(method, metadata, _ip(context)))
                    async for answer in inner(request, context):
                        yield answer
                except aio.AbortError:
                    raise
                except Exception as error:
                    await self._refuse(method, error, context, began)
                self._done(method, "OK", began)

        return call

    async def _refuse(self, method: str, error: Exception, context: Any, began: float) -> None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            error = StorageFull(detail="disk")
        if is_refusal(error):
            status = to_status(error, f"crm.{self._service}")
            self._done(method, STATUS[error.kind].name, began, reason=error.reason)
        else:
            # The text of a defect is for the log alone: it may carry rows, addresses, secrets.
            status = status_pb2.Status(code=grpc.StatusCode.INTERNAL.value[0], message=f"INTERNAL {trace_id()}".strip())
            log.error("call failed", method=method, exc_info=error)
            self._done(method, "INTERNAL", began)
        packed: Any = rpc_status.to_status(status)
        if getattr(error, "kind", "") == "unavailable" and not isinstance(error, DatabaseUnavailable):
            # Whoever sheds load does not want it back at once from the channel's own retries.
            packed = packed._replace(trailing_metadata=(*packed.trailing_metadata, _NO_RETRY))
        await context.abort_with_status(packed)

    def _done(self, method: str, code: str, began: float, reason: str = "") -> None:
        took = (time.perf_counter() - began) * 1000
        if on():
            _duration.record(took, {"rpc.method": method, "rpc.code": code})
            note_fault(code)
        log_call(method, code, took, reason)


def to_status(error: RefusalLike, domain: str) -> status_pb2.Status:
    """Translates a refusal: code, reason and data as `google.rpc.ErrorInfo` (AIP-193)."""
    info = error_details_pb2.ErrorInfo(reason=error.reason, domain=domain, metadata=error.data)
    details: list[Message] = [info]
    if error.kind == "unavailable":
        retry = error_details_pb2.RetryInfo()
        retry.retry_delay.FromTimedelta(RETRY_AFTER)
        details.append(retry)
    detail = ", ".join(f"{key}={value}" for key, value in error.data.items())
    message = f"{error.reason}: {detail}" if detail else error.reason
    return status_pb2.Status(
        code=STATUS[error.kind].value[0], message=message, details=[_packed(each) for each in details]
    )


def _packed(message: Message) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(message)
    return packed


def _allowed(context: Any) -> float | None:
    """Answers the time a call may take: it is refused just before its caller gives it up. None without a deadline."""
    remaining: float | None = context.time_remaining()
    return None if remaining is None else remaining - MARGIN


def _metadata(context: Any) -> dict[str, str]:
    return {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)}


def _ip(context: Any) -> str:
    """Answers the address of the caller from gRPC's `ipv4:127.0.0.1:5000`."""
    return str(context.peer()).removeprefix("ipv4:").removeprefix("ipv6:").rsplit(":", 1)[0]
