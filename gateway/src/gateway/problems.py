"""How a refusal of a service looks to the outside: the one table, for the browser's door and for the REST doors."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import grpc
import grpc.aio
import orjson
import structlog
from fastapi.exceptions import RequestValidationError
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from starlette.exceptions import HTTPException

from chassis import telemetry
from chassis.errors import Refusal
from chassis.interceptors import STATUS

log = structlog.get_logger()

_TOO_MANY = "Concurrent RPC limit"
_STATUS_DETAILS = "grpc-status-details-bin"
_INFO_TYPE = "google.rpc.ErrorInfo"
DOMAIN = "crm.gateway"


@dataclass(frozen=True, slots=True)
class Answer:
    """One row of the table: the word of the Connect protocol, its HTTP status, and the HTTP status of the REST doors."""

    word: str
    connect: int
    rest: int


# Connect's own statuses are fixed by its specification; REST answers a wrong state with 409, as TMF630 asks.
TABLE: Mapping[grpc.StatusCode, Answer] = {
    grpc.StatusCode.CANCELLED: Answer("canceled", 499, 499),
    grpc.StatusCode.UNKNOWN: Answer("unknown", 500, 500),
    grpc.StatusCode.INVALID_ARGUMENT: Answer("invalid_argument", 400, 400),
    grpc.StatusCode.DEADLINE_EXCEEDED: Answer("deadline_exceeded", 504, 504),
    grpc.StatusCode.NOT_FOUND: Answer("not_found", 404, 404),
    grpc.StatusCode.ALREADY_EXISTS: Answer("already_exists", 409, 409),
    grpc.StatusCode.PERMISSION_DENIED: Answer("permission_denied", 403, 403),
    grpc.StatusCode.RESOURCE_EXHAUSTED: Answer("resource_exhausted", 429, 429),
    grpc.StatusCode.FAILED_PRECONDITION: Answer("failed_precondition", 400, 409),
    grpc.StatusCode.ABORTED: Answer("aborted", 409, 409),
    grpc.StatusCode.OUT_OF_RANGE: Answer("out_of_range", 400, 400),
    grpc.StatusCode.UNIMPLEMENTED: Answer("unimplemented", 501, 501),
    grpc.StatusCode.INTERNAL: Answer("internal", 500, 500),
    grpc.StatusCode.UNAVAILABLE: Answer("unavailable", 503, 503),
    grpc.StatusCode.DATA_LOSS: Answer("data_loss", 500, 500),
    grpc.StatusCode.UNAUTHENTICATED: Answer("unauthenticated", 401, 401),
}

# Reasons whose HTTP status is more exact than their gRPC code can say.
_BY_REASON: Mapping[str, int] = {
    "BODY_TOO_LARGE": 413,
    "FILE_TOO_LARGE": 413,
    "FILE_TOO_LARGE_UNPACKED": 413,
    "CONTENT_TYPE_UNKNOWN": 415,
    "METHOD_NOT_ALLOWED": 405,
    "ROUTE_NOT_FOUND": 404,
    "IF_MATCH_FAILED": 412,
    "STORAGE_FULL": 507,
}

# Seconds after which asking again makes sense, where the service did not say.
_RETRY_AFTER = 2


class Problem(Exception):
    """What went wrong: a refusal of the gateway's own, or a service's, unpacked."""

    def __init__(
        self,
        code: grpc.StatusCode,
        reason: str,
        message: str = "",
        data: Mapping[str, str] | None = None,
        domain: str = DOMAIN,
        retry_after: int = _RETRY_AFTER,
    ) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.message = message
        self.data = data or {}
        self.domain = domain
        self.retry_after = retry_after

    @property
    def answer(self) -> Answer:
        """The row of the table."""
        return TABLE[self.code]

    @property
    def rest_status(self) -> int:
        """HTTP status at the REST doors."""
        return _BY_REASON.get(self.reason, self.answer.rest)

    @property
    def connect_status(self) -> int:
        """HTTP status at the browser's door."""
        return _BY_REASON.get(self.reason, self.answer.connect)

    def info(self) -> ErrorInfo:
        """The reason as every door but REST carries it."""
        return ErrorInfo(reason=self.reason, domain=self.domain, metadata=dict(self.data))

    def headers(self) -> dict[str, str]:
        """What the answer must say besides its body."""
        if self.code is grpc.StatusCode.UNAVAILABLE:
            return {"retry-after": str(self.retry_after)}
        if self.code is grpc.StatusCode.UNAUTHENTICATED:
            return {"www-authenticate": "Bearer"}
        return {}


def refused(code: grpc.StatusCode, reason: str, message: str, **data: str) -> Problem:
    """A refusal of the gateway's own."""
    return Problem(code, reason, message, data)


def from_call(error: grpc.aio.AioRpcError) -> Problem:
    """Unpacks what a service, or the way to it, answered."""
    info, retry = ErrorInfo(), RetryInfo()
    for packed in _details(error):
        _ = packed.Unpack(info) or packed.Unpack(retry)
    code = error.code()
    if info.reason:
        seconds = retry.retry_delay.seconds or _RETRY_AFTER
        return Problem(code, info.reason, error.details() or "", dict(info.metadata), info.domain, seconds)
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED and _TOO_MANY in (error.details() or ""):
        # gRPC's own server refused it unread.
        return Problem(grpc.StatusCode.UNAVAILABLE, "OVERLOADED")
    return Problem(code, _reason_without_info(code), error.details() or "" if _speaks(code) else "")


def problem_of(error: Exception) -> Problem:
    """What the outside may know of anything that was raised; a defect says nothing and is logged."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Refusal):
        return Problem(STATUS[error.kind], error.reason, error.reason, error.data)
    if isinstance(error, RequestValidationError):
        places = ", ".join(".".join(str(step) for step in wrong["loc"][1:]) for wrong in error.errors())
        return refused(grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_INVALID", f"wrong: {places}", field=places)
    if isinstance(error, HTTPException):
        if error.status_code == 405:
            return refused(grpc.StatusCode.UNIMPLEMENTED, "METHOD_NOT_ALLOWED", "this method is not offered here")
        if error.status_code == 404:
            return refused(grpc.StatusCode.NOT_FOUND, "ROUTE_NOT_FOUND", "there is nothing here")
        return refused(grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_INVALID", "the request cannot be read")
    log.error("request failed", exc_info=error)
    return refused(grpc.StatusCode.INTERNAL, "INTERNAL", telemetry.trace_id())


def _speaks(code: grpc.StatusCode) -> bool:
    """Text of the transport (addresses, stack) stays inside; only a service's own words go out."""
    return code not in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN}


def _reason_without_info(code: grpc.StatusCode) -> str:
    return "UPSTREAM_UNAVAILABLE" if code is grpc.StatusCode.UNAVAILABLE else code.name


def _details(error: grpc.aio.AioRpcError) -> list[AnyMessage]:
    details = (value for key, value in error.trailing_metadata() or () if key == _STATUS_DETAILS)
    raw = next(details, None)
    return list(Status.FromString(raw).details) if isinstance(raw, bytes) else []


def connect_body(problem: Problem) -> bytes:
    """The error as the Connect protocol writes it."""
    info = problem.info()
    detail: dict[str, Any] = {
        "type": _INFO_TYPE,
        # Connect wants base64 without padding.
        "value": base64.b64encode(info.SerializeToString()).decode().rstrip("="),
        "debug": {"reason": info.reason, "domain": info.domain, "metadata": dict(info.metadata)},
    }
    return orjson.dumps({"code": problem.answer.word, "message": problem.message, "details": [detail]})


def grpc_details(problem: Problem) -> bytes:
    """The reason as gRPC carries it, the value of `grpc-status-details-bin`."""
    details = [AnyMessage()]
    details[0].Pack(problem.info())
    if problem.code is grpc.StatusCode.UNAVAILABLE:
        retry = RetryInfo()
        retry.retry_delay.FromSeconds(problem.retry_after)
        details.append(AnyMessage())
        details[1].Pack(retry)
    number: int = problem.code.value[0]
    return Status(code=number, message=problem.message, details=details).SerializeToString()


def rest_body(problem: Problem) -> dict[str, Any]:
    """The error as the REST doors outside TM Forum write it."""
    return {"code": problem.reason, "message": problem.message, "data": dict(problem.data)}
