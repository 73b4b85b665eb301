"""Settings that travel by JetStream KV: published by their owner, held in memory by everyone, bite within seconds.

A service that starts while the owner is away finds the last known documents in the bucket.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import structlog
from nats.js.api import KeyValueConfig
from nats.js.errors import KeyNotFoundError, NotFoundError
from nats.js.kv import KeyValue

from chassis.nats import Bus

log = structlog.get_logger()
BUCKET = "settings"
LOOK_AGAIN = 3.0


@dataclass
class Documents:
    """The newest bytes of every document in the bucket."""

    bus: Bus
    bucket: str = BUCKET
    _held: dict[str, bytes] = field(default_factory=dict[str, bytes])
    _callbacks: list[tuple[str, Callable[[str], None]]] = field(default_factory=list[tuple[str, Callable[[str], None]]])
    _ready: asyncio.Event = field(default_factory=asyncio.Event)
    _last: int = 0

    def get(self, key: str, /) -> bytes | None:
        """Answers the newest bytes of a document, or None."""
        return self._held.get(key)

    def keys(self, prefix: str = "") -> list[str]:
        """Answers the keys that begin with a prefix."""
        return [key for key in self._held if key.startswith(prefix)]

    def on_change(self, prefix: str, callback: Callable[[str], None]) -> None:
        """Calls back with the key whenever a document under the prefix changes."""
        self._callbacks.append((prefix, callback))

    async def put(self, key: str, data: bytes) -> None:
        """Publishes a document and returns once the broker has stored it."""
        await (await self._open()).put(key, data)

    async def remove(self, key: str) -> None:
        """Takes a document back."""
        await (await self._open()).delete(key)

    async def stored(self, key: str) -> bytes | None:
        """Answers what the broker holds of a document, past the memory."""
        try:
            return (await (await self._open()).get(key)).value
        except (KeyNotFoundError, NotFoundError):
            return None

    async def ready(self, timeout: float) -> bool:  # noqa: ASYNC109  the caller goes on without them
        """Waits until what the bucket holds has been read once; answers False when that takes too long."""
        try:
            await asyncio.wait_for(self._ready.wait(), timeout)
        except TimeoutError:
            return False
        return True

    async def run(self) -> None:
        """Follows the bucket for ever; raises when the broker is away, and is started again by its caller."""
        while True:
            await self._follow(await self._open())

    async def _follow(self, bucket: KeyValue) -> None:
        """Takes what the bucket holds and what changes, until a change was missed."""
        watcher = await bucket.watchall()
        self._last = 0
        try:
            while True:
                try:
                    entry = cast("KeyValue.Entry | None", await watcher.updates(timeout=LOOK_AGAIN))
                except TimeoutError:
                    # A watch may die silently with the broker; its last sequence tells whether we missed anything.
                    if await self._behind(bucket):
                        return
                    continue
                if entry is None:
                    self._ready.set()
                    continue
                self._last = max(self._last, entry.revision or 0)
                gone = entry.operation in ("DEL", "PURGE")
                self._take(entry.key, None if gone else entry.value)
        finally:
            await watcher.stop()

    async def _behind(self, bucket: KeyValue) -> bool:
        status = await bucket.status()
        newest = status.stream_info.state.last_seq
        # A smaller sequence is a new store: read it from the start.
        return newest != self._last and not (newest == 0 and self._last == 0)

    def _take(self, key: str, data: bytes | None) -> None:
        if self._held.get(key) == data:
            return
        if data is None:
            self._held.pop(key, None)
        else:
            self._held[key] = data
        for prefix, callback in self._callbacks:
            if key.startswith(prefix):
                callback(key)

    async def _open(self) -> KeyValue:
        try:
            return await self.bus.jetstream.key_value(self.bucket)
        except NotFoundError:
            return await self.bus.jetstream.create_key_value(KeyValueConfig(bucket=self.bucket, history=5))
