"""Every variant of the compose files, rendered as compose itself reads them, keeps to the rules of tests/compose/hardening.py."""

import copy
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from branch_server.places import COMPOSE
from tests.compose.hardening import complaints

CORE = ("compose.yaml", "compose.limits.yaml", "compose.secrets.yaml")
VARIANTS = {
    "official images": CORE,
    "closed network": (*CORE, "compose.closed.yaml"),
    "demo branch": (*CORE, "compose.closed.yaml", "compose.demo.yaml"),
    "Oracle elsewhere": (*CORE, "compose.closed.yaml", "compose.oracle.yaml"),
    "Oracle Free beside it": (*CORE, "compose.oracle.yaml", "compose.oracle-free.yaml"),
}
OURS = {"gateway", "door", "dispatch", "customer", "support", "telemetry", "postgres", "nats", "keycloak", "backup"}
SETTINGS = """\
CRM_PUBLIC_URL=https://crm.branch.example
CRM_VERSION=1.2.3
CRM_PRIVATE=/somewhere
CRM_ORACLE_DSN=oracle.branch.example:1521/?service_name=CRM
"""
pytestmark = [pytest.mark.slow]


def render(program: list[str], folder: Path, *files: Path) -> dict[str, Any]:
    settings = folder / "settings.env"
    settings.write_text(SETTINGS, encoding="utf-8")
    named = [word for file in files for word in ("-f", str(file))]
    command = [*program, "--env-file", str(settings), *named, "--profile", "*", "config", "--format", "json"]
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("CRM_", "COMPOSE_"))}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=clean)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_container_of_a_variant_is_locked_down(variant: str, compose_program: list[str], tmp_path: Path) -> None:
    rendered = render(compose_program, tmp_path, *(COMPOSE / file for file in VARIANTS[variant]))
    assert rendered["services"].keys() >= OURS
    assert complaints(rendered) == []


def test_a_layer_that_opens_a_container_is_caught(compose_program: list[str], tmp_path: Path) -> None:
    """The control: the same files and one more layer, as somebody in a hurry would write it."""
    hurried = tmp_path / "compose.hurried.yaml"
    hurried.write_text(
        "services:\n"
        "  dispatch: {user: root, read_only: false, environment: {DB_PASSWORD: hunter2}, volumes: ['/var/run/docker.sock:/s']}\n"
        "  extra: {image: busybox:latest}\n",
        encoding="utf-8",
    )
    found = complaints(render(compose_program, tmp_path, *(COMPOSE / file for file in CORE), hurried))
    assert {line for line in found if line.startswith("dispatch")} == {
        "dispatch: runs as root",
        "dispatch: its root can be written to",
        "dispatch: reaches the engine",
        "dispatch: DB_PASSWORD stands in its environment",
    }
    assert sum(line.startswith("extra: ") for line in found) >= 10


SOUND: dict[str, Any] = {
    "image": "crm/dispatch:1.2.3",
    "user": "10001:10001",
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
    "mem_limit": "268435456",
    "memswap_limit": "268435456",
    "pids_limit": 100,
    "healthcheck": {"test": ["CMD", "true"]},
    "restart": "unless-stopped",
    "logging": {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}},
    "stop_grace_period": "20s",
}
BROKEN: dict[str, Callable[[dict[str, Any]], Any]] = {
    "runs as root": lambda one: one.pop("user"),
    "its root can be written to": lambda one: one.pop("read_only"),
    "keeps capabilities": lambda one: one.update(cap_add=["NET_ADMIN"]),
    "may gain privileges": lambda one: one.pop("security_opt"),
    "is privileged": lambda one: one.update(privileged=True),
    "has no memory limit": lambda one: one.update(mem_limit=0, memswap_limit=0),
    "may swap past its limit": lambda one: one.pop("memswap_limit"),
    "has no limit of processes": lambda one: one.pop("pids_limit"),
    "has no health check": lambda one: one.update(healthcheck={"disable": True}),
    "does not start again": lambda one: one.pop("restart"),
    "its log grows without end": lambda one: one.pop("logging"),
    "its image is not pinned": lambda one: one.update(image="postgres:latest"),
    "shares the host": lambda one: one.update(network_mode="host"),
    "reaches the engine": lambda one: one.update(volumes=[{"source": "/var/run/docker.sock"}]),
    "has no deadline to stop": lambda one: one.pop("stop_grace_period"),
    "CRM_TOKEN stands in its environment": lambda one: one.update(environment={"CRM_TOKEN": "abc"}),
    "DSN carries a password in an address": lambda one: one.update(environment={"DSN": "postgresql://a:b@c/d"}),
}


def test_a_sound_container_is_not_complained_about() -> None:
    assert complaints({"services": {"dispatch": SOUND}}) == []


@pytest.mark.parametrize("wrong", BROKEN)
def test_each_fault_alone_is_named(wrong: str) -> None:
    service = copy.deepcopy(SOUND)
    BROKEN[wrong](service)
    assert complaints({"services": {"dispatch": service}}) == [f"dispatch: {wrong}"]


RESTORING: dict[str, Any] = {
    **SOUND,
    "user": "0:0",
    "cap_add": ["CHOWN", "DAC_OVERRIDE"],
    "networks": {"inside": None},
    "restart": "no",
}


def test_only_the_restore_may_be_root_and_with_few_rights_and_no_way_out() -> None:
    assert complaints({"services": {"restore": RESTORING}}) == []
    assert complaints({"services": {"backup": RESTORING}}) == [
        "backup: runs as root",
        "backup: keeps capabilities",
        "backup: does not start again",
    ]
    for more in (
        {"cap_add": ["SYS_ADMIN"]},
        {"networks": {"inside": None, "outside": None}},
        {"ports": [{"target": 1}]},
    ):
        assert complaints({"services": {"restore": {**RESTORING, **more}}}) == ["restore: keeps capabilities"]


def test_limits_that_do_not_fit_the_server_are_named() -> None:
    many = {f"part{number}": SOUND for number in range(25)}
    assert complaints({"services": many}) == ["all: the memory limits add up to 6.25 GiB; the server gives 6"]
