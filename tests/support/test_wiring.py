"""Calls and background work of support share one publisher and one keeper of accounts, whichever service they are wired in."""

import os
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from chassis.service import Service, wire
from support.__main__ import describe
from support.settings import SupportSettings


@pytest.fixture
def described(tmp_path: Path) -> Service:
    secrets = dict.fromkeys(("nats_password", "client_secret", "database_password", "accounts_secret"), "made-up")
    for name, secret in {**secrets, "credential_key": f"k1:{b64encode(os.urandom(32)).decode()}"}.items():
        (tmp_path / name).write_text(secret, encoding="utf-8")
    return describe(
        SupportSettings(
            nats_url="nats://127.0.0.1:1",
            issuer="http://127.0.0.1:1/auth/realms/crm",
            jwks_url="http://127.0.0.1:1/keys",
            token_url="http://127.0.0.1:1/token",
            client_id="svc-support",
            secrets_dir=tmp_path,
            home_dir=tmp_path,
            grpc_port=1,
            database_url="postgresql+psycopg://support@127.0.0.1:1/support",
            keycloak_url="http://127.0.0.1:1/auth",
        )
    )


def built(described: Service) -> tuple[Any, list[Any], list[Any]]:
    shared = described.shared(wire(described))
    servicers = [servicer for _, servicer in described.servicers(shared)]
    work = [getattr(each, "__self__", None) for each in described.background(shared)]
    shared.wired.database.close()
    return shared, servicers, work


async def test_what_calls_wake_is_what_runs(described: Service) -> None:
    shared, servicers, work = built(described)
    assert work.count(shared.publisher) == 1
    assert work.count(shared.keeper) == 2, "it runs its work and its sweeps"
    publish = [getattr(each, "_publish", None) for each in servicers]
    assert publish.count(shared.publisher.publish_waiting) == 2


async def test_a_second_service_in_the_process_has_its_own(described: Service) -> None:
    """They were once kept by the number of an object in memory, which the next object may have again."""
    one, other = built(described)[0], built(described)[0]
    assert one.publisher is not other.publisher
    assert one.keeper is not other.keeper
