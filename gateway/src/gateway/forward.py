"""Bytes in, bytes out: the one forwarder under the browser's door, the gRPC door and the REST doors."""

from collections.abc import AsyncIterable, AsyncIterator, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import grpc
import grpc.aio
from opentelemetry.trace import SpanKind

from chassis import telemetry
from gateway.edge import Headers, text_of
from gateway.problems import from_call
from gateway.upstreams import Route

_took = telemetry.histogram("crm.gateway.call.duration", "ms", "Time a forwarded call took, by method and outcome")


@dataclass(frozen=True, slots=True)
class Passport:
    """What a call takes along: whose it is, where from, in which language, in which trace, and how long it may take."""

    authorization: str
    ip: str
    language: str
    traceparent: str
    seconds: float

    def metadata(self) -> list[tuple[str, str]]:
        """The passport as gRPC metadata."""
        pairs = [("x-forwarded-for", self.ip)]
        if self.authorization:
            pairs.append(("authorization", self.authorization))
        if self.language:
            pairs.append(("accept-language", self.language))
        # With telemetry off the caller's own trace id still goes through, for the logs of others.
        if traceparent := telemetry.traceparent() or self.traceparent:
            pairs.append(("traceparent", traceparent))
        return pairs


def passport(headers: Headers, authorization: str, ip: str, seconds: float) -> Passport:
    """The passport of an HTTP request."""
    return Passport(
        authorization=authorization,
        ip=ip,
        language=text_of(headers, b"accept-language")[:64],
        traceparent=text_of(headers, b"traceparent")[:64],
        seconds=seconds,
    )


def seconds_asked(text: str | None, usual: float, most: float) -> float:
    """The time a caller allows in milliseconds, within what we allow; anything unreadable means the usual time."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > 10:
        return usual
    return min(max(int(text) / 1000, 0.001), most)


async def unary(route: Route, body: bytes, passport: Passport) -> bytes:
    """Forwards one message and answers one. Raises `Problem`."""
    begun = perf_counter()
    outcome = "ok"
    try:
        with telemetry.span(route.path[1:], SpanKind.CLIENT):
            return await route.call(body, metadata=passport.metadata(), timeout=passport.seconds)
    except grpc.aio.AioRpcError as error:
        problem = from_call(error)
        outcome = problem.answer.word
        raise problem from None
    finally:
        _count(route, outcome, begun)


async def upload(route: Route, parts: AsyncIterable[bytes], passport: Passport) -> bytes:
    """Forwards many messages and answers one. Raises `Problem`, or what reading the parts raised."""
    begun = perf_counter()
    outcome = "ok"
    call: grpc.aio.StreamUnaryCall[bytes, bytes] = route.call(metadata=passport.metadata(), timeout=passport.seconds)
    try:
        with telemetry.span(route.path[1:], SpanKind.CLIENT):
            async for part in parts:
                if not await _sent(call, part):
                    break  # refused before everything was sent: awaiting the call says why
            else:
                await call.done_writing()
            return await call
    except grpc.aio.AioRpcError as error:
        problem = from_call(error)
        outcome = problem.answer.word
        raise problem from None
    except BaseException:
        outcome = "canceled"
        call.cancel()
        raise
    finally:
        _count(route, outcome, begun)


async def _sent(call: Any, part: bytes) -> bool:
    """Sends one message; False once the call has ended.

    `call.write` itself would put INTERNAL in place of the service's own refusal when it loses the race against it
    (grpc 1.85, aio/_call.py, `_write`), and the sender would never learn why.
    """
    await call._metadata_sent.wait()
    if call.done():
        return False
    try:
        await call._cython_call.send_serialized_message(part)
    except grpc.aio.InternalError:
        return False
    return True


async def stream(route: Route, sent: bytes | AsyncIterable[bytes], passport: Passport) -> AsyncIterator[bytes]:
    """Forwards one or many messages and answers many. Raises `Problem`."""
    begun = perf_counter()
    outcome = "ok"
    call = route.call(sent, metadata=passport.metadata(), timeout=passport.seconds)
    try:
        async for part in call:
            yield part
    except grpc.aio.AioRpcError as error:
        problem = from_call(error)
        outcome = problem.answer.word
        raise problem from None
    finally:
        call.cancel()
        _count(route, outcome, begun)


def _count(route: Route, outcome: str, begun: float) -> None:
    if telemetry.on():
        labels: Mapping[str, str] = {"rpc.method": route.path[1:], "outcome": outcome}
        _took.record((perf_counter() - begun) * 1000, labels)
