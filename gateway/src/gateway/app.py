"""The front door: the hot path and the proxy as bare ASGI, everything else behind FastAPI, one policy of headers for all."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from time import perf_counter
from typing import Any, Final

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from opentelemetry.trace import SpanKind
from starlette.exceptions import HTTPException

from chassis import telemetry
from chassis.errors import Refusal
from chassis.logging import redact
from gateway import connect, keycloak_proxy
from gateway.access_log import AccessLog
from gateway.edge import Receive, Scope, Send, client_ip, headers_of, text_of
from gateway.problems import Problem, problem_of, rest_body
from gateway.settings import GatewaySettings

log = structlog.get_logger()
Door = Callable[[Scope, Receive, Send], Awaitable[None]]
# The doors open the spans and count: FastAPI's own beside them would say everything twice.
OWN_TELEMETRY: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False}

_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=()"),
)
_POLICY: Final = (
    b"content-security-policy",
    b"default-src 'none'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
)
_HTTPS_ONLY: Final = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


class FrontDoor:
    """Sends every request to its door. `outside` holds the doors of other systems by the path they are mounted at."""

    def __init__(
        self,
        settings: GatewaySettings,
        rpc: Door,
        keycloak: Door,
        rest: Door,
        log: AccessLog,
        outside: Mapping[str, Door],
    ) -> None:
        self._rpc = rpc
        self._keycloak = keycloak
        self._rest = rest
        self._outside = outside
        self._log = log
        self._trusted = settings.trusted_proxies
        self._headers = [*_HEADERS, *([_HTTPS_ONLY] if settings.secure else [])]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            return  # no websockets here
        path: str = scope["path"]
        if path.startswith(connect.PREFIX + "/"):
            await self._rpc(scope, receive, send)
        elif path.startswith(keycloak_proxy.PREFIX):
            await self._keycloak(scope, receive, send)
        else:
            await self._logged(*self._door(scope, path), receive, send)

    def _door(self, scope: Scope, path: str) -> tuple[Door, Scope]:
        mount = f"/{path.split('/', 2)[1]}"
        door = self._outside.get(mount)
        return (self._rest, scope) if door is None else (door, {**scope, "root_path": mount})

    async def _logged(self, door: Door, scope: Scope, receive: Receive, send: Send) -> None:
        begun, status = perf_counter(), 500

        async def with_headers(message: dict[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                said = {name for name, _ in message["headers"]}
                more = [*self._headers, _POLICY]
                message["headers"] = [*message["headers"], *(pair for pair in more if pair[0] not in said)]
            await send(message)

        headers = headers_of(scope)
        parent = telemetry.parent({"traceparent": text_of(headers, b"traceparent")})
        # The first part of the path only: what follows may be a name or a number. A live stream is no slow call.
        first = redact(scope["path"].split("/", 2)[1])
        opened = (
            nullcontext()
            if first == "live"
            else telemetry.span(f"HTTP {scope['method']} /{first}", SpanKind.SERVER, parent)
        )
        try:
            with opened:
                await door(scope, receive, with_headers)
        finally:
            ip = client_ip(scope, headers, self._trusted)
            self._log.line(scope["method"], scope["path"], status, begun, ip=ip)


def rest() -> FastAPI:
    """The part behind FastAPI, with every error as a problem; its routes are added by whoever wires it."""
    app = FastAPI(
        title="Full-Service CRM gateway",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=OWN_TELEMETRY,
    )
    app.add_exception_handler(Problem, _as_problem)
    app.add_exception_handler(Refusal, _as_problem)
    app.add_exception_handler(HTTPException, _as_problem)
    app.add_exception_handler(RequestValidationError, _as_problem)
    app.add_exception_handler(Exception, _as_problem)
    return app


async def _as_problem(_: Request, error: Exception) -> Response:
    problem = problem_of(error)
    headers = {"cache-control": "no-store", **problem.headers()}
    if isinstance(error, HTTPException) and error.headers:
        headers |= {name.lower(): value for name, value in error.headers.items() if name.lower() == "allow"}
    body = orjson.dumps(rest_body(problem))
    return Response(body, status_code=problem.rest_status, media_type="application/json", headers=headers)
