"""Starts a service: database, broker, documents, server, relay, consumers, background work; and stops it in order."""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog
import uvloop
from crm.common.v1 import access_pb2
from crm.operations.v1.dead_letters_pb2_grpc import add_DeadLetterServiceServicer_to_server
from google.protobuf.descriptor import FileDescriptor
from grpc import aio
from grpc_health.v1 import health_pb2_grpc
from sqlalchemy import literal, select
from sqlalchemy.exc import DBAPIError

from chassis import channels, logging, schema_at_start, telemetry, tuning, vitals
from chassis.access import AccessBook
from chassis.clock import Clock, SystemClock, business_day
from chassis.database import Database, Encode
from chassis.dead_letter_calls import DeadLetterServicer, counting
from chassis.dead_letters import EventLetters, Letters
from chassis.declarations import Forms, keep_declared
from chassis.dialects import away
from chassis.documents import Documents
from chassis.health import Health
from chassis.identity import ServiceToken, TokenVerifier
from chassis.interceptors import Gatekeeper, Interceptor
from chassis.life_mark import LifeMark
from chassis.nats import Bus, Consumer, On, keep
from chassis.outbox import Relay
from chassis.parameters import Parameters
from chassis.plumbing import Plumbing
from chassis.room import Room
from chassis.settings import Settings
from chassis.views import Views

log = structlog.get_logger()
Servicer = tuple[Callable[[Any, aio.Server], None], Any]
Work = Callable[[], Awaitable[None]]
GRACE = 5.0


@dataclass(frozen=True)
class Wired:
    """What a service's rooms are built from."""

    settings: Any
    database: Database
    documents: Documents
    access: AccessBook
    clock: Clock
    bus: Bus
    token: ServiceToken
    forms: Forms
    parameters: Parameters

    def channel(self, target: str) -> aio.Channel:
        """Opens a channel to another service under this service's identity."""
        return channels.connect(target, self.token, self.settings.certificates)


def _none(_: Any) -> list[Any]:
    return []


def _itself(wired: Wired) -> Wired:
    return wired


@dataclass(frozen=True)
class Service:
    """A service as its `__main__` describes it."""

    name: str
    settings: Settings
    plumbing: Plumbing
    migrations: Path
    encode: Encode
    servicers: Callable[[Any], list[Servicer]]
    subscriptions: Callable[[Any], list[On[Any]]] = _none
    background: Callable[[Any], list[Work]] = _none
    # What this service gives up besides events; an operator finds it beside them.
    letters: Callable[[Any], list[Letters]] = _none
    # Built once, and handed to the three above: what calls and background work share beyond what every service has.
    shared: Callable[[Wired], Any] = _itself
    clock: Clock = field(default_factory=SystemClock)
    contracts: tuple[FileDescriptor, ...] = ()
    parameters: tuple[access_pb2.ParameterDeclaration, ...] = ()
    # Parameters that another service declares and this one reads: only key and default count here.
    reads: tuple[access_pb2.ParameterDeclaration, ...] = ()


def main(service: Service) -> None:
    """Runs a service until it is told to stop; ends with status 0 after SIGTERM or SIGINT."""
    logging.start(service.name, service.settings.log_level)
    settings = service.settings
    telemetry.start(
        service.name,
        settings.otlp_endpoint,
        settings.trace_ratio,
        version=settings.version,
        authority=settings.certificates.current().authority if settings.certificates else None,
    )
    mark = LifeMark(settings.home_dir / "alive")
    uvloop.run(_run(service))
    mark.clear()
    telemetry.stop()


def wire(service: Service) -> Wired:
    """Builds what the service works with; nothing is connected yet."""
    settings = service.settings
    bus = Bus(settings.nats_url, service.name, settings.secret("nats_password"), settings.certificates)
    documents = Documents(bus)
    forms = Forms(service.contracts)
    today = partial(_today, service.clock, settings.branch_zone)
    access = AccessBook(documents, today=today, sensitive=forms.sensitive, implied=forms.implied)
    parameters = Parameters(documents, (*service.parameters, *service.reads), today=today)
    database = Database(
        settings.database(),
        clock=service.clock,
        plumbing=service.plumbing,
        encode=service.encode,
        access=access,
        pool_size=settings.database_pool,
        room=Room(settings.home_dir, settings.disk_reserve << 20),
    )
    token = ServiceToken(
        token_url=settings.token_url,
        client_id=settings.client_id,
        secret=settings.secret("client_secret"),
        verify=settings.trust,
    )
    return Wired(settings, database, documents, access, service.clock, bus, token, forms, parameters)


def _today(clock: Clock, zone: ZoneInfo) -> date:
    return business_day(clock.now(), zone)


async def _run(service: Service) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    wired = wire(service)
    starting = asyncio.ensure_future(_start(service, wired))
    await asyncio.wait([starting, asyncio.ensure_future(stopping.wait())], return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        return
    server, work = starting.result()
    await stopping.wait()
    log.info("stopping")
    await server.stop(GRACE)
    for task in work:
        task.cancel()
    await asyncio.gather(*work, return_exceptions=True)
    with contextlib.suppress(Exception):
        await asyncio.wait_for(wired.bus.close(), GRACE)
    wired.database.close()


async def _start(service: Service, wired: Wired) -> tuple[aio.Server, list[asyncio.Task[None]]]:
    await _migrate(service, wired.database)
    await _connect(wired.bus)
    work: list[asyncio.Task[None]] = [_kept("documents", wired.documents.run)]
    await wired.documents.ready(10)
    verifier = TokenVerifier(
        issuer=service.settings.issuer,
        jwks_url=service.settings.jwks_url,
        audience=service.name,
        people=wired.access,
        verify=service.settings.trust,
    )
    shared = service.shared(wired)
    health = Health(_probes(service, wired, verifier))
    await health.begin()
    views = Views(service.name, wired.database, service.plumbing, service.clock, service.settings.home_dir / "views")
    subscriptions = service.subscriptions(shared)
    letters = [EventLetters(service.name, service.plumbing, subscriptions), *service.letters(shared)]
    own = (add_DeadLetterServiceServicer_to_server, DeadLetterServicer(wired.database, letters))
    servicers = [*service.servicers(shared), own]
    interceptor = Interceptor(service.name, Gatekeeper(verifier, wired.access), views)
    server = _server(service, servicers, health, interceptor)
    await server.start()
    relay = Relay(wired.database, service.plumbing, wired.bus, service.clock)
    declarations = wired.forms.declared(service.name, service.parameters)
    work.append(_kept("declarations", lambda: keep_declared(wired.documents, declarations)))
    work.append(_kept("health", health.run))
    work.append(_kept("relay", relay.run))
    work.append(_kept("views", views.run))
    consumers = [Consumer(wired.bus, wired.database, on, service.clock) for on in subscriptions]
    work.extend(_kept(consumer.name, consumer.run) for consumer in consumers)
    work.append(_kept("vitals", _vitals(service, wired, consumers, letters).run))
    for job in service.background(shared):
        work.append(_kept(getattr(job, "__qualname__", "background"), job))
    tuning.settle()
    log.info("ready", port=service.settings.grpc_port)
    return server, work


def _server(service: Service, servicers: Sequence[Servicer], health: Health, interceptor: Interceptor) -> aio.Server:
    server = aio.server(
        interceptors=[interceptor],
        options=[
            ("grpc.max_receive_message_length", 16 * 1024 * 1024),
            # Idle clients ping every 20 s (channels.py); the default would hang up on them.
            ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
            ("grpc.keepalive_permit_without_calls", 1),
            ("grpc.so_reuseport", 0),
        ],
        maximum_concurrent_rpcs=512,
    )
    for add, servicer in servicers:
        add(servicer, server)
    health_pb2_grpc.add_HealthServicer_to_server(health.servicer, server)  # type: ignore[arg-type]  # the aio twin of the typed servicer
    address = f"{service.settings.grpc_host}:{service.settings.grpc_port}"
    certificates = service.settings.certificates
    try:
        if certificates is None:
            server.add_insecure_port(address)
        else:
            server.add_secure_port(address, certificates.server_credentials(clients=True))
    except RuntimeError as error:
        raise SystemExit(f"{service.name}: cannot listen on {address}: the port is in use") from error
    return server


async def _migrate(service: Service, database: Database) -> None:
    while True:
        try:
            if await schema_at_start.bring_up(database.engine, service.migrations, say=service.name):
                return
            log.warning("waiting for the database", error="it went away while its tables were brought up")
        except DBAPIError as error:
            if not away(error):
                raise
            vitals.dependency("database", error=error)
            log.warning("waiting for the database", error=str(error.orig).strip())
        await asyncio.sleep(1)


async def _connect(bus: Bus) -> None:
    while True:
        try:
            await bus.connect()
            return
        except Exception as error:
            vitals.dependency("nats", error=error)
            log.warning("waiting for the broker", error=repr(error))
            await asyncio.sleep(1)


def _vitals(service: Service, wired: Wired, consumers: list[Consumer], letters: Sequence[Letters]) -> vitals.Vitals:
    folder = Path(service.settings.tls_dir) if service.settings.tls_dir else None
    return vitals.Vitals(
        [
            vitals.outbox(wired.database, service.plumbing, service.clock, counting(letters)),
            vitals.consumers(consumers),
            vitals.certificates([folder / "tls.crt", folder / "ca.crt"] if folder else [], service.clock),
        ]
    )


def _kept(name: str, work: Work) -> asyncio.Task[None]:
    return asyncio.create_task(keep(name, work), name=name)


def _probes(service: Service, wired: Wired, verifier: TokenVerifier) -> dict[str, Callable[[], Awaitable[None]]]:
    async def database() -> None:
        await asyncio.to_thread(_write_probe, wired.database, service.plumbing)

    async def nats() -> None:
        await wired.bus.beat()

    async def keycloak() -> None:
        await verifier.keys(fresh=True)

    return {"database": database, "nats": nats, "keycloak": keycloak}


def _write_probe(database: Database, plumbing: Plumbing) -> None:
    with database.engine.begin() as connection:
        connection.execute(plumbing.relay.update().where(plumbing.relay.c.id == -1).values(holder=None))
        connection.execute(select(literal(1)))
