"""Disks and certificates of parts that do not tell them, and what the backup says of itself."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from branch_trust.authority import Authority
from chassis.nats import Bus
from telemetry.background.surroundings import Surroundings
from telemetry.domain.health import health
from telemetry.domain.parts import Board
from tests.telemetry.signals import NOON


@dataclass
class Around:
    """What is looked at, and a clock that is set by hand; nothing is asked of the broker."""

    folder: Path
    at: datetime = NOON
    board: Board = field(default_factory=Board)

    def __post_init__(self) -> None:
        watched = {"postgres": self.folder / "tls.crt"}
        disks = {"nats": self.folder, "keycloak": self.folder / "missing"}
        bus = Bus("nats://127.0.0.1:1", "telemetry")
        self.surroundings = Surroundings(self.board, bus, lambda: self.at, disks, watched)

    def facts(self, name: str) -> dict[str, float]:
        part = next(one for one in health(self.board, (), self.at) if one.name == name)
        return {fact.name: fact.value for fact in part.facts}


@pytest.fixture
def around(tmp_path: Path) -> Around:
    return Around(tmp_path)


def test_disks_and_certificates_are_looked_at(around: Around) -> None:
    authority, _ = Authority.of(around.folder / "authority")
    (around.folder / "tls.crt").write_bytes(authority.issue("postgres", ["postgres"], NOON).certificate)
    around.surroundings.look()
    assert 85 < around.facts("postgres")["certificate_days_left"] <= 90
    assert around.facts("nats").keys() == {"disk_free_bytes", "disk_size_bytes"}
    # What cannot be looked at is left out, and nobody is in the way of the others.
    assert around.facts("keycloak") == {}
    assert around.board.parts["postgres"].heard_at is None


def test_the_backup_is_heard_when_it_says_something_new(around: Around) -> None:
    said = {"ok": True, "seen_at": NOON.isoformat(), "disk_free_bytes": 25, "disk_size_bytes": 100}
    around.surroundings.hear(json.dumps(said).encode())
    assert around.board.backup_heard_at == NOON
    assert around.facts("backup") == {"disk_free_bytes": 25, "disk_size_bytes": 100}
    around.at += timedelta(seconds=10)
    around.surroundings.hear(json.dumps(said).encode())
    assert around.board.backup_heard_at == NOON
    around.surroundings.hear(b"no document")
    assert around.board.backup_heard_at == NOON
    said["seen_at"] = around.at.isoformat()
    around.surroundings.hear(json.dumps(said).encode())
    assert around.board.backup_heard_at == around.at
