"""A branch's server that was set up by install.sh, as its operator has it: no Python there, an engine and nothing else."""

import os
import secrets
import shutil
import ssl
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from branch_server.programs import answer
from tests.ports import free_range

# What every Linux has (Debian calls these packages essential), and the two things that are asked for.
TOOLS = (
    "awk basename cat chmod chown cp cut date df dirname grep head hostname id ln ls mkdir mv readlink rm sed sh sha256sum "
    "sleep tail tr wc docker openssl"
)
GROWING = {
    "customer": ("customers", "accounts", "subscribers"),
    "dispatch": ("tasks", "work_orders"),
    "support": ("units", "people", "audit_entries"),
}
"""Tables of which no row ever goes."""


@dataclass(frozen=True)
class Server:
    """One installed suite, in a folder of its own."""

    to: Path
    tools: Path
    project: str = field(default_factory=lambda: f"crmbundle{secrets.token_hex(3)}")
    port: int = field(default_factory=free_range)
    company: Path | None = None
    """Folder with a certificate of the company's own for browsers (`tls.crt`, `tls.key`) and the authority that signed it (`ca.crt`)."""

    @property
    def url(self) -> str:
        """The portal's address."""
        return f"https://localhost:{self.port}"

    @property
    def authority(self) -> Path:
        """Whose certificates are believed."""
        if self.company:
            return self.company / "ca.crt"
        return self.to / "private" / "certs" / "gateway" / "ca.crt"

    @property
    def trust(self) -> ssl.SSLContext:
        """Believes the branch's own authority."""
        return ssl.create_default_context(cafile=self.authority)

    def secret(self, place: str) -> Path:
        """Answers where a secret lies."""
        return self.to / "private" / "secrets" / place

    def install(self, unpacked: Path, *more: str) -> subprocess.CompletedProcess[str]:
        """Runs install.sh of an unpacked bundle."""
        return self._run(str(unpacked / "install.sh"), "--to", str(self.to), *more)

    def must_install(self, unpacked: Path, *more: str) -> str:
        """Runs it and answers what it said; raises with it when it failed."""
        return succeeded(self.install(unpacked, *more))

    @property
    def second_disk(self) -> Path:
        """Where its backups go."""
        return self.to.parent / "second-disk"

    def answers(self, second_disk: Path | None = None) -> Path:
        """Writes the answers to the questions of a first installation; the second disk may be one that was another server's."""
        lines = {
            "HOST": "localhost",
            "PORT": str(self.port),
            "DATABASE": "postgres",
            "BACKUP": str(second_disk or self.second_disk),
            "SETTING_CRM_PROJECT": self.project,
            "SETTING_CRM_SUBNET": f"172.29.{secrets.randbelow(230) + 20}.0/24",
            "SETTING_CRM_BIND": "127.0.0.1",
            "SETTING_CRM_PORT_GRPC": str(self.port + 1),
            # People who can sign in at once; a real branch begins with its administrators.
            "SETTING_CRM_DEMO": "1",
        }
        if self.company:
            lines |= {
                "CERTIFICATE": str(self.company / "tls.crt"),
                "CERTIFICATE_KEY": str(self.company / "tls.key"),
            }
        file = self.to.parent / "answers"
        file.write_text("".join(f"{name}={value}\n" for name, value in lines.items()), encoding="utf-8")
        return file

    def crm(self, *words: str) -> str:
        """Runs the operator's command and answers what it said; raises with it when it failed."""
        return succeeded(self.try_crm(*words))

    def try_crm(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Runs the operator's command, which may fail."""
        return self._run(str(self.to / "crm"), *words)

    def remove(self) -> None:
        """Stops everything and wipes it; nothing of it may be left."""
        if (self.to / "crm").exists():
            self._run(str(self.to / "crm"), "compose", "down", "--volumes", "--timeout", "5")
        assert self.left_over() == []
        for folder in (self.to, self.second_disk):
            shutil.rmtree(folder, ignore_errors=True)

    def left_over(self) -> list[str]:
        """Answers what the engine has of it: containers, volumes, networks."""
        label = f"label=com.docker.compose.project={self.project}"
        lists = (["ps", "-aq"], ["volume", "ls", "-q"], ["network", "ls", "-q"])
        return [line for what in lists for line in answer(["docker", *what, "--filter", label])[1].split()]

    def versions(self) -> dict[str, str]:
        """Answers of every running container which release it is of."""
        lines = self.crm("compose", "ps", "--format", "{{.Service}} {{.Image}}").splitlines()
        return {line.split()[0]: line.rpartition(":")[2] for line in lines}

    def created(self) -> dict[str, str]:
        """Answers when the container of each running part was made; the texts sort by time."""
        lines = self.crm("compose", "ps", "--format", "{{.Service}} {{.ID}}").splitlines()
        ids = {line.split()[0]: line.split()[1] for line in lines}
        found = answer(["docker", "inspect", "--format", "{{.Created}}", *ids.values()])[1].split()
        return dict(zip(ids, found, strict=True))

    def burn(self) -> None:
        """Ends everything at once and takes all its disks away but the second one."""
        running = self.crm("compose", "ps", "-q").split()
        assert answer(["docker", "kill", *running])[0] == 0
        self.crm("compose", "down", "--volumes")
        assert self.left_over() == []
        shutil.rmtree(self.to)

    def lose_stores(self) -> None:
        """Ends everything at once, as a power cut does, and takes the disk of the database and the broker away."""
        running = self.crm("compose", "ps", "-q").split()
        assert answer(["docker", "kill", *running])[0] == 0
        self.crm("down")
        lost = [f"{self.project}_{store}" for store in ("postgres", "nats", "support")]
        assert answer(["docker", "volume", "rm", *lost])[0] == 0

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Runs a program on a machine that has nothing but an engine: no Python, no package manager."""
        kept = {name: value for name, value in os.environ.items() if name.startswith("DOCKER_") or name == "HOME"}
        told = {**kept, "PATH": str(self.tools)}
        return subprocess.run(
            ["/bin/sh", *command], capture_output=True, text=True, check=False, env=told, stdin=subprocess.DEVNULL
        )

    def rows(self) -> dict[str, int]:
        """Answers how many rows each table holds that only grows: what was there must be there."""
        found: dict[str, int] = {}
        for service, tables in GROWING.items():
            for table in tables:
                words = ("exec", "-T", "postgres", "psql", "-U", "postgres", "-d", service, "-Atc")
                question = f"SELECT COUNT(*) FROM {table}"  # noqa: S608 - the names stand below
                found[f"{service}.{table}"] = int(self.crm("compose", *words, question))
        return found


def tools(folder: Path) -> Path:
    """Makes the only folder of programs that install.sh and crm may use."""
    folder.mkdir()
    for name in TOOLS.split():
        found = shutil.which(name)
        assert found, f"{name} is missing here"
        (folder / name).symlink_to(found)
    return folder


def succeeded(done: subprocess.CompletedProcess[str]) -> str:
    """Answers what a program printed; raises with it when it failed."""
    assert done.returncode == 0, f"{done.args}:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout
