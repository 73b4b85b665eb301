"""The branch's server has Nehalem cores: no AVX. A program run here dies of an instruction that they do not know."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from local_stack.layout import PROJECT
from local_stack.nats import NatsServer
from local_stack.postgres import PostgresServer, binaries

EMULATOR = shutil.which("qemu-x86_64") or shutil.which("qemu-x86_64-static") or ""
SERVER_CPU = "Nehalem"
ILLEGAL_INSTRUCTION = -4
"""How a process ends that meets an instruction its CPU does not know."""
ELF = b"\x7fELF"


def emulated(*command: str, cpu: str = SERVER_CPU) -> list[str]:
    """Answers a command line that runs a program on another CPU."""
    return [EMULATOR, "-cpu", cpu, *command]


def run(program: str, cpu: str = SERVER_CPU, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a program of Python on another CPU."""
    # Compiling every module anew takes a minute under emulation.
    known = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(
        emulated(sys.executable, "-W", "ignore", "-c", program, cpu=cpu),
        env={**known, **environment},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def locked() -> set[str]:
    """Answers the distributions of the lock file that are installed here; others are for other systems."""
    lines = (PROJECT / "requirements.lock").read_text("utf-8").splitlines()
    names = {line.split("==")[0] for line in lines if "==" in line and not line.startswith((" ", "#"))}
    installed = {each.metadata["Name"].lower().replace("_", "-") for each in metadata.distributions()}
    return names & installed


def native() -> set[str]:
    """Answers the distributions that bring machine code: libraries and programs."""
    return {name for name in locked() if any(_machine_code(file) for file in _files(name))}


def _files(name: str) -> Iterator[Path]:
    for file in metadata.distribution(name).files or []:
        if file.suffix not in {".py", ".pyi", ".txt", ".js", ".json", ".md", ".h"}:
            yield Path(str(file.locate()))


def _machine_code(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return opened.read(4) == ELF
    except OSError:
        return False


def _on_another_cpu(command: list[str], program: str) -> list[str]:
    """Puts the emulator before the program, and behind what changes the user for it."""
    place = next(at for at, part in enumerate(command) if Path(part).name == program)
    return [*command[:place], *emulated(*command[place:])]


@dataclass
class EmulatedPostgres(PostgresServer):
    """PostgreSQL on another CPU: the server and, since they are copies of its process, all its sessions."""

    programs: Path = field(default_factory=binaries)
    """Where its programs lie: more than one distribution brings them."""

    def _as_owner(self, *program: str | Path) -> list[str]:
        first, *rest = program
        return super()._as_owner(self.programs / Path(first).name, *rest)

    def command(self) -> list[str]:
        """Return the command line that runs the server under emulation."""
        return _on_another_cpu(super().command(), "postgres")


@dataclass
class EmulatedNats(NatsServer):
    """nats-server on another CPU."""

    def command(self) -> list[str]:
        """Return the command line that runs the server under emulation."""
        return _on_another_cpu(super().command(), "nats-server")
