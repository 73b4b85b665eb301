"""The gateway as a process: it starts, traces, logs nothing secret, stops in order, and says in one line why it cannot."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import orjson
import pytest

from local_stack.nats import NatsServer
from local_stack.processes import free_port
from tests.gateway.far_side import FarSide
from tests.gateway.running import CLIENT_SECRET
from tests.otlp import receiving

pytestmark = pytest.mark.slow

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
METHOD = "crm.dispatch.v1.DispatchService/ListTasks"


def environment(home: Path, nats: NatsServer, upstream: str, **more: str) -> dict[str, str]:
    secrets = home / "secrets"
    secrets.mkdir(exist_ok=True)
    for name, value in (
        ("client_secret", CLIENT_SECRET),
        ("session_key", "k" * 20),
        ("nats_password", nats.passwords["gateway"]),
    ):
        (secrets / name).write_text(value)
    plain = {name: value for name, value in os.environ.items() if not name.startswith("CRM_")}
    port = more.get("CRM_HTTP_PORT") or str(free_port())
    return {
        **plain,
        "CRM_HTTP_PORT": port,
        "CRM_GRPC_PORT": str(free_port()),
        "CRM_NATS_URL": f"nats://127.0.0.1:{nats.port}",
        "CRM_ISSUER": f"http://localhost:{port}/auth/realms/crm",
        "CRM_JWKS_URL": "http://127.0.0.1:1/auth/realms/crm/protocol/openid-connect/certs",
        "CRM_TOKEN_URL": "http://127.0.0.1:1/auth/realms/crm/protocol/openid-connect/token",
        "CRM_CLIENT_ID": "gateway",
        "CRM_SECRETS_DIR": str(secrets),
        "CRM_HOME_DIR": str(home),
        "CRM_UPSTREAM_DISPATCH": upstream,
        **more,
    }


@contextlib.asynccontextmanager
async def started(env: dict[str, str]) -> AsyncGenerator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def answering(port: str) -> httpx.AsyncClient:
    client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}")
    for _ in range(300):
        with contextlib.suppress(httpx.TransportError):
            if (await client.get("/livez")).status_code == 200:
                return client
        await asyncio.sleep(0.1)
    raise AssertionError("the gateway did not start")


async def ended(process: asyncio.subprocess.Process) -> tuple[int | None, str]:
    output, _ = await asyncio.wait_for(process.communicate(), 20)
    return process.returncode, output.decode()


async def test_one_trace_from_browser_to_service(tmp_path: Path, nats_process: NatsServer, far: FarSide) -> None:
    with receiving() as sink:
        env = environment(tmp_path, nats_process, far.address, CRM_OTLP_ENDPOINT=sink.endpoint)
        async with started(env) as process:
            client = await answering(env["CRM_HTTP_PORT"])
            headers = {"traceparent": f"00-{TRACE}-{PARENT}-01", "authorization": "Bearer top-secret-token"}
            answer = await client.post(f"/rpc/{METHOD}?code=top-secret-code", json={}, headers=headers)
            assert answer.status_code == 200
            await client.get("/callback?code=top-secret-code&state=top-secret-state")
            await client.aclose()
            process.send_signal(signal.SIGTERM)
            code, output = await ended(process)
        assert code == 0, output
        server, sent = sorted(
            (span for span in sink.spans if span.trace_id == TRACE), key=lambda s: s.parent_id != PARENT
        )
        assert (server.name, server.parent_id, server.service) == (METHOD, PARENT, "gateway")
        assert (sent.name, sent.parent_id) == (METHOD, server.span_id)
        assert far.dispatch.metadata["traceparent"] == f"00-{TRACE}-{sent.span_id}-01", (
            "the service continues from here"
        )
        lines = [orjson.loads(line) for line in output.splitlines() if line.startswith("{")]
        line = next(line for line in lines if line.get("path") == f"/rpc/{METHOD}")
        assert (line["status"], line["trace_id"], line["who"]) == (200, TRACE, "bearer")
        assert "top-secret" not in output


async def test_a_port_in_use_is_said_in_one_line(tmp_path: Path, nats_process: NatsServer) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        async with started(environment(tmp_path, nats_process, "127.0.0.1:1", CRM_HTTP_PORT=port)) as process:
            code, output = await ended(process)
    assert code == 1
    assert output.strip() == f"gateway: cannot listen on 127.0.0.1:{port}: Address already in use"


async def test_a_wrong_setting_is_said_in_one_line(tmp_path: Path, nats_process: NatsServer) -> None:
    env = environment(tmp_path, nats_process, "127.0.0.1:1", CRM_ISSUER="http://localhost:1/elsewhere")
    async with started(env) as process:
        code, output = await ended(process)
    assert code == 1
    assert output.strip().startswith("settings: CRM_")
    assert len(output.strip().splitlines()) == 1
