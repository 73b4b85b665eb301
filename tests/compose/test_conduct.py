"""Where there is no container engine: a developer's machine skips these tests and says why, CI fails."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from branch_server import engine
from branch_server.places import PROJECT

pytestmark = [pytest.mark.slow]


def run_without_docker(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs one test that needs the suite, with nothing but an empty folder to look for programs in."""
    known = {key: value for key, value in os.environ.items() if key not in {"CI", "DOCKER_HOST"}}
    test = "tests/compose/test_suite.py::test_everything_runs_and_status_says_so"
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test],
        env={**known, **environment, "PATH": str(folder)},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_developers_machine_skips_and_says_why(tmp_path: Path) -> None:
    done = run_without_docker(tmp_path)
    assert done.returncode == 0, done.stdout
    assert "1 skipped" in done.stdout
    assert "no container engine answers" in done.stdout
    assert "make engine" in done.stdout


def test_ci_fails_and_says_why(tmp_path: Path) -> None:
    done = run_without_docker(tmp_path, CI="true")
    assert done.returncode == 1, done.stdout
    assert "skipped" not in done.stdout
    assert "CI must run the suite in containers" in done.stdout
    # What it would have installed the engine with is not there either.
    assert "apt-get is missing" in done.stdout or "only root" in done.stdout


def test_an_engine_is_stopped_by_its_number_and_nothing_else_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, program = tmp_path / "dockerd.pid", tmp_path / "dockerd"
    shutil.copy2("/usr/bin/sleep", program)
    monkeypatch.setattr(engine, "PID", number)
    # None was started here.
    engine.stop()
    with subprocess.Popen(["sleep", "60"]) as other:
        # An engine that ended long ago, whose number another process has got since.
        number.write_text(f"{other.pid}\n", encoding="utf-8")
        engine.stop()
        assert other.poll() is None
        assert not number.exists()
        other.kill()
    with subprocess.Popen([program, "60"]) as started:
        number.write_text(f"{started.pid}\n", encoding="utf-8")
        engine.stop()
        assert started.wait(5) == -15
