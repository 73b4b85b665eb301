"""The health check of containers, against a real gRPC server."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio

from branch_trust.authority import Authority
from chassis import healthy
from local_stack.processes import free_port
from tests.trust import certs

UP, DOWN = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING


class Serving:
    def __init__(self, folder: Path | None) -> None:
        self.server, self.health = aio.server(), health_aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self.health, self.server)  # type: ignore[arg-type]  # the aio twin
        if folder is None:
            self.port = self.server.add_insecure_port("127.0.0.1:0")
        else:
            credentials = certs.of(folder).server_credentials(clients=True)
            self.port = self.server.add_secure_port("127.0.0.1:0", credentials)


@pytest.fixture(params=["plain", "mutual TLS"])
async def serving(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Serving]:
    folder = certs.part(Authority.make(), tmp_path / "part") if request.param == "mutual TLS" else None
    made = Serving(folder)
    await made.server.start()
    monkeypatch.setenv("CRM_GRPC_HOST", "0.0.0.0")  # noqa: S104  as in a container
    monkeypatch.setenv("CRM_GRPC_PORT", str(made.port))
    monkeypatch.setenv("CRM_TLS_DIR", str(folder or ""))
    yield made
    await made.server.stop(0)


async def test_it_follows_what_the_service_says(serving: Serving, capsys: pytest.CaptureFixture[str]) -> None:
    await serving.health.set("", UP)
    assert await asyncio.to_thread(healthy.main) == 0
    assert capsys.readouterr() == ("", "")
    await serving.health.set("", DOWN)
    assert await asyncio.to_thread(healthy.main) == 1
    assert "not all it stands on is there" in capsys.readouterr().err


async def test_a_server_that_knows_of_no_health_is_not_healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = aio.server()
    monkeypatch.setenv("CRM_GRPC_PORT", str(bare.add_insecure_port("127.0.0.1:0")))
    monkeypatch.setenv("CRM_TLS_DIR", "")
    await bare.start()
    assert await asyncio.to_thread(healthy.main) == 1
    await bare.stop(0)


@pytest.mark.parametrize("folder", ["", "/nowhere"])
def test_nobody_there_is_said(folder: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    monkeypatch.setenv("CRM_GRPC_PORT", str(port))
    monkeypatch.setenv("CRM_TLS_DIR", folder)
    assert healthy.main() == 1
    assert f"127.0.0.1:{port} does not answer" in capsys.readouterr().err


async def test_without_its_certificate_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Serving(certs.part(Authority.make(), tmp_path / "part"))
    await made.server.start()
    await made.health.set("", UP)
    monkeypatch.setenv("CRM_GRPC_PORT", str(made.port))
    for folder in ("", str(certs.part(Authority.make(), tmp_path / "foreign"))):
        monkeypatch.setenv("CRM_TLS_DIR", folder)
        assert await asyncio.to_thread(healthy.main) == 1
    assert capsys.readouterr().err.count("does not answer") == 2
    await made.server.stop(0)
