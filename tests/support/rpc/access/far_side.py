"""What stands around support: the service that owns customers, and the way out for published rules."""

from typing import Any

from crm.access.v1 import probe_pb2, probe_pb2_grpc
from crm.common.v1 import access_pb2


class Customers(probe_pb2_grpc.AccessProbeServiceServicer):
    """The far side: notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    async def ExplainRow(self, request: Any, context: Any) -> probe_pb2.ExplainRowResponse:
        self.asked.append(request)
        return probe_pb2.ExplainRowResponse(found=True, actions=[access_pb2.ACTION_SEE])

    async def PreviewRows(self, request: Any, context: Any) -> probe_pb2.PreviewRowsResponse:
        self.asked.append(request)
        return probe_pb2.PreviewRowsResponse(total=7)

    async def CountRows(self, request: Any, context: Any) -> probe_pb2.CountRowsResponse:
        return probe_pb2.CountRowsResponse()


class Published:
    """Counts how often changes were let out; the broker may be away."""

    def __init__(self) -> None:
        self.times = 0
        self.away = False

    async def note(self) -> None:
        self.times += 1
        if self.away:
            raise ConnectionError
