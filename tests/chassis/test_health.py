"""Health by dependency: said at once, asked again soon while something is away."""

import asyncio
from typing import Any

import pytest
from grpc_health.v1 import health_pb2

from chassis import health
from chassis.health import Health

NOTHING: Any = None
UP, DOWN = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING


async def _said(found: Health, name: str) -> int:
    answer = await found.servicer.Check(health_pb2.HealthCheckRequest(service=name), NOTHING)
    return answer.status


async def test_what_was_away_is_asked_for_again_soon_and_what_is_there_only_now_and_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health, "SOON", 0.01)
    asked: list[str] = []

    there = asyncio.Event()

    async def broker() -> None:
        asked.append("nats")
        if len(asked) < 4:
            raise ConnectionError("not yet")
        there.set()

    found = Health({"nats": broker})
    await found.begin()
    assert await _said(found, "") == DOWN
    running = asyncio.create_task(found.run())
    await asyncio.wait_for(there.wait(), 10)
    await asyncio.sleep(0.05)
    # Three times away, soon after each other; then it is there, and the next look is seconds away.
    assert asked == ["nats"] * 4
    assert (await _said(found, ""), await _said(found, "nats")) == (UP, UP)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
