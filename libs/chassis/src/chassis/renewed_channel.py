"""A gRPC channel that follows its certificate: gRPC binds one to a channel for good, so a new one needs a new channel."""

import asyncio
from collections.abc import Callable
from typing import Any

import grpc
from grpc import aio

from chassis.tls import Certificates, Pem

RETIRED = 120.0
"""Calls that were under way go on over the old channel for so many seconds."""

Open = Callable[[grpc.ChannelCredentials], aio.Channel]


class RenewedChannel(aio.Channel):
    """Sends every new call under the newest certificate; the ones under way end where they began."""

    def __init__(self, certificates: Certificates, opened: Open) -> None:
        self._certificates = certificates
        self._opened = opened
        self._pem: Pem = certificates.current()
        self._channel = opened(certificates.channel_credentials())
        self._retiring: set[asyncio.Task[None]] = set()

    def now(self) -> aio.Channel:
        """Answers the channel under the newest certificate."""
        pem = self._certificates.current()
        if pem is not self._pem:
            self._retire(self._channel)
            self._channel = self._opened(self._certificates.channel_credentials())
            self._pem = pem
        return self._channel

    def _retire(self, channel: aio.Channel) -> None:
        task = asyncio.get_running_loop().create_task(_close_later(channel))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    def unary_unary(self, *args: Any, **kwargs: Any) -> Any:
        """Answers the method, one message in and one out."""
        return _Method(self, "unary_unary", args, kwargs)

    def unary_stream(self, *args: Any, **kwargs: Any) -> Any:
        """Answers the method, one message in and many out."""
        return _Method(self, "unary_stream", args, kwargs)

    def stream_unary(self, *args: Any, **kwargs: Any) -> Any:
        """Answers the method, many messages in and one out."""
        return _Method(self, "stream_unary", args, kwargs)

    def stream_stream(self, *args: Any, **kwargs: Any) -> Any:
        """Answers the method, many messages in and out."""
        return _Method(self, "stream_stream", args, kwargs)

    async def close(self, grace: float | None = None) -> None:
        """Closes the channel and the ones before it that are still open."""
        for task in list(self._retiring):
            task.cancel()
        await asyncio.gather(*self._retiring, return_exceptions=True)
        await self._channel.close(grace)

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        """Answers how the connection is."""
        return self.now().get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """Waits until the connection is another way than it was."""
        await self.now().wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        """Waits until the far side answers."""
        await self.now().channel_ready()

    async def __aenter__(self) -> "RenewedChannel":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class _Method:
    """A method of the far side, called over whichever channel is the newest."""

    def __init__(self, channel: RenewedChannel, kind: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._renewed, self._kind, self._args, self._kwargs = channel, kind, args, kwargs
        self._channel = channel.now()
        self._call: Callable[..., Any] = self._of(self._channel)

    def _of(self, channel: aio.Channel) -> Callable[..., Any]:
        return getattr(channel, self._kind)(*self._args, **self._kwargs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        channel = self._renewed.now()
        if channel is not self._channel:
            self._channel, self._call = channel, self._of(channel)
        return self._call(*args, **kwargs)


async def _close_later(channel: aio.Channel) -> None:
    try:
        # Not at once: a call may have asked for the method and not yet begun, and would be refused.
        await asyncio.sleep(RETIRED)
    finally:
        await channel.close(grace=None)
