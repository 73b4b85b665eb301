"""The door for browsers: `POST /rpc/{package.Service}/{Method}`, unary calls of the Connect protocol.

`application/proto` goes through untouched. `application/json` is turned through the descriptors, so that curl works.
This is the hot path: bare ASGI, no framework, no allocation that is not needed (recipes C7).
"""

from collections.abc import Mapping
from time import perf_counter
from typing import Final

import grpc
from google.protobuf import json_format
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind

from chassis import telemetry
from gateway.access_log import AccessLog
from gateway.admission import Admission
from gateway.edge import Headers, Receive, Scope, Send, answer, client_ip, headers_of, read_body, text_of
from gateway.forward import Passport, passport, seconds_asked, unary
from gateway.problems import connect_body, problem_of, refused
from gateway.settings import GatewaySettings
from gateway.upstreams import Route

PREFIX: Final = "/rpc"
_PROTO: Final = b"application/proto"
_JSON: Final = b"application/json"
_NO_STORE: Final = (b"cache-control", b"no-store")
_NO_SNIFF: Final = (b"x-content-type-options", b"nosniff")
_PROTO_HEADERS: Final = ((b"content-type", _PROTO), _NO_STORE, _NO_SNIFF)
_JSON_HEADERS: Final = ((b"content-type", _JSON), _NO_STORE, _NO_SNIFF)


class ConnectDoor:
    """Answers calls of the browser."""

    def __init__(
        self, settings: GatewaySettings, routes: Mapping[str, Route], admission: Admission, log: AccessLog
    ) -> None:
        self._settings = settings
        self._routes = routes
        self._admission = admission
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one call."""
        begun = perf_counter()
        headers = headers_of(scope)
        ip = client_ip(scope, headers, self._settings.trusted_proxies)
        path: str = scope["path"][len(PREFIX) :]
        who, reason, status = "", "", 200
        with telemetry.span(path[1:], SpanKind.SERVER, _parent(headers)):
            try:
                content_type = _content_type(scope, headers)
                route = self._route(path)
                admitted = await self._admission.admit(headers)
                who = admitted.who
                body = await read_body(receive, headers, self._settings.body_limit)
                along = passport(headers, admitted.authorization, ip, self._seconds(headers))
                if content_type == _PROTO:
                    await answer(send, 200, _PROTO_HEADERS, await unary(route, body, along))
                else:
                    await answer(send, 200, _JSON_HEADERS, await _in_json(route, body, along))
            except Exception as error:
                problem = problem_of(error)
                reason, status = problem.reason, problem.connect_status
                more = [(name.encode(), value.encode()) for name, value in problem.headers().items()]
                await answer(send, status, [*_JSON_HEADERS, *more], connect_body(problem))
            self._log.line("POST", PREFIX + path, status, begun, who=who, ip=ip, reason=reason)

    def _route(self, path: str) -> Route:
        route = self._routes.get(path)
        if route is None:
            raise refused(grpc.StatusCode.UNIMPLEMENTED, "ROUTE_NOT_FOUND", "no such method")
        if not route.unary:
            raise refused(grpc.StatusCode.UNIMPLEMENTED, "METHOD_STREAMS", "this method streams; use /files or gRPC")
        return route

    def _seconds(self, headers: Headers) -> float:
        asked = text_of(headers, b"connect-timeout-ms")
        return seconds_asked(asked, self._settings.call_seconds, self._settings.call_seconds_most)


def _parent(headers: Headers) -> Context | None:
    if not telemetry.on():
        return None
    return telemetry.parent({"traceparent": text_of(headers, b"traceparent")})


def _content_type(scope: Scope, headers: Headers) -> bytes:
    if scope["method"] != "POST":
        raise refused(grpc.StatusCode.UNIMPLEMENTED, "METHOD_NOT_ALLOWED", "calls are made by POST")
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise refused(grpc.StatusCode.UNIMPLEMENTED, "COMPRESSION_UNKNOWN", "send the body uncompressed")
    found = headers.get(b"content-type", b"").split(b";", 1)[0].strip().lower()
    if found not in (_PROTO, _JSON):
        message = "send application/proto or application/json"
        raise refused(grpc.StatusCode.INVALID_ARGUMENT, "CONTENT_TYPE_UNKNOWN", message)
    return found


async def _in_json(route: Route, body: bytes, along: Passport) -> bytes:
    try:
        request = json_format.Parse(body or b"{}", route.request())
    except (json_format.ParseError, UnicodeDecodeError, RecursionError) as error:
        raise refused(grpc.StatusCode.INVALID_ARGUMENT, "JSON_INVALID", str(error)[:300]) from None
    raw = await unary(route, request.SerializeToString(), along)
    response = route.response.FromString(raw)
    return json_format.MessageToJson(response, indent=None, ensure_ascii=False).encode()
