"""Passes on what arrives, untouched, to a collector of the branch's own beside us. It never holds up what we keep ourselves."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import grpc
import structlog
from grpc import aio

from chassis.telemetry import counter

log = structlog.get_logger()
_lost = counter("crm.telemetry.not_forwarded", "batches that the other collector did not take")
MOST_AT_ONCE = 16
TIMEOUT = 5.0


@dataclass
class Forwarder:
    """The other collector; nothing at all when there is none."""

    endpoint: str = ""
    lost: int = 0
    _channel: aio.Channel | None = None
    _under_way: set["asyncio.Task[None]"] = field(default_factory=set["asyncio.Task[None]"])

    def forward(self, path: str, request: Any) -> None:
        """Passes a batch on, unless too many are under way already."""
        if not self.endpoint:
            return
        if len(self._under_way) >= MOST_AT_ONCE:
            self._count()
            return
        task = asyncio.create_task(self._send(path, request.SerializeToString()))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _send(self, path: str, batch: bytes) -> None:
        try:
            await self._open().unary_unary(path)(batch, timeout=TIMEOUT)
        except aio.AioRpcError as error:
            log.debug("the other collector did not take a batch", code=error.code().name)
            self._count()

    def _open(self) -> aio.Channel:
        if self._channel is None:
            address = self.endpoint.split("://", 1)[-1].rstrip("/")
            if self.endpoint.startswith("https"):
                self._channel = aio.secure_channel(address, grpc.ssl_channel_credentials())
            else:
                self._channel = aio.insecure_channel(address)
        return self._channel

    def _count(self) -> None:
        self.lost += 1
        _lost.add(1)

    async def close(self) -> None:
        """Closes the connection; what is under way may end."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=1)
        if self._channel is not None:
            await self._channel.close()
