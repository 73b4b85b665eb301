"""A whole small stack (database and broker alone), as a person at a terminal meets it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from local_stack.layout import Home
from local_stack.postgres import PostgresServer
from tests.ports import free_range

pytestmark = pytest.mark.stack
SMALL = ("run", "--only", "postgres,nats")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o755)
    return folder


def environment(home: Path, base: int) -> dict[str, str]:
    return {**os.environ, "CRM_HOME": str(home), "CRM_PORT": str(base), "PYTHONUNBUFFERED": "1"}


@contextmanager
def stack(home: Path, base: int) -> Generator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "local_stack", *SMALL]
    with subprocess.Popen(
        command, env=environment(home, base), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            until(lambda: state(home).get("phase") == "ready" or process.poll() is not None)
            assert process.poll() is None, process.communicate()[0]
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.kill()


def command(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local_stack", *arguments],
        env=environment(home, free_range()),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def state(home: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError):
        return json.loads((home / "stack.json").read_text())
    return {}


def pid(home: Path, name: str) -> int:
    return int(state(home)["children"][name]["pid"] or 0)


def everybody(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def until(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def assert_gone(processes: list[psutil.Process]) -> None:
    assert len(processes) > 3
    _, alive = psutil.wait_procs(processes, timeout=5)
    assert [one for one in alive if one.status() != psutil.STATUS_ZOMBIE] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_leaves_no_process_and_no_state(home: Path, number: signal.Signals) -> None:
    with stack(home, free_range()) as process:
        running = everybody(process)
        process.send_signal(number)
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "everything is stopped" in output
    assert_gone(running)
    assert state(home) == {}


def test_ctrl_c_twice_does_not_wait_for_a_frozen_database(home: Path) -> None:
    with stack(home, free_range()) as process:
        running = everybody(process)
        os.kill(pid(home, "postgres"), signal.SIGSTOP)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert process.poll() is None
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert time.monotonic() - began < 5
    assert_gone(running)


def test_a_killed_supervisor_takes_its_children_along(home: Path) -> None:
    with stack(home, free_range()) as process:
        running = everybody(process)
        process.kill()
        process.communicate(timeout=10)
        assert_gone(running)
    with stack(home, free_range()) as process:
        assert state(home)["phase"] == "ready"


def test_a_killed_child_comes_back_and_is_announced(home: Path) -> None:
    with stack(home, free_range()) as process:
        before = pid(home, "nats")
        os.kill(before, signal.SIGKILL)
        until(lambda: pid(home, "nats") not in {0, before} and state(home)["children"]["nats"]["state"] == "ready")
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=30)
    assert "nats crashed (killed by SIGKILL); starting it again" in output


def test_the_same_folder_twice_is_refused_other_folders_are_not(home: Path, tmp_path: Path) -> None:
    with stack(home, free_range()) as process:
        second = command(home, *SMALL)
        assert second.returncode == 1
        assert f"a stack runs on {home} already (process {process.pid}" in second.stderr
        assert command(home, "reset").returncode == 1
        other = tmp_path / "other"
        other.mkdir(mode=0o755)
        with stack(other, free_range()):
            assert state(other)["phase"] == "ready"


def test_data_survives_a_restart_and_reset_wipes_it(home: Path) -> None:
    base = free_range()
    password = home / "secrets" / "postgres" / "superuser_password"
    with stack(home, base):
        server = PostgresServer(Path(), base + 3, password.read_text())
        server.ensure_database("kept", "x")
        assert command(home, "stop").returncode == 0
    with stack(home, base):
        with PostgresServer(Path(), base + 3, password.read_text()).connect() as connection:
            assert connection.execute("SELECT 1 FROM pg_database WHERE datname = 'kept'").fetchone()
        assert command(home, "stop").stdout == "stopped\n"
    (Home(home, home / "cache").cache / "download").touch()
    assert command(home, "reset").returncode == 0
    assert {path.name for path in home.iterdir()} == {"cache", "lock"}
    assert (home / "cache" / "download").exists()


def test_secrets_are_for_the_owner_alone(home: Path) -> None:
    with stack(home, free_range()):
        secrets = home / "secrets"
        files = [file for file in secrets.rglob("*") if file.is_file()]
        assert secrets.stat().st_mode & 0o077 == 0
        assert len(files) > 10
        assert {oct(file.stat().st_mode & 0o777) for file in files} == {"0o600"}
        assert (home / "data" / "nats" / "nats.conf").stat().st_mode & 0o077 == 0
        # None of them travels in an environment or on a command line.
        values = [file.read_text() for file in files]
        for name in ("postgres", "nats"):
            process = psutil.Process(pid(home, name))
            seen = " ".join([*process.cmdline(), *process.environ().values()])
            assert not [value for value in values if value in seen]
