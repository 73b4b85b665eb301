"""Who is told to read a renewed certificate: a stand-in for the program docker notes what it is asked."""

from pathlib import Path

import pytest

from branch_trust import reload

DOCKER = """#!/bin/sh
echo "$@" >> "$0.log"
case "$*" in *service=postgres*) echo 0123 ;; esac
"""


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / "docker"
    program.write_text(DOCKER)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setenv("CRM_PROJECT", "crm-of-tests")
    return tmp_path / "docker.log"


def test_only_those_that_run_here_and_were_renewed_are_told(asked: Path) -> None:
    assert reload.tell(["gateway", "postgres", "nats"]) == ["postgres"]
    looked = (
        "ps --quiet --filter label=com.docker.compose.project=crm-of-tests --filter label=com.docker.compose.service="
    )
    assert asked.read_text().splitlines() == [f"{looked}postgres", "kill --signal HUP 0123", f"{looked}nats"]


def test_nobody_is_asked_for_parts_that_look_by_themselves(asked: Path) -> None:
    assert reload.tell(["gateway", "keycloak", "support"]) == []
    assert not asked.exists()


def test_without_docker_nobody_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert reload.tell(["postgres", "nats"]) == []
