"""How a call over a real channel was refused: the code, the reason, and what was said about it."""

from typing import Any

import pytest
from google.rpc import error_details_pb2
from grpc import aio
from grpc_status import rpc_status


async def refused(call: Any) -> tuple[str, str, dict[str, str]]:
    with pytest.raises(aio.AioRpcError) as caught:
        await call
    return said_by(caught.value)


def said_by(error: aio.AioRpcError) -> tuple[str, str, dict[str, str]]:
    info = error_details_pb2.ErrorInfo()
    status = rpc_status.from_call(error)  # type: ignore[arg-type]  # an aio error carries what the function reads
    if status is not None and status.details:
        status.details[0].Unpack(info)
    return error.code().name, info.reason, dict(info.metadata)
