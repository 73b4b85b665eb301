"""PostgreSQL from outside: its programs, sessions with the serving one, and servers of our own over a restored folder."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from backup_tool.errors import BackupError
from backup_tool.settings import BackupSettings

# Everything a restored folder brings of its former home that would not fit here.
_OWN: Mapping[str, str] = {
    "listen_addresses": "",
    "ssl": "off",
    "archive_mode": "off",
    "synchronous_standby_names": "",
    "hot_standby": "off",
    "logging_collector": "off",
    "log_destination": "stderr",
    "shared_buffers": "64MB",
    "max_wal_size": "2GB",
    "jit": "off",
    "unix_socket_permissions": "0700",
}


def program(settings: BackupSettings, name: str) -> Path:
    """Find one of PostgreSQL's programs: where the setting says, else the newest that Debian installed."""
    if settings.postgres_bin:
        found = Path(settings.postgres_bin) / name
        if not found.exists():
            raise BackupError(f"{found} is missing; CRM_POSTGRES_BIN must name the folder of PostgreSQL's programs")
        return found
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda one: int(one.parts[4]))
    if installed:
        return installed[-1]
    if (onward := shutil.which(name)) is not None:
        return Path(onward)
    raise BackupError(f"PostgreSQL's program {name} is not installed; set CRM_POSTGRES_BIN to its folder")


def connect(settings: BackupSettings, database: str = "") -> psycopg.Connection[Any]:
    """Open a session with the serving PostgreSQL, in autocommit mode; its commits never wait for the second disk."""
    known = {**settings.connection(), "password": settings.secret("database_password")}
    if database:
        known["dbname"] = database
    options = "-c synchronous_commit=local -c statement_timeout=10min"
    return psycopg.connect(make_conninfo("", **known, options=options), autocommit=True)


def answers(settings: BackupSettings) -> bool:
    """Say whether the serving PostgreSQL runs: any answer counts, a refusal too."""
    try:
        connect(settings).close()
    except psycopg.OperationalError as error:
        return any(word in str(error) for word in ("authentication", "starting up", "shutting down", "pg_hba"))
    return True


def databases(connection: psycopg.Connection[Any]) -> list[str]:
    """List the databases that hold something of ours."""
    rows = connection.execute("SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY 1")
    return [str(row[0]) for row in rows]


def as_owner(command: Sequence[str | Path], *folders: Path) -> list[str]:
    """Put before a command what changes the user: PostgreSQL refuses to run as root. The folders become the other user's."""
    text = [str(part) for part in command]
    if os.geteuid() != 0:
        return ["setpriv", "--pdeathsig=QUIT", *text]
    for folder in folders:
        give_to_postgres(folder)
    # It may have to look past folders that only root may open.
    capability = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--pdeathsig=QUIT", *capability, *text]


def give_to_postgres(folder: Path) -> None:
    """As root: hand a folder and all below to the user who runs PostgreSQL."""
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", "nobody:nogroup", str(folder)], check=True)


@dataclass
class ScratchServer:
    """A PostgreSQL over a restored folder, reached by a private socket alone."""

    settings: BackupSettings
    data: Path
    options: Mapping[str, str] = field(default_factory=dict[str, str])

    @contextmanager
    def running(self, within: float) -> Generator["ScratchServer"]:
        """Run the server until the block ends; enters once it answers, which is after the recovery."""
        with tempfile.TemporaryDirectory(prefix="crm-pg-", ignore_cleanup_errors=True) as name:
            self._folder = Path(name)
            self._write_configuration()
            with (self._folder / "log").open("wb") as log:
                process = subprocess.Popen(
                    self._command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/", start_new_session=True
                )
            try:
                self._until_ready(process, within)
                yield self
            finally:
                self._stop(process)

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """Open a superuser's session."""
        return psycopg.connect(host=str(self._folder), user="postgres", dbname=database, autocommit=True)

    def client(self, *command: str | Path) -> list[str]:
        """Answer a client program's command line that talks to this server."""
        return [*(str(part) for part in command), "-h", str(self._folder), "-U", "postgres"]

    def log(self) -> str:
        """Answer what the server has logged."""
        return (self._folder / "log").read_text(encoding="utf-8", errors="replace")[-400_000:]

    def _write_configuration(self) -> None:
        (self._folder / "postgresql.conf").write_text("", encoding="utf-8")
        (self._folder / "pg_hba.conf").write_text("local all all trust\n", encoding="utf-8")
        (self._folder / "pg_ident.conf").write_text("", encoding="utf-8")

    def _command(self) -> list[str]:
        own = {
            **_OWN,
            "config_file": str(self._folder / "postgresql.conf"),
            "hba_file": str(self._folder / "pg_hba.conf"),
            "ident_file": str(self._folder / "pg_ident.conf"),
            "unix_socket_directories": str(self._folder),
            **self.options,
        }
        options = [option for key, value in own.items() for option in ("-c", f"{key}={value}")]
        command = [program(self.settings, "postgres"), "-D", self.data, *options]
        return as_owner(command, self.data, self._folder)

    def _until_ready(self, process: subprocess.Popen[bytes], within: float) -> None:
        deadline = time.monotonic() + within
        while True:
            if process.poll() is not None:
                raise BackupError(f"PostgreSQL could not recover {self.data}:\n{_told(self.log())}")
            with suppress(psycopg.OperationalError), self.connect() as connection:
                connection.execute("SELECT 1")
                return
            if time.monotonic() > deadline:
                raise BackupError(f"PostgreSQL did not recover {self.data} in {within:.0f} s:\n{_told(self.log())}")
            time.sleep(0.1)

    def _stop(self, process: subprocess.Popen[bytes]) -> None:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def _told(log: str) -> str:
    """Pick from a log what tells the cause."""
    lines = [
        line for line in log.splitlines() if any(word in line for word in ("FATAL", "PANIC", "ERROR", "DETAIL", "HINT"))
    ]
    return "\n".join(f"    {line}" for line in (lines or log.splitlines())[-8:])
