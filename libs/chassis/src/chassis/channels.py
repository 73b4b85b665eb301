"""Client channels: a deadline on every call, retries only where the far side never began, our identity and trace passed on."""

import json
from collections.abc import Callable
from typing import Any

import grpc
from grpc import aio
from opentelemetry.trace import SpanKind

from chassis.identity import ServiceToken
from chassis.renewed_channel import RenewedChannel
from chassis.telemetry import span, traceparent
from chassis.tls import Certificates

DEADLINE = 5.0
_SERVICE_CONFIG = json.dumps(
    {
        "methodConfig": [
            {
                "name": [{}],
                "retryPolicy": {
                    "maxAttempts": 3,
                    "initialBackoff": "0.1s",
                    "maxBackoff": "1s",
                    "backoffMultiplier": 2,
                    # CANCELLED, where the caller did not hang up: a service that stops drops so what had reached it and not begun.
                    "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"],
                },
            }
        ]
    }
)
OPTIONS: list[tuple[str, Any]] = [
    ("grpc.service_config", _SERVICE_CONFIG),
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    # A restarted service is found again at once, not after gRPC's two minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    # A service that is replaced has another address; by default gRPC asks for it every 30 s at most.
    ("grpc.dns_min_time_between_resolutions_ms", 500),
    ("grpc.max_receive_message_length", 16 * 1024 * 1024),
]


class _OnBehalf(aio.UnaryUnaryClientInterceptor):
    def __init__(self, token: ServiceToken) -> None:
        self._token = token

    async def intercept_unary_unary(
        self, continuation: Callable[..., Any], client_call_details: aio.ClientCallDetails, request: Any
    ) -> Any:
        """Adds the service's token, the trace and a deadline to a call."""
        method = client_call_details.method
        name = method.decode() if isinstance(method, bytes) else str(method)
        with span(name.removeprefix("/"), SpanKind.CLIENT):
            metadata = aio.Metadata(*(tuple(client_call_details.metadata or ())))
            metadata.add("authorization", "Bearer " + await self._token.get())
            if found := traceparent():
                metadata.add("traceparent", found)
            details = aio.ClientCallDetails(
                method=method,
                timeout=client_call_details.timeout or DEADLINE,
                metadata=metadata,
                credentials=client_call_details.credentials,
                wait_for_ready=client_call_details.wait_for_ready,
            )
            call = await continuation(details, request)
            # Waiting here keeps the span open for as long as the call takes.
            await call.code()
            return call


def connect(target: str, token: ServiceToken, certificates: Certificates | None = None) -> aio.Channel:
    """Opens a channel on which calls carry the service's own identity."""
    return _open(target, certificates, [_OnBehalf(token)])


def plain(target: str, certificates: Certificates | None = None) -> aio.Channel:
    """Opens a channel that adds nothing: for a forwarder that passes the caller's own identity."""
    return _open(target, certificates, [])


def _open(target: str, certificates: Certificates | None, interceptors: list[aio.ClientInterceptor]) -> aio.Channel:
    if certificates is None:
        return aio.insecure_channel(target, options=OPTIONS, interceptors=interceptors)

    def fresh(credentials: grpc.ChannelCredentials) -> aio.Channel:
        return aio.secure_channel(target, credentials, options=OPTIONS, interceptors=interceptors)

    return RenewedChannel(certificates, fresh)
