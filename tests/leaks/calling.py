"""Calls in somebody's name, and how they were refused."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from google.rpc import error_details_pb2
from grpc import aio
from grpc_status import rpc_status


@dataclass(frozen=True)
class Refusal:
    """How a call was refused, with everything that was said about it."""

    code: str
    reason: str
    data: dict[str, str]
    text: str


class Called:
    """The calls of one service in the name of one person."""

    def __init__(self, stub: Any, token: str) -> None:
        self._stub = stub
        self._metadata = (("authorization", f"Bearer {token}"),)

    def __getattr__(self, name: str) -> Callable[[Any], Any]:
        return lambda request: getattr(self._stub, name)(request, metadata=self._metadata)

    async def ask(self, method: str, request: Any) -> tuple[Any, Refusal | None]:
        """The answer, or the refusal. Streams are read to their end; requests that stream are sent as one."""
        call: Any = getattr(self._stub, method)
        try:
            if isinstance(call, aio.StreamUnaryMultiCallable):
                return await _once(call, iter([request]), self._metadata), None
            if isinstance(call, aio.UnaryStreamMultiCallable):
                return await _read(call, request, self._metadata), None
            return await call(request, metadata=self._metadata), None
        except aio.AioRpcError as error:
            return None, refusal_of(error)


async def _once(call: Any, requests: Any, metadata: Any) -> Any:
    return await call(requests, metadata=metadata)


async def _read(call: Any, request: Any, metadata: Any) -> list[Any]:
    return [part async for part in call(request, metadata=metadata)]


def refusal_of(error: aio.AioRpcError) -> Refusal:
    """What the error says."""
    info = error_details_pb2.ErrorInfo()
    status = rpc_status.from_call(error)  # type: ignore[arg-type]  # an aio error carries what the function reads
    if status is not None and status.details:
        status.details[0].Unpack(info)
    return Refusal(error.code().name, info.reason, dict(info.metadata), f"{error.details()} {info}")
