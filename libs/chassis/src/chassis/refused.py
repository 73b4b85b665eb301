"""Why another service of ours refused a call: the one place that reads its `google.rpc.ErrorInfo` back."""

from typing import cast

import grpc
from google.rpc import error_details_pb2, status_pb2
from grpc import aio
from grpc_status import rpc_status


def reason_of(error: aio.AioRpcError) -> tuple[str, dict[str, str]] | None:
    """Answers the reason code and its data; None where the call failed without giving one."""
    # The aio error carries the same metadata as the call that the function is typed for.
    status = cast("status_pb2.Status | None", rpc_status.from_call(cast("grpc.Call", error)))
    for detail in status.details if status is not None else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return info.reason, dict(info.metadata)
    return None
