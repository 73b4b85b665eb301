"""Database, broker, issuer, services and gateway with the certificates and secrets that make certs and make secrets write."""

import asyncio
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import httpx
import psycopg
import pytest
from crm.support.v1 import support_pb2
from crm.support.v1.support_pb2_grpc import SupportServiceStub
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from nats.errors import Error as NatsError

from branch_trust.authority import Authority
from branch_trust.parts import BROKER_PASSWORDS
from chassis.nats import Bus
from local_stack.processes import free_port
from tests.trust import certs
from tests.trust.branch import HOST, Branch, encrypted
from tests.trust.broker import try_to_connect

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def branch() -> Iterator[Branch]:
    with encrypted() as found:
        yield found


# PostgreSQL


def test_a_role_signs_in_with_its_certificate_and_its_password(branch: Branch) -> None:
    with branch.login("support") as session:
        encrypted_by = session.execute("SELECT version, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        assert encrypted_by.fetchone() == ("TLSv1.3", "/CN=support")


@pytest.mark.parametrize(
    ("part", "changes", "said"),
    [
        ("support", {"sslmode": "disable"}, "pg_hba.conf rejects"),
        ("support", {"sslcert": "", "sslkey": "", "sslcertmode": "disable"}, "requires a valid client certificate"),
        ("customer", {}, "authentication failed"),
        ("support", {"password": "wrong"}, "password authentication failed"),
        ("support", {"dbname": "customer"}, "pg_hba.conf rejects"),
        ("support", {"dbname": "postgres"}, "pg_hba.conf rejects"),
    ],
    ids=["plain", "without a certificate", "the certificate of another", "wrong password", "another's", "postgres"],
)
def test_anything_less_is_refused(branch: Branch, part: str, changes: dict[str, str], said: str) -> None:
    with pytest.raises(psycopg.OperationalError, match=said):
        branch.login("support", part, **changes)


def test_a_database_of_a_foreign_authority_is_not_believed(branch: Branch) -> None:
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        branch.login("support", sslrootcert="/etc/ssl/certs/ca-certificates.crt")


def test_a_database_under_another_name_is_not_believed(branch: Branch) -> None:
    with pytest.raises(psycopg.OperationalError, match="does not match host name"):
        branch.login("support", host="branch.test", hostaddr="127.0.0.1")


# The broker


async def _connect(branch: Branch, context: ssl.SSLContext | None, password: str = "") -> None:
    password = password or branch.secret("support/nats_password")
    await try_to_connect(f"nats://localhost:{branch.broker.port}", "support", password, context)


async def test_the_broker_takes_a_certificate_and_a_password(branch: Branch) -> None:
    await _connect(branch, branch.context("support"))
    with pytest.raises(NatsError, match=r"(?i)authorization"):
        await _connect(branch, branch.context("support"), "wrong")


async def test_the_broker_refuses_who_shows_no_certificate(branch: Branch) -> None:
    bare = ssl.create_default_context(cafile=branch.certs("support") / "ca.crt")
    for context in (bare, None):
        with pytest.raises((NatsError, OSError, TimeoutError)):
            await _connect(branch, context)


async def test_a_broker_of_a_foreign_authority_is_not_believed(branch: Branch) -> None:
    context = ssl.create_default_context()
    context.load_cert_chain(branch.certs("support") / "tls.crt", branch.certs("support") / "tls.key")
    with pytest.raises((NatsError, OSError), match=r"(?i)certificate"):
        await _connect(branch, context)


async def test_a_connection_that_comes_back_shows_the_renewed_certificate(
    branch: Branch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    authority, _ = Authority.of(branch.root / "certs" / "authority")
    ends = datetime.now(UTC) + timedelta(seconds=4)
    folders = {
        name: certs.part(authority, tmp_path / name, "customer", until=ends) for name in ("renewed", "forgotten")
    }
    buses = {name: _bus(branch, folder) for name, folder in folders.items()}
    for bus in buses.values():
        await bus.connect()
        await bus.beat()
    certs.part(authority, folders["renewed"], "customer")
    await asyncio.sleep((ends - datetime.now(UTC)).total_seconds() + 0.1)
    branch.broker.stop()
    branch.broker.start()
    await _beating(buses["renewed"])
    # The one whose certificate ended meanwhile goes on trying: it is in as soon as somebody renews it.
    with pytest.raises((NatsError, OSError, TimeoutError)):
        await buses["forgotten"].beat()
    # It says so, and once: it tries twice a second, and only some refusals arrive before the line is cut.
    said = ""
    async with asyncio.timeout(60):
        while "broker and service do not accept each other" not in said:
            await asyncio.sleep(0.5)
            said += capsys.readouterr().out
    await asyncio.sleep(3)
    said += capsys.readouterr().out
    # A line for each way in which the broker said no, not one for each try.
    assert said.count("broker and service do not accept each other") <= 2
    certs.part(authority, folders["forgotten"], "customer")
    await _beating(buses["forgotten"])
    for bus in buses.values():
        await bus.close()


async def _beating(bus: Bus) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                return await bus.beat()
            except (NatsError, OSError, TimeoutError):
                await asyncio.sleep(0.05)


def _bus(branch: Branch, folder: Path) -> Bus:
    password = branch.secret("customer/nats_password")
    return Bus(f"nats://localhost:{branch.broker.port}", "customer", password, certs.of(folder))


# All of it


@pytest.fixture(scope="module")
def serving(branch: Branch) -> Branch:
    """Support, customer and the gateway."""
    branch.start("support", CRM_UPSTREAM_CUSTOMER=_at(branch, "customer"), CRM_UPSTREAM_DISPATCH="localhost:1")
    branch.start("customer", CRM_UPSTREAM_SUPPORT=_at(branch, "support"))
    branch.ports["https"] = free_port()
    branch.start("gateway", **_door(branch))
    for part in ("support", "customer"):
        branch.until_healthy("chassis.healthy", part)
    branch.until_healthy("gateway.healthy", "gateway", "--ready", **_door(branch))
    return branch


def _at(branch: Branch, part: str) -> str:
    return f"localhost:{branch.ports.setdefault(part, free_port())}"


def _door(branch: Branch) -> dict[str, str]:
    shown = branch.certs("gateway")
    return {
        "CRM_CLIENT_ID": "gateway",
        "CRM_HTTP_PORT": str(branch.ports["https"]),
        "CRM_PUBLIC_URL": f"https://{HOST}",
        "CRM_HTTPS_CERT": str(shown / "tls.crt"),
        "CRM_HTTPS_KEY": str(shown / "tls.key"),
        "CRM_UPSTREAM_SUPPORT": _at(branch, "support"),
        "CRM_UPSTREAM_CUSTOMER": _at(branch, "customer"),
    }


def _ready(branch: Branch, client: httpx.Client) -> httpx.Response:
    return client.get(f"https://localhost:{branch.ports['https']}/readyz", headers={"host": HOST})


def _browser(branch: Branch) -> httpx.Client:
    return httpx.Client(verify=ssl.create_default_context(cafile=branch.certs("gateway") / "ca.crt"), timeout=10)


def test_everything_is_up_and_browsers_are_told_to_stay_with_https(serving: Branch) -> None:
    with _browser(serving) as client:
        answer = _ready(serving, client)
    up = {"process": "up", "database": "up", "nats": "up", "keycloak": "up"}
    assert answer.json() == {
        "status": "up",
        "services": {
            "gateway": {"process": "up", "nats": "up", "sessions": "up", "keycloak": "up"},
            "support": up,
            "customer": up,
        },
    }
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")


async def test_external_systems_need_no_certificate_at_the_grpc_door_but_see_one(serving: Branch) -> None:
    target = f"localhost:{serving.ports['gateway']}"
    believed = grpc.ssl_channel_credentials((serving.certs("gateway") / "ca.crt").read_bytes())
    async with aio.secure_channel(target, believed) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=10)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        with pytest.raises(aio.AioRpcError) as refused:
            await SupportServiceStub(channel).GetMe(support_pb2.GetMeRequest(), timeout=10)
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
    async with aio.insecure_channel(target) as plain:
        stub = health_pb2_grpc.HealthStub(plain)
        with pytest.raises(aio.AioRpcError) as unencrypted:
            await stub.Check(health_pb2.HealthCheckRequest(), timeout=10)
    assert unencrypted.value.code() is grpc.StatusCode.UNAVAILABLE


def test_health_checks_tell_what_is_wrong(serving: Branch) -> None:
    without = serving.ask("chassis.healthy", "support", CRM_TLS_DIR="")
    nobody = serving.ask("chassis.healthy", "support", CRM_GRPC_PORT=str(free_port()))
    assert (without.returncode, nobody.returncode) == (1, 1)
    assert "does not answer" in without.stderr
    assert "does not answer" in nobody.stderr


def test_a_service_logs_no_refusal_of_the_broker(serving: Branch) -> None:
    for part in ("support", "customer", "gateway"):
        assert "refuses this service" not in serving.log(part)


def test_every_door_shows_the_renewed_certificate_and_nobody_is_cut_off(serving: Branch) -> None:
    doors: dict[str, tuple[int, str]] = {
        "support": (serving.ports["support"], "gateway"),
        "customer": (serving.ports["customer"], "gateway"),
        "gateway": (serving.ports["https"], "support"),
    }
    before = {part: serving.shown(*door) for part, door in doors.items()}
    with _browser(serving) as client:
        assert _ready(serving, client).json()["status"] == "up"
        serving.renew()
        until = time.monotonic() + 5
        answers: list[str] = []
        while time.monotonic() < until:
            answers.append(_ready(serving, client).json()["status"])
            time.sleep(0.2)
    assert set(answers) == {"up"}
    after = {part: serving.shown(*door) for part, door in doors.items()}
    assert after == {part: serving.serial(part) for part in doors}
    assert all(after[part] != before[part] for part in doors)
    with serving.login("support") as session:
        assert session.execute("SELECT 1").fetchone() == (1,)


def test_after_the_broker_and_the_database_came_back_all_is_up_again(serving: Branch) -> None:
    serving.renew()
    serving.broker.stop()
    serving.database.stop()
    serving.database.start()
    serving.broker.start()
    for part in ("support", "customer"):
        serving.until_healthy("chassis.healthy", part)
    serving.until_healthy("gateway.healthy", "gateway", "--ready", **_door(serving))


def test_the_broker_of_a_branch_has_every_user(branch: Branch) -> None:
    text = branch.broker.configuration()
    assert all(f'user: "{user}"' in text for user in BROKER_PASSWORDS)
