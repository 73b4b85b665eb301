"""Puts the gateway's rooms together; nothing is connected or started here."""

from dataclasses import dataclass
from typing import Any

import httpx

from chassis.access import AccessBook
from chassis.clock import Clock, SystemClock
from chassis.documents import Documents
from chassis.health import Probe
from chassis.identity import TokenVerifier
from chassis.nats import Bus
from gateway.access_log import AccessLog
from gateway.admission import Admission
from gateway.announcements import Announcements
from gateway.app import FrontDoor, rest
from gateway.connect import ConnectDoor
from gateway.files import Files
from gateway.health import Readiness
from gateway.identity import IdentityProvider
from gateway.keycloak_proxy import KeycloakProxy
from gateway.live import Live
from gateway.portal import Portal
from gateway.session_life import SessionLife
from gateway.session_store import SessionStore
from gateway.sessions import Sealer
from gateway.settings import GatewaySettings
from gateway.sign_in import SignIn
from gateway.systems import Systems, public
from gateway.tmf import work_order
from gateway.upstreams import Upstreams

_CANARY = "crm.gateway.canary.beaten.v1"


@dataclass(frozen=True)
class Gateway:
    """Everything a running gateway is made of."""

    settings: GatewaySettings
    bus: Bus
    documents: Documents
    upstreams: Upstreams
    store: SessionStore
    life: SessionLife
    live: Live
    log: AccessLog
    http: httpx.AsyncClient
    keycloak: KeycloakProxy
    readiness: Readiness
    door: FrontDoor


def wire(settings: GatewaySettings, clock: Clock | None = None) -> Gateway:
    """Builds a gateway."""
    clock = clock or SystemClock()
    log = AccessLog(enabled=settings.log_level in {"debug", "info"})
    bus = Bus(settings.nats_url, "gateway", settings.secret("nats_password"), settings.certificates)
    documents = Documents(bus)
    access = AccessBook(documents)
    upstreams = Upstreams(settings.upstream, settings.certificates)
    http = httpx.AsyncClient(timeout=5.0, verify=settings.trust)
    verifier = TokenVerifier(
        issuer=settings.issuer, jwks_url=settings.jwks_url, audience="gateway", people=access, verify=settings.trust
    )
    sealer = Sealer(settings.secret("session_key"))
    store = SessionStore(bus, sealer)
    provider = IdentityProvider(settings, verifier, clock, http)
    life = SessionLife(settings, store, provider, Announcements(bus), clock)
    admission = Admission(settings.origin, life)
    live = Live(bus, access, admission)
    store.on_end.append(live.session_ended)

    app = rest()
    sign_in = SignIn(settings, provider, verifier, life, store, sealer, admission)
    app.include_router(sign_in.router())
    app.include_router(Files(settings, upstreams.routes, admission).router())
    app.include_router(Systems(settings, upstreams.routes, admission).router())
    readiness = Readiness(upstreams.channels, _probes(settings, bus, store, http))
    app.include_router(readiness.router())
    app.add_api_route("/live", live.answer, methods=["GET"])
    app.add_api_route("/{path:path}", Portal(settings.portal_dir).answer, methods=["GET", "HEAD"])

    keycloak = KeycloakProxy(settings, log)
    rpc = ConnectDoor(settings, public(upstreams.routes), admission, log)
    # Starlette's own names for the same three things
    front: Any = app
    orders: Any = work_order.app(settings, upstreams, admission, clock)
    door = FrontDoor(settings, rpc, keycloak, front, log, {work_order.MOUNT: orders})
    return Gateway(settings, bus, documents, upstreams, store, life, live, log, http, keycloak, readiness, door)


def _probes(settings: GatewaySettings, bus: Bus, store: SessionStore, http: httpx.AsyncClient) -> dict[str, Probe]:
    async def nats() -> None:
        if not bus.client.is_connected:
            raise ConnectionError("the broker is away")
        # A publish and not a ping: a full disk answers pings.
        await bus.ensure_stream(_CANARY)
        await bus.jetstream.publish(_CANARY, b"", timeout=2)

    async def keycloak() -> None:
        (await http.get(settings.jwks_url)).raise_for_status()

    return {"nats": nats, "sessions": store.probe, "keycloak": keycloak}
