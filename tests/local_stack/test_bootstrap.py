"""`make run` on machines that lack something: one message that says what to do, nothing started."""

import fcntl
import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local_stack.children import SERVICES
from local_stack.layout import PROJECT, Ports
from local_stack.processes import free_port
from tests.ports import free_range

pytestmark = pytest.mark.slow

RUN = PROJECT / "deploy" / "local" / "run.py"
GOOD = {
    "node": "echo v20.19.4",
    "npm": "echo 10.8",
    "java": "echo 'openjdk version \"17.0.15\"' >&2",
    "mvn": "echo 3.9",
}


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder with every program that is asked for, and nothing else on PATH."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, prints in GOOD.items():
        put(programs, name, prints)
    (programs / "setpriv").symlink_to(shutil.which("setpriv") or "/usr/bin/setpriv")
    return programs


def put(programs: Path, name: str, prints: str) -> None:
    program = programs / name
    program.write_text(f"#!/bin/sh\n{prints}\n")
    program.chmod(0o755)


def run(programs: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    settings = {
        "PATH": str(programs),
        "HOME": str(programs.parent),
        "CRM_HOME": str(programs.parent / "home"),
        "CRM_PORT": str(free_range()),
        **environment,
    }
    return subprocess.run(
        [sys.executable, str(RUN), *arguments], env=settings, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("name", "prints", "complaint"),
    [
        ("node", None, "node is missing: install Node.js 20 or newer"),
        ("node", "echo v18.20.4", "node 18 is too old, 20 is the least: install Node.js 20"),
        ("java", None, "java is missing: install a JDK 17 or newer: apt-get install openjdk-17-jdk-headless"),
        ("java", "echo 'openjdk version \"11.0.2\"' >&2", "java 11 is too old, 17 is the least"),
        ("mvn", None, "mvn is missing: install Maven: apt-get install maven"),
        ("setpriv", None, "setpriv is missing: it belongs to util-linux"),
    ],
)
def test_a_missing_or_old_program_is_named_with_its_remedy(
    machine: Path, name: str, prints: str | None, complaint: str
) -> None:
    (machine / name).unlink()
    if prints:
        put(machine, name, prints)
    ended = run(machine)
    assert ended.returncode == 1
    assert complaint in ended.stderr
    assert ended.stderr.count("\n  - ") == 1
    assert "Traceback" not in ended.stderr
    assert not (machine.parent / "home" / "data").exists()


def test_everything_that_is_wrong_is_said_at_once(machine: Path) -> None:
    (machine / "node").unlink()
    (machine / "mvn").unlink()
    ended = run(machine)
    assert ended.returncode == 1
    assert ended.stderr.count("\n  - ") == 2


def test_a_port_in_use_is_named_with_another_that_is_free(machine: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        ended = run(machine, CRM_PORT=str(taken - 3))
    assert ended.returncode == 1
    assert f"{taken} (PostgreSQL)" in ended.stderr
    assert "make run" in ended.stderr.split("CRM_PORT=")[1]


@pytest.mark.parametrize("port", ["abc", "80", "70000"])
def test_a_port_that_is_none_is_refused(machine: Path, port: str) -> None:
    ended = run(machine, CRM_PORT=port)
    assert ended.returncode == 1
    assert f"CRM_PORT={port} is no port" in ended.stderr


def test_the_same_folder_twice_is_refused(machine: Path) -> None:
    home = machine.parent / "home"
    home.mkdir()
    (home / "stack.json").write_text(json.dumps({"pid": 4711, "url": "http://localhost:9999"}))
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ended = run(machine)
    assert ended.returncode == 1
    assert f"a stack runs on {home} already (process 4711, http://localhost:9999)" in ended.stderr


def test_the_bootstrap_looks_at_every_port_of_the_stack() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "from bootstrap import checks; print(list(checks.PORTS))"],
        cwd=RUN.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    ports = Ports(0)
    servers = {ports.gateway, ports.keycloak, ports.keycloak_health, ports.postgres, ports.nats, ports.gnet_crm}
    servers |= {ports.resources, ports.billing, ports.complaints}
    assert servers | {service.offset for service in SERVICES} <= set(json.loads(told.stdout))


@pytest.mark.stack  # makes a virtual environment, which is too slow for `make unit`
def test_no_network_on_a_cold_start_is_said(machine: Path, tmp_path: Path) -> None:
    """A copy of the project without anything installed, and registries that nobody answers for."""
    copy = tmp_path / "project"
    shutil.copytree(PROJECT / "deploy" / "local", copy / "deploy" / "local")
    shutil.copy(PROJECT / "requirements.lock", copy)
    nowhere = f"http://127.0.0.1:{free_port()}/simple"
    settings = {
        "PATH": str(machine),
        "HOME": str(tmp_path),
        "CRM_HOME": str(tmp_path / "home"),
        "CRM_PORT": str(free_range()),
        "PIP_INDEX_URL": nowhere,
        "PIP_RETRIES": "0",
        "PIP_NO_CACHE_DIR": "1",
    }
    ended = subprocess.run(
        [sys.executable, str(copy / "deploy" / "local" / "run.py")],
        env=settings,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert ended.returncode == 1
    assert "the package registry cannot be reached" in ended.stderr
    assert "fetching the installer" in ended.stdout
    assert not (tmp_path / "home" / "stack.json").exists()


def test_a_port_near_the_end_in_use_is_named_with_one_from_below(machine: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 59_903))
        other.listen()
        ended = run(machine, CRM_PORT="59900")
    assert ended.returncode == 1
    assert "59903 (PostgreSQL)" in ended.stderr
    assert "CRM_PORT=" in ended.stderr
    assert "Traceback" not in ended.stderr
