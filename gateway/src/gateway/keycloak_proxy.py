"""The way to Keycloak's sign-in pages: its realm and their files, streamed through, and nothing else of it.

The browser sees one origin; the administration console, the other realms and self-registration of clients stay inside.
"""

from collections.abc import AsyncIterator
from time import perf_counter
from typing import Final
from urllib.parse import unquote, urlsplit

import grpc
import httpx

from gateway.access_log import AccessLog
from gateway.edge import (
    Headers,
    Receive,
    Scope,
    Send,
    answer,
    client_ip,
    headers_of,
    next_part,
    refuse_large,
    too_large,
)
from gateway.problems import connect_body, problem_of, refused
from gateway.settings import GatewaySettings

PREFIX: Final = "/auth/"
_RESOURCES = "/auth/resources/"
_CLOSED = ("clients-registrations",)
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
_BODY_LIMIT = 256 * 1024
_TIMEOUTS = {"connect": 2.0, "read": 20.0, "write": 20.0, "pool": 10.0}
_HOP_BY_HOP = frozenset(
    {
        b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection",
        b"te", b"trailer", b"transfer-encoding", b"upgrade",
    }
)  # fmt: skip
# What only we may say about the client.
_OURS = frozenset({b"host", b"forwarded", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"}) | {
    b"x-forwarded-port",
    b"x-forwarded-prefix",
    b"x-real-ip",
}


class KeycloakProxy:
    """Passes requests for the realm on."""

    def __init__(self, settings: GatewaySettings, log: AccessLog) -> None:
        self._settings = settings
        # The transport and not a client: a client would remember one person's cookies and send them with another's.
        self._transport = httpx.AsyncHTTPTransport(
            verify=settings.trust, limits=httpx.Limits(max_connections=64, max_keepalive_connections=16)
        )
        self._log = log
        self._realm = settings.realm_path + "/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        begun = perf_counter()
        headers = headers_of(scope)
        ip = client_ip(scope, headers, self._settings.trusted_proxies)
        reason = ""
        try:
            self._refuse_closed(scope, headers)
            status = await self._pass_on(scope, headers, ip, receive, send)
        except Exception as error:
            problem = problem_of(error)
            reason, status = problem.reason, problem.connect_status
            more = [(name.encode(), value.encode()) for name, value in problem.headers().items()]
            await answer(send, status, [(b"content-type", b"application/json"), *more], connect_body(problem))
        self._log.line(scope["method"], scope["path"], status, begun, ip=ip, reason=reason)

    def _refuse_closed(self, scope: Scope, headers: Headers) -> None:
        path = unquote(scope["raw_path"].decode("latin-1"))
        open_path = path.startswith((self._realm, _RESOURCES))
        segments = path.split("/")
        # A path that another reader could read otherwise (dots, doubled encoding, matrix parameters) is not passed on.
        crooked = ".." in segments or "." in segments or any(letter in path for letter in "\\;%")
        closed = any(segment in _CLOSED for segment in segments)
        if not open_path or crooked or closed:
            raise refused(grpc.StatusCode.NOT_FOUND, "ROUTE_NOT_FOUND", "there is nothing here")
        if scope["method"] not in _METHODS:
            raise refused(grpc.StatusCode.UNIMPLEMENTED, "METHOD_NOT_ALLOWED", "this method is not allowed here")
        refuse_large(headers, _BODY_LIMIT)

    async def _pass_on(self, scope: Scope, headers: Headers, ip: str, receive: Receive, send: Send) -> int:
        path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
        has_body = headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers
        request = httpx.Request(
            scope["method"],
            f"{self._settings.keycloak}{path}" + (f"?{query}" if query else ""),
            headers=[*_kept(scope["headers"], _HOP_BY_HOP | _OURS), *self._about_client(ip)],
            content=_body(receive) if has_body else None,
            extensions={"timeout": _TIMEOUTS},
        )
        try:
            reply = await self._transport.handle_async_request(request)
        except httpx.HTTPError as error:
            message = "the sign-in service does not answer"
            raise refused(grpc.StatusCode.UNAVAILABLE, "IDENTITY_PROVIDER_UNAVAILABLE", message) from error
        try:
            await send(
                {
                    "type": "http.response.start",
                    "status": reply.status_code,
                    "headers": _kept(reply.headers.raw, _HOP_BY_HOP),
                }
            )
            async for part in reply.aiter_raw():
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await reply.aclose()
        return reply.status_code

    async def close(self) -> None:
        """Closes the connections."""
        await self._transport.aclose()

    def _about_client(self, ip: str) -> list[tuple[bytes, bytes]]:
        origin = urlsplit(self._settings.origin)
        port = origin.port or (443 if self._settings.secure else 80)
        return [
            (b"host", origin.netloc.encode()),
            (b"x-forwarded-for", ip.encode()),
            (b"x-forwarded-proto", origin.scheme.encode()),
            (b"x-forwarded-host", origin.netloc.encode()),
            (b"x-forwarded-port", str(port).encode()),
        ]


def _kept(pairs: "list[tuple[bytes, bytes]]", dropped: frozenset[bytes]) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in pairs if name.lower() not in dropped]


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    size, more = 0, True
    while more:
        part, more = await next_part(receive)
        size += len(part)
        if size > _BODY_LIMIT:
            raise too_large(_BODY_LIMIT)
        yield part
