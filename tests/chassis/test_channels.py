"""What a service that is being replaced drops is asked of the next one; what a caller gave up is not."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
import pytest_asyncio
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from chassis.channels import plain

pytestmark = pytest.mark.asyncio


class Dropping(health_pb2_grpc.HealthServicer):
    """Drops calls with a status before it answers one."""

    def __init__(self) -> None:
        self.drops: list[grpc.StatusCode] = []
        self.asked = 0
        self.slow = False
        self.reached = asyncio.Event()

    async def Check(self, request: Any, context: Any) -> health_pb2.HealthCheckResponse:
        self.asked += 1
        self.reached.set()
        if self.slow:
            await asyncio.sleep(5)
        if self.drops:
            await context.abort(self.drops.pop(), "gone")
        return health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING)


@pytest_asyncio.fixture
async def far() -> AsyncIterator[tuple[Dropping, Any]]:
    servicer, server = Dropping(), aio.server()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)  # type: ignore[arg-type]  # the aio twin of the typed servicer
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    channel = plain(f"127.0.0.1:{port}")
    yield servicer, health_pb2_grpc.HealthStub(channel)
    await channel.close()
    await server.stop(None)


@pytest.mark.parametrize("status", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED])
async def test_a_call_that_was_dropped_is_asked_again(far: tuple[Dropping, Any], status: grpc.StatusCode) -> None:
    servicer, stub = far
    servicer.drops = [status]
    answer: Any = await stub.Check(health_pb2.HealthCheckRequest())
    assert answer.status == health_pb2.HealthCheckResponse.SERVING
    assert servicer.asked == 2


async def test_what_failed_is_not(far: tuple[Dropping, Any]) -> None:
    servicer, stub = far
    servicer.drops = [grpc.StatusCode.INTERNAL]
    with pytest.raises(aio.AioRpcError):
        await stub.Check(health_pb2.HealthCheckRequest())
    assert servicer.asked == 1


async def test_what_the_caller_gave_up_is_not(far: tuple[Dropping, Any]) -> None:
    servicer, stub = far
    servicer.slow = True
    call: Any = stub.Check(health_pb2.HealthCheckRequest())
    asking = asyncio.ensure_future(call.code())
    await servicer.reached.wait()
    call.cancel()
    assert await asking is grpc.StatusCode.CANCELLED
    await asyncio.sleep(0.3)
    assert servicer.asked == 1
