"""A branch's server of the tests' own, set up by the commands an operator uses and seen from outside."""

import os
import random
import secrets
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx

from branch_server import suite
from branch_server.places import COMPOSE, PROJECT
from branch_server.programs import answer
from branch_trust.parts import OURS
from tests.ports import free_range

FILES = "compose.yaml:compose.limits.yaml:compose.secrets.yaml:compose.closed.yaml:compose.demo.yaml"
CUSTOMERS = 1200


T = TypeVar("T")


def soon(what: str, ask: Callable[[], T], seconds: float = 60) -> T:
    """Asks until there is an answer; fails with `what` is the matter when the time is over."""
    deadline = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < deadline, what
        time.sleep(0.3)
    return found


@dataclass(frozen=True)
class Server:
    """One suite in containers."""

    settings: Path
    private: Path
    project: str
    port: int

    @property
    def url(self) -> str:
        """The portal's address."""
        return f"https://localhost:{self.port}"

    @property
    def gnet_url(self) -> str:
        """The older system's address."""
        return f"http://localhost:{self.port + 6}"

    @property
    def authority(self) -> Path:
        """Whose certificates are believed."""
        return self.private / "certs" / "gateway" / "ca.crt"

    @property
    def second_disk(self) -> Path:
        """Where its backups go."""
        return self.settings.parent / "second-disk"

    @property
    def password(self) -> str:
        """The password of every demo person."""
        return (self.private / "secrets" / "people" / "first_password").read_text(encoding="utf-8").strip()

    def trust(self) -> ssl.SSLContext:
        """What a client must know to believe this server and no other."""
        return ssl.create_default_context(cafile=self.authority)

    def lets_people_in(self) -> bool:
        """Whether the login page is shown."""
        try:
            answer = httpx.get(f"{self.url}/login", verify=self.trust(), follow_redirects=True, timeout=5)
        except httpx.HTTPError:
            return False
        return answer.status_code == 200 and "kc-login" in answer.text

    def command(self, *arguments: str, module: str = "branch_server") -> subprocess.CompletedProcess[str]:
        """Runs what a make target runs."""
        environment: Mapping[str, str] = {**os.environ, "CRM_ENV_FILE": str(self.settings)}
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            cwd=PROJECT,
        )

    def must(self, *arguments: str, module: str = "branch_server") -> str:
        """Runs it and answers what it printed; raises with it when it failed."""
        done = self.command(*arguments, module=module)
        assert done.returncode == 0, f"{module} {' '.join(arguments)}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def containers(self) -> dict[str, str]:
        """Answers the running containers: part and id."""
        shape = '{{.Label "com.docker.compose.service"}} {{.ID}}'
        label = f"label=com.docker.compose.project={self.project}"
        status, text = answer(["docker", "ps", "--filter", label, "--format", shape])
        assert status == 0, text
        return dict(line.split(" ", 1) for line in text.splitlines())

    def images(self) -> list[str]:
        """Answers every image that the compose files of this server name, the demo's included."""
        files = [word for file in FILES.split(":") for word in ("-f", str(COMPOSE / file))]
        status, text = answer([*suite.program(self.settings), *files, "--profile", "*", "config", "--images"])
        assert status == 0, text
        return sorted(set(text.split()))

    def left_over(self) -> list[str]:
        """Answers what of it the engine still has: containers, volumes, networks."""
        label = f"label=com.docker.compose.project={self.project}"
        lists = (["ps", "-aq"], ["volume", "ls", "-q"], ["network", "ls", "-q"])
        return [line for what in lists for line in answer(["docker", *what, "--filter", label])[1].split()]


def set_up(folder: Path) -> Server:
    """Writes settings, certificates and secrets; starts nothing."""
    port = free_range()
    server = Server(folder / "settings.env", folder / "private", f"crmtest{secrets.token_hex(3)}", port)
    server.second_disk.mkdir(mode=0o700)
    os.chown(server.second_disk, OURS, OURS)
    lines = {
        "CRM_PROJECT": server.project,
        "CRM_PUBLIC_URL": server.url,
        "CRM_PORT": str(port),
        "CRM_PORT_GRPC": str(port + 5),
        "CRM_PORT_GNET": str(port + 6),
        "CRM_PRIVATE": str(server.private),
        "CRM_HTTPS_DIR": str(server.private / "certs" / "gateway"),
        # Not among those that the engine gives to networks that ask for none.
        "CRM_SUBNET": f"172.16.{random.randrange(256)}.0/24",
        "CRM_BACKUP_DIR": str(server.second_disk),
        "CRM_DEMO": "1",
        "CRM_DEMO_CUSTOMERS": str(CUSTOMERS),
        "CRM_ORDER_MINUTES": "100000",
        "COMPOSE_FILE": FILES,
    }
    server.settings.write_text("".join(f"{key}={value}\n" for key, value in lines.items()), encoding="utf-8")
    server.must("--folder", str(server.private), "certs", module="branch_trust")
    server.must("--folder", str(server.private), "secrets", module="branch_trust")
    return server
