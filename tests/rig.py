"""A stack of the tests' own, exactly as `make run` starts it, seen from outside: its ports, processes, tables."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from local_stack.layout import PROJECT
from tests.ports import free_range

START_WITHIN = 420.0


@dataclass(frozen=True)
class Rig:
    """A running stack."""

    home: Path
    process: subprocess.Popen[bytes]

    def state(self) -> dict[str, Any]:
        """Answers the stack's own description; empty while there is none."""
        try:
            return json.loads((self.home / "stack.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}

    @property
    def url(self) -> str:
        """The portal's address."""
        return str(self.state()["url"])

    @property
    def gnet_url(self) -> str:
        """The older system's address."""
        return f"http://127.0.0.1:{self.port('gnet_crm')}"

    @property
    def token_url(self) -> str:
        """Where machines fetch tokens."""
        return str(self.state()["token_url"])

    @property
    def password(self) -> str:
        """The password of every demo person."""
        return (self.home / "secrets" / "demo_password").read_text(encoding="utf-8").strip()

    def port(self, name: str) -> int:
        """Answers the port of a part of the stack."""
        return int(self.state()["ports"][name])

    def client_secret(self, client: str) -> str:
        """Answers the secret of a machine's client."""
        return (self.home / "secrets" / "clients" / client).read_text(encoding="utf-8").strip()

    def pids(self) -> dict[str, int]:
        """Answers which child that is ready runs under which number."""
        children: dict[str, Any] = self.state().get("children", {})
        return {name: child["pid"] for name, child in children.items() if child["pid"] and child["state"] == "ready"}

    def database(self, service: str) -> psycopg.Connection[tuple[Any, ...]]:
        """Opens the database of a service: for ledgers and bulk test data only."""
        password = (self.home / "secrets" / service / "database_password").read_text(encoding="utf-8").strip()
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port("postgres"),
            user=service,
            dbname=service,
            password=password,
            autocommit=True,
        )


@contextmanager
def running(
    *,
    customers: int,
    program: str = "local_stack",
    arguments: tuple[str, ...] = (),
    environment: dict[str, str] | None = None,
    say: Callable[[str], object] = print,
    home: Path | None = None,
) -> Generator[Rig]:
    """Starts a stack on free ports in a folder of its own (or in `home`, which stays), and ends it afterwards."""
    with folder_of_a_stack(home) as folder:
        settings = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")])),
            "CRM_HOME": folder,
            "CRM_CACHE": os.environ.get("CRM_CACHE") or str(PROJECT / ".local" / "cache"),
            "CRM_PORT": str(free_range()),
            "CRM_ORDER_MINUTES": "100000",
            **(environment or {}),
        }
        command = [sys.executable, "-m", program, "run", "--customers", str(customers), *arguments]
        log = Path(folder) / "stack.log"
        with log.open("wb") as output:
            process = subprocess.Popen(command, env=settings, stdout=output, stderr=output, cwd=PROJECT)
            rig = Rig(Path(folder), process)
            try:
                _until_ready(rig, log)
                say(f"stack is ready at {rig.url}")
                yield rig
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(60)


@contextmanager
def folder_of_a_stack(home: Path | None) -> Generator[str]:
    """Answers the folder that is asked for, or makes one and removes it afterwards."""
    if home is not None:
        yield str(home)
        return
    with tempfile.TemporaryDirectory(prefix="crm-test-", ignore_cleanup_errors=True) as folder:
        # As root PostgreSQL runs as another user, who must reach its folder.
        Path(folder).chmod(0o755)
        yield folder


def _until_ready(rig: Rig, log: Path) -> None:
    deadline = time.monotonic() + START_WITHIN
    while rig.state().get("phase") != "ready":
        if rig.process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the stack did not come up:\n{log.read_text(errors='replace')[-4000:]}")
        time.sleep(0.5)
