"""Starts the gateway: both doors at once, the broker as soon as it is there; stops in order."""

import asyncio
import contextlib
import signal
import socket
import ssl
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import structlog
import uvicorn
import uvloop

from chassis import logging, telemetry, tuning, vitals
from chassis.clock import SystemClock
from chassis.nats import Bus, keep
from chassis.settings import load
from chassis.tls import Certificates
from gateway import grpc_door, handover
from gateway.settings import GatewaySettings
from gateway.systems import public
from gateway.wiring import Gateway, wire

log = structlog.get_logger()
_GRACE = 5.0
INSIDE = "gateway"
"""The name by which the other parts of the suite ask for us."""


def main() -> None:
    """Runs the gateway until it is told to stop; ends with status 0 after SIGTERM or SIGINT."""
    settings = load(GatewaySettings)
    logging.start("gateway", settings.log_level)
    telemetry.start(
        "gateway",
        settings.otlp_endpoint,
        settings.trace_ratio,
        version=settings.version,
        authority=settings.certificates.current().authority if settings.certificates else None,
    )
    uvloop.run(run(settings))
    telemetry.stop()


async def run(settings: GatewaySettings) -> None:
    """Runs a gateway until a signal comes."""
    listening = _listen(settings)
    gateway = wire(settings)
    server = _server(gateway)
    work: asyncio.Task[Any] = asyncio.create_task(_background(gateway))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: _stop(gateway, server))
    if settings.handover:
        await _or_stopped(handover.until(gateway.readiness.own_up), server)
    calls = grpc_door.build(settings, public(gateway.upstreams.routes), gateway.log)
    await calls.start()
    tuning.settle()
    log.info("ready", address=settings.origin, port=settings.http_port, grpc_port=settings.grpc_port)
    if settings.handover:
        handover.announce(settings.handover)
    await server.serve(sockets=[listening])
    log.info("stopping")
    await calls.stop(_GRACE)
    await stopped(work)
    await put_away(gateway)


async def _or_stopped(waiting: Coroutine[Any, Any, None], server: uvicorn.Server) -> None:
    """Waits, but not past a signal to stop."""
    task = asyncio.create_task(waiting)
    while not (task.done() or server.should_exit):
        await asyncio.wait([task], timeout=0.2)
    task.cancel()


def _server(gateway: Gateway) -> handover.Server:
    https, farewell = gateway.settings.https, handover.Farewell(gateway.door)
    config = uvicorn.Config(
        farewell,  # pyright: ignore[reportArgumentType]  # ASGI, with plainer names for its three parts
        loop="none",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=int(_GRACE),
        # A context of ours: it takes a renewed certificate with the next connection.
        ssl_context_factory=(lambda _config, _usual: _shown(https, gateway.settings)) if https else None,
    )
    return handover.Server(config, farewell, handover.LINGER if gateway.settings.handover else 0.0)


def _shown(https: Certificates, settings: GatewaySettings) -> ssl.SSLContext:
    # Keycloak tells of a logout under the name that we have inside, and knows the branch's authority only, whoever signed for browsers.
    inside = settings.certificates
    return https.shared_context(inside, INSIDE) if inside else https.server_context()


def _stop(gateway: Gateway, server: uvicorn.Server) -> None:
    # Open streams never end by themselves: closed first, or the server would wait for them.
    gateway.live.close()
    server.should_exit = True


def _listen(settings: GatewaySettings) -> socket.socket:
    listening = socket.socket(socket.AF_INET6 if ":" in settings.http_host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if settings.handover:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listening.bind((settings.http_host, settings.http_port))
    except OSError as error:
        address = f"{settings.http_host}:{settings.http_port}"
        raise SystemExit(f"gateway: cannot listen on {address}: {error.strerror}") from error
    return listening


async def _background(gateway: Gateway) -> None:
    # Said from the beginning, also while the broker is awaited.
    await asyncio.gather(
        keep("watch", gateway.readiness.watch),
        keep("vitals", vitals.Vitals([_certificates(gateway.settings)]).run),
        _on_the_broker(gateway),
    )


def _certificates(settings: GatewaySettings) -> vitals.Reading:
    files = [settings.https.files.certificate] if settings.https else []
    if settings.tls_dir:
        files += [Path(settings.tls_dir) / name for name in ("tls.crt", "ca.crt")]
    return vitals.certificates(files, SystemClock())


async def _on_the_broker(gateway: Gateway) -> None:
    await _connect(gateway.bus)
    await asyncio.gather(
        keep("documents", gateway.documents.run),
        keep("sessions", gateway.store.run),
        keep("sweep", gateway.life.sweep),
        keep("live", gateway.live.run),
    )


async def stopped(*tasks: "asyncio.Task[Any]") -> None:
    """Stops tasks for certain: `wait_for` of Python 3.11 loses a cancellation that meets its result (cpython 86296)."""
    while left := [task for task in tasks if not task.done()]:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=0.5)


async def _connect(bus: Bus) -> None:
    while True:
        try:
            await bus.connect()
        except Exception as error:
            log.warning("waiting for the broker", error=repr(error))
            await asyncio.sleep(1)
        else:
            return


async def put_away(gateway: Gateway) -> None:
    """Closes every connection, whatever state it is in."""
    with contextlib.suppress(Exception):
        await asyncio.wait_for(gateway.bus.close(), _GRACE)
    await gateway.upstreams.close()
    await gateway.keycloak.close()
    await gateway.http.aclose()
    gateway.log.flush()


if __name__ == "__main__":
    main()
