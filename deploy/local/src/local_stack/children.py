"""The table of what a stack consists of. Adding a service = one line in `SERVICES`."""

import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from branch_trust.broker_users import USERS
from demo_branch.people import staff
from local_stack import backup, keycloak, nats, postgres, processes, realm, realm_sites
from local_stack.layout import Home, Ports, keep_secret, sealing_key
from local_stack.told import client_secret, demo_customers, demo_password, otlp_endpoint, public_url, token_url

Say = Callable[[str], None]
# What a person may set for every service at once; everything else of ours is decided here.
PASSED_ON = (
    "CRM_DATABASE_POOL",
    "CRM_DISK_RESERVE",
    "CRM_OTLP_ENDPOINT",
    "CRM_OTLP_FORWARD",
    "CRM_TRACE_RATIO",
    "CRM_ZONE",
    "CRM_LOG_LEVEL",
    "CRM_ALERT_WEBHOOK_URL",
    "CRM_ALERT_MAIL_URL",
    "CRM_ALERT_MAIL_FROM",
    "CRM_ALERT_MAIL_TO",
    "CRM_SLOW_MS",
    "CRM_TRACE_SHARE",
    "CRM_ORDER_MINUTES",
    "CRM_WRITE_BACK_GIVE_UP_SECONDS",
)


@dataclass(frozen=True)
class Child:
    """One process: how it is prepared, started, known to be ready and stopped."""

    name: str
    command: Callable[[], list[str]]
    ready: Callable[[], bool]
    after: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    prepare: Callable[[Say], None] = lambda _: None
    # Asked now and then of one that is ready; one that says no three times in a row is started again.
    healthy: Callable[[], bool] = lambda: True
    stop_signal: signal.Signals = signal.SIGTERM
    # Stopped in this order: 0 what serves people, 1 what that stands on, 2 the database.
    wave: int = 0
    grace: float = 8.0
    start_within: float = 180.0


@dataclass(frozen=True)
class PythonService:
    """A process of ours: `python -m <module>`, listening at CRM_PORT plus `offset`."""

    name: str
    offset: int
    after: tuple[str, ...] = ("postgres", "nats")
    module: str = ""
    client_id: str = ""
    database: bool = True
    calls: tuple[str, ...] = ()
    # What serves people stops first.
    wave: int = 0
    own: Callable[[Home, Ports], Mapping[str, str]] = lambda _home, _ports: {}

    @property
    def client(self) -> str:
        """Its client of Keycloak."""
        return self.client_id or f"svc-{self.name}"


def _gnet_crm(home: Home, ports: Ports) -> Mapping[str, str]:
    keep_secret(home.secrets("gnet_crm") / "write_back_token", _write_back_token(home))
    return {
        "CRM_HTTP_PORT": str(ports.gnet_crm),
        "CRM_GATEWAY_URL": public_url(ports),
        "CRM_DEMO_CUSTOMERS": demo_customers(home),
    }


def _support(home: Home, ports: Ports) -> Mapping[str, str]:
    client = realm.ACCOUNTS.client_id
    keep_secret(home.secrets("support") / "accounts_secret", client_secret(home, client))
    # Seals what people store for older systems; further lines above it rotate the key.
    keep_secret(home.secrets("support") / "credential_key", sealing_key("k1"))
    return {"CRM_KEYCLOAK_URL": f"http://127.0.0.1:{ports.keycloak}/auth", "CRM_ACCOUNTS_CLIENT": client}


def _older_systems(home: Home, ports: Ports) -> Mapping[str, str]:
    # In the demo branch everybody has the one password there as well.
    keep_secret(home.secrets("older_systems") / "complaints_password", demo_password(home))
    return {"CRM_HTTP_PORT": str(ports.resources)}


def _gateway(home: Home, ports: Ports) -> Mapping[str, str]:
    keep_secret(home.secrets("gateway") / "session_key")
    return {
        "CRM_HTTP_PORT": str(ports.gateway),
        "CRM_PUBLIC_URL": public_url(ports),
        "CRM_KEYCLOAK_URL": f"http://127.0.0.1:{ports.keycloak}",
        **_upstreams(ports, *business()),
    }


def _dispatch(home: Home, ports: Ports) -> Mapping[str, str]:
    keep_secret(home.secrets("dispatch") / "write_back_gnet-crm", _write_back_token(home))
    return {"CRM_WRITE_BACK_URLS": f"gnet-crm=http://127.0.0.1:{ports.gnet_crm}/write-backs"}


def _telemetry(home: Home, ports: Ports) -> Mapping[str, str]:
    disks = {"postgres": home.data("postgres"), "nats": home.data("nats")}
    return {
        "CRM_OTLP_PORT": str(ports.otlp),
        "CRM_WATCH_DISKS": ",".join(f"{part}={folder}" for part, folder in disks.items()),
        # It writes in batches: a few connections are plenty.
        "CRM_DATABASE_POOL": "2",
    }


SERVICES = (
    PythonService("telemetry", 16, wave=1, own=_telemetry),
    PythonService("support", 15, calls=("customer", "dispatch"), own=_support),
    PythonService("customer", 12, calls=("support",)),
    PythonService("dispatch", 11, calls=("customer", "support"), own=_dispatch),
    PythonService("gateway", 5, after=("nats",), client_id="gateway", database=False, own=_gateway),
    PythonService(
        "gnet_crm",
        6,
        after=("gateway",),
        module="counterparts.gnet_crm",
        client_id="gnet-crm",
        database=False,
        own=_gnet_crm,
    ),
    PythonService(
        "older_systems",
        7,
        after=("keycloak",),
        module="counterparts.older_systems",
        client_id=realm_sites.RESOURCES_CLIENT,
        database=False,
        own=_older_systems,
    ),
)


def business() -> tuple[str, ...]:
    """List the services that own data: each has a database, a client `svc-<name>` and tokens made for it."""
    return tuple(service.name for service in SERVICES if service.database)


def _upstreams(ports: Ports, *names: str) -> dict[str, str]:
    return {
        f"CRM_UPSTREAM_{service.name.upper()}": f"127.0.0.1:{ports.base + service.offset}"
        for service in SERVICES
        if service.name in names
    }


def children(home: Home, ports: Ports) -> list[Child]:
    """List every process of a stack in the order of their start."""
    database = database_of(home, ports)
    broker = nats.NatsServer(home.data("nats"), ports.nats, _broker_passwords(home), monitor_port=ports.nats_monitor)
    return [
        Child(
            "postgres",
            database.command,
            database.ready,
            prepare=lambda _: database.initialise(),
            stop_signal=signal.SIGINT,
            wave=2,
            grace=10,
        ),
        Child(
            "nats",
            broker.command,
            broker.ready,
            environment={"GOMEMLIMIT": "96MiB"},
            prepare=lambda _: broker.prepare(),
            healthy=broker.healthy,
            wave=1,
        ),
        _keycloak(home, ports, database),
        *(_python_service(service, home, ports, database) for service in SERVICES),
        *([_backup(home, ports, database)] if backup.wanted() else []),
    ]


def database_of(home: Home, ports: Ports) -> postgres.PostgresServer:
    """Answer the stack's PostgreSQL."""
    password = keep_secret(home.secrets("postgres") / "superuser_password")
    settings = {**postgres.SERVING, **backup.postgres_settings()}
    return postgres.PostgresServer(home.data("postgres") / "data", ports.postgres, password, settings)


def _backup(home: Home, ports: Ports, database: postgres.PostgresServer) -> Child:
    return Child(
        "backup",
        lambda: processes.dies_with_parent(backup.command("serve")),
        lambda: (backup.folder(home) / "wal" / "open").is_dir(),
        after=("keycloak", "nats", *business()),
        environment=backup.environment(home, ports, database.data),
        prepare=lambda _: backup.prepare(home, database),
        grace=20,
    )


def _broker_passwords(home: Home) -> dict[str, str]:
    """Every user of the broker, also of services that this stack does not run; a service finds its own beside its other secrets."""
    return {user.name: keep_secret(home.secrets(user.name) / "nats_password") for user in USERS}


def _write_back_token(home: Home) -> str:
    return keep_secret(home.secrets("shared") / "gnet_crm_write_back")


def _keycloak(home: Home, ports: Ports, database: postgres.PostgresServer) -> Child:
    server = keycloak.KeycloakServer(
        folder=home.data("keycloak"),
        cache=home.cache,
        port=ports.keycloak,
        health_port=ports.keycloak_health,
        public_url=public_url(ports),
        gateway_url=f"http://127.0.0.1:{ports.gateway}",
        database_url=f"jdbc:postgresql://127.0.0.1:{ports.postgres}/keycloak",
        database_password=keep_secret(home.secrets("keycloak") / "database_password"),
        admin_password=keep_secret(home.secrets("keycloak") / "admin_password"),
    )

    def prepare(say: Say) -> None:
        database.ensure_database("keycloak", server.database_password)
        keycloak.prepare_distribution(home.cache, say)
        machines = realm.machines(business())
        secrets = {client: client_secret(home, client) for client in ("gateway", *(one.client_id for one in machines))}
        people = [realm.Person(person.number, person.name, person.roles) for person in staff()]
        addresses = realm.Addresses(server.public_url, server.gateway_url)
        credential = keycloak.new_credential(demo_password(home))
        sites = realm_sites.clients(ports, client_secret(home, realm_sites.RESOURCES_CLIENT))
        server.prepare(realm.render(realm.template(), machines, secrets, people, credential, addresses, sites))

    ready = _up_to_date_once(server)
    return Child("keycloak", server.command, ready, after=("postgres",), prepare=prepare, wave=1, grace=8)


def _up_to_date_once(server: keycloak.KeycloakServer) -> Callable[[], bool]:
    """Keycloak counts as ready once its realm has what this release needs."""
    done: list[bool] = []

    def ready() -> bool:
        if not server.ready():
            return False
        if not done:
            added = server.bring_up_to_date()
            if added:
                print(f"           keycloak: the realm got {', '.join(added)}", flush=True)
            done.append(True)
        return True

    return ready


def _python_service(service: PythonService, home: Home, ports: Ports, database: postgres.PostgresServer) -> Child:
    folder = home.secrets(service.name)
    password = keep_secret(folder / "database_password")
    keep_secret(folder / "client_secret", client_secret(home, service.client))
    port = ports.base + service.offset

    def prepare(_: Say) -> None:
        home.data(service.name).mkdir(parents=True, exist_ok=True)
        if service.database:
            database.ensure_database(service.name, password)

    environment = {
        "CRM_GRPC_PORT": str(port),
        "CRM_NATS_URL": f"nats://127.0.0.1:{ports.nats}",
        "CRM_ISSUER": f"{public_url(ports)}/auth/realms/crm",
        "CRM_JWKS_URL": token_url(ports).removesuffix("token") + "certs",
        "CRM_TOKEN_URL": token_url(ports),
        "CRM_CLIENT_ID": service.client,
        "CRM_SECRETS_DIR": str(folder),
        "CRM_HOME_DIR": str(home.data(service.name)),
        # glibc gives every thread an arena of its own, which idle services pay for in memory.
        "MALLOC_ARENA_MAX": "2",
        # The older systems are not ours to watch.
        **({} if service.module else {"CRM_OTLP_ENDPOINT": otlp_endpoint(ports)}),
        **_upstreams(ports, *service.calls),
        **service.own(home, ports),
    }
    if service.database:
        environment["CRM_DATABASE_URL"] = _database_url(service.name, ports)
    return Child(
        service.name,
        lambda: processes.dies_with_parent([sys.executable, "-m", service.module or service.name]),
        lambda: _listens(port),
        after=service.after,
        environment=environment,
        prepare=prepare,
        wave=service.wave,
    )


def _database_url(name: str, ports: Ports) -> str:
    """Answer where a service keeps its tables: in the stack's PostgreSQL, or on an Oracle of one's own (docs/oracle.md)."""
    if oracle := os.environ.get("CRM_ORACLE_DSN"):
        return f"oracle+oracledb://CRM_{name.upper()}@{oracle}"
    return f"postgresql+psycopg://{name}@127.0.0.1:{ports.postgres}/{name}"


def inherited_environment() -> dict[str, str]:
    """Answer our own environment without what concerns the stack itself."""
    mine = {key: value for key, value in os.environ.items() if not key.startswith("CRM_") or key in PASSED_ON}
    return {**mine, "PYTHONUNBUFFERED": "1", "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}"}


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
