"""Health, by dependency: the gRPC health service answers for ``""`` and for each dependency by name."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog
from grpc_health.v1 import health_pb2
from grpc_health.v1.health import aio as health_aio

from chassis import vitals

log = structlog.get_logger()
Probe = Callable[[], Awaitable[None]]
EVERY = 5.0
# While something is away: whoever waits for it is not to wait for us as well.
SOON = 1.0
_UP = health_pb2.HealthCheckResponse.SERVING
_DOWN = health_pb2.HealthCheckResponse.NOT_SERVING


@dataclass
class Health:
    """Asks each dependency every few seconds and tells whoever asks."""

    probes: dict[str, Probe]
    servicer: health_aio.HealthServicer = field(default_factory=health_aio.HealthServicer)
    _up: dict[str, bool] = field(default_factory=dict[str, bool])

    async def begin(self) -> None:
        """Says no until everybody was asked: gRPC's own word is yes, and who believed it once takes the next answer for a fall."""
        await self.servicer.set("", _DOWN)

    async def run(self) -> None:
        """Runs for ever."""
        while True:
            await asyncio.gather(*(self._ask(name, probe) for name, probe in self.probes.items()))
            well = all(self._up.values())
            await self.servicer.set("", _UP if well else _DOWN)
            await asyncio.sleep(EVERY if well else SOON)

    async def _ask(self, name: str, probe: Probe) -> None:
        began = time.perf_counter()
        try:
            await asyncio.wait_for(probe(), timeout=4)
            up = True
            vitals.dependency(name, took=time.perf_counter() - began)
        except Exception as error:
            vitals.dependency(name, took=time.perf_counter() - began, error=error)
            if self._up.get(name, True):
                log.warning("dependency is away", dependency=name, error=repr(error))
            up = False
        if up and self._up.get(name) is False:
            log.info("dependency is back", dependency=name)
        self._up[name] = up
        await self.servicer.set(name, _UP if up else _DOWN)
