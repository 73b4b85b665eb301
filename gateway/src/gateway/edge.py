"""What every door needs of a bare HTTP request: its headers, its body within a limit, its client, and a way to answer."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import grpc

from gateway.problems import Problem, refused

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = Mapping[bytes, bytes]


def headers_of(scope: Scope) -> Headers:
    """The headers by lower-case name; of a repeated one the last."""
    return dict(scope["headers"])


def text_of(headers: Headers, name: bytes) -> str:
    """One header as text; empty when it is missing."""
    value = headers.get(name)
    return value.decode("latin-1") if value else ""


def cookie_of(headers: Headers, name: bytes) -> bytes | None:
    """The value of one cookie, or None."""
    found = headers.get(b"cookie")
    if not found:
        return None
    wanted = name + b"="
    for pair in found.split(b";"):
        pair = pair.strip()
        if pair.startswith(wanted):
            return pair[len(wanted) :]
    return None


def client_ip(scope: Scope, headers: Headers, trusted_proxies: frozenset[str]) -> str:
    """The address of whoever asks: the peer, or what a proxy we trust says of it."""
    peer = scope.get("client")
    address: str = peer[0] if peer else ""
    if address in trusted_proxies:
        hops = [hop.strip() for hop in text_of(headers, b"x-forwarded-for").split(",") if hop.strip()]
        # From the right: the first address that no proxy of ours wrote about itself.
        return next((hop for hop in reversed(hops) if hop not in trusted_proxies), address)
    return address


def refuse_large(headers: Headers, limit: int, reason: str = "BODY_TOO_LARGE") -> None:
    """Refuses a body that says itself that it is too large, before any of it is read."""
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or int(length) > limit:
        raise too_large(limit, reason)


def too_large(limit: int, reason: str = "BODY_TOO_LARGE") -> Problem:
    """The refusal of a body over the limit."""
    return refused(
        grpc.StatusCode.RESOURCE_EXHAUSTED, reason, f"the body is larger than {limit} bytes", limit=str(limit)
    )


async def read_body(receive: Receive, headers: Headers, limit: int) -> bytes:
    """The whole body, refused beyond the limit."""
    refuse_large(headers, limit)
    part, more = await next_part(receive)
    if not more:
        return part
    parts, size = [part], len(part)
    while more:
        part, more = await next_part(receive)
        parts.append(part)
        size += len(part)
        if size > limit:
            raise too_large(limit)
    return b"".join(parts)


async def next_part(receive: Receive) -> tuple[bytes, bool]:
    """The next part of a body and whether more follow. A body that breaks off is refused: half of one may read as whole."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise refused(grpc.StatusCode.CANCELLED, "CLIENT_GONE", "the body broke off")
    return message.get("body", b""), message.get("more_body", False)


async def answer(send: Send, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> None:
    """Sends one whole answer."""
    pairs = [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
