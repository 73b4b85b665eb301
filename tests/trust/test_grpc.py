"""Calls between two parts over mutual TLS: who is refused, and a renewal while calls are under way."""

import asyncio
import contextlib
import gc
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography import x509
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio

from branch_trust.authority import Authority
from chassis import channels, tls
from chassis.tls import CertificateError, Certificates
from tests.trust import certs

pytestmark = pytest.mark.slow


class Serving:
    """A part that answers health questions, on a port that demands certificates."""

    def __init__(self, certificates: Certificates) -> None:
        self.server = aio.server()
        self.servicer = _Noting()
        health_pb2_grpc.add_HealthServicer_to_server(self.servicer, self.server)  # type: ignore[arg-type]  # the aio twin
        self.port = self.server.add_secure_port("127.0.0.1:0", certificates.server_credentials(clients=True))

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.port}"

    def shown(self, own: Path) -> int:
        """The serial number of the certificate that the port shows to a new connection."""
        context = ssl.create_default_context(cafile=own / "ca.crt")
        context.load_cert_chain(own / "tls.crt", own / "tls.key")
        with (
            socket.create_connection(("127.0.0.1", self.port), 5) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as encrypted,
        ):
            found = encrypted.getpeercert(binary_form=True)
            assert found
            return x509.load_der_x509_certificate(found).serial_number


class _Noting(health_aio.HealthServicer):
    """Notes with which certificate callers came."""

    def __init__(self) -> None:
        super().__init__()
        self.callers: list[int] = []

    async def Check(self, request: Any, context: Any) -> Any:
        pem = context.auth_context()["x509_pem_cert"][0]
        self.callers.append(x509.load_pem_x509_certificate(pem).serial_number)
        return await super().Check(request, context)


@pytest.fixture
def authority() -> Authority:
    return Authority.make()


@pytest.fixture
def server_folder(authority: Authority, tmp_path: Path) -> Path:
    return certs.part(authority, tmp_path / "dispatch")


@pytest.fixture
def client_folder(authority: Authority, tmp_path: Path) -> Path:
    return certs.part(authority, tmp_path / "gateway", "gateway")


@pytest.fixture
async def serving(server_folder: Path) -> AsyncIterator[Serving]:
    made = Serving(certs.of(server_folder))
    # The credentials are referred to by gRPC's own core alone from here on.
    gc.collect()
    await made.server.start()
    await made.servicer.set("", health_pb2.HealthCheckResponse.SERVING)
    yield made
    await made.server.stop(0)


async def ask(channel: aio.Channel) -> int:
    stub: Any = health_pb2_grpc.HealthStub(channel)
    answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=5)
    return answer.status


async def refusal(channel: aio.Channel) -> str:
    """Asks, and answers how the connection was refused."""
    with pytest.raises(aio.AioRpcError) as raised:
        await ask(channel)
    await channel.close()
    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
    return str(raised.value.details())


async def test_a_part_with_a_certificate_is_served(serving: Serving, client_folder: Path) -> None:
    async with channels.plain(serving.target, certs.of(client_folder)) as channel:
        assert await ask(channel) == health_pb2.HealthCheckResponse.SERVING
    assert serving.servicer.callers == [certs.serial(client_folder)]


async def test_who_shows_no_certificate_is_refused(serving: Serving, client_folder: Path) -> None:
    credentials = grpc.ssl_channel_credentials((client_folder / "ca.crt").read_bytes())
    await refusal(aio.secure_channel(serving.target, credentials))
    assert serving.servicer.callers == []


async def test_who_speaks_plainly_is_refused(serving: Serving) -> None:
    await refusal(aio.insecure_channel(serving.target))
    assert serving.servicer.callers == []


async def test_who_comes_from_a_foreign_authority_is_refused(
    serving: Serving, client_folder: Path, tmp_path: Path
) -> None:
    foreign = certs.part(Authority.make(), tmp_path / "foreign", "gateway")
    pem = certs.of(foreign).current()
    credentials = grpc.ssl_channel_credentials((client_folder / "ca.crt").read_bytes(), pem.key, pem.certificate)
    await refusal(aio.secure_channel(serving.target, credentials))
    assert serving.servicer.callers == []


async def test_a_server_of_a_foreign_authority_is_not_believed(serving: Serving, tmp_path: Path) -> None:
    foreign = certs.part(Authority.make(), tmp_path / "foreign", "gateway")
    assert "CERTIFICATE_VERIFY_FAILED" in await refusal(channels.plain(serving.target, certs.of(foreign)))


async def test_a_server_under_another_name_is_not_believed(serving: Serving, client_folder: Path) -> None:
    pem = certs.of(client_folder).current()
    options = [("grpc.ssl_target_name_override", "customer")]
    channel = aio.secure_channel(
        serving.target, grpc.ssl_channel_credentials(pem.authority, pem.key, pem.certificate), options=options
    )
    await refusal(channel)


async def test_an_ended_certificate_is_refused(serving: Serving, authority: Authority, tmp_path: Path) -> None:
    ended = certs.part(authority, tmp_path / "ended", "gateway", until=certs.ENDED)
    await refusal(channels.plain(serving.target, certs.of(ended)))
    assert serving.servicer.callers == []


async def test_an_ended_certificate_that_is_renewed_is_good_again(
    serving: Serving, authority: Authority, tmp_path: Path
) -> None:
    folder = certs.part(authority, tmp_path / "ended", "gateway", until=certs.ENDED)
    async with channels.plain(serving.target, certs.of(folder)) as channel:
        with pytest.raises(aio.AioRpcError):
            await ask(channel)
        certs.part(authority, folder, "gateway")
        await asyncio.sleep(tls.LOOK_AGAIN + 0.1)
        assert await ask(channel) == health_pb2.HealthCheckResponse.SERVING


async def test_a_renewal_under_load_fails_no_call(
    serving: Serving, authority: Authority, server_folder: Path, client_folder: Path
) -> None:
    before = certs.serial(server_folder), certs.serial(client_folder)
    failed: list[Exception] = []
    stopping = asyncio.Event()
    async with channels.plain(serving.target, certs.of(client_folder)) as channel:

        async def load() -> int:
            done = 0
            while not stopping.is_set():
                try:
                    done += await ask(channel) == health_pb2.HealthCheckResponse.SERVING
                except Exception as error:
                    failed.append(error)
                await asyncio.sleep(0.002)
            return done

        callers = [asyncio.create_task(load()) for _ in range(8)]
        for _ in range(2):
            await asyncio.sleep(0.5)
            certs.part(authority, server_folder)
            certs.part(authority, client_folder, "gateway")
            await asyncio.sleep(tls.LOOK_AGAIN + 0.5)
        shown = await asyncio.to_thread(serving.shown, client_folder)
        stopping.set()
        answered = sum(await asyncio.gather(*callers))
    assert failed == []
    assert answered > 100
    assert before[0] != shown == certs.serial(server_folder)
    # The calls of each time came under the certificate of that time, and the last ones under the newest.
    assert serving.servicer.callers[0] == before[1]
    assert serving.servicer.callers[-1] == certs.serial(client_folder)
    assert len(set(serving.servicer.callers)) == 3


async def test_half_replaced_files_are_waited_out(
    serving: Serving, authority: Authority, server_folder: Path, client_folder: Path
) -> None:
    before = certs.serial(server_folder)
    (server_folder / "tls.key").write_bytes(authority.issue("dispatch", ["localhost"]).key)
    (client_folder / "tls.crt").unlink()
    certificates = certs.of(client_folder)
    with pytest.raises(CertificateError, match=r"tls.crt cannot be read .*make certs"):
        certificates.current()
    certs.part(authority, client_folder, "gateway")
    await asyncio.sleep(tls.LOOK_AGAIN + 0.1)
    assert await asyncio.to_thread(serving.shown, client_folder) == before
    async with channels.plain(serving.target, certificates) as channel:
        assert await ask(channel) == health_pb2.HealthCheckResponse.SERVING


def test_a_key_of_another_certificate_is_named(authority: Authority, server_folder: Path) -> None:
    (server_folder / "tls.key").write_bytes(authority.issue("dispatch", ["localhost"]).key)
    with pytest.raises(CertificateError, match=r"tls.crt and tls.key and ca.crt in .* do not fit each other"):
        certs.of(server_folder).current()


async def test_a_call_under_way_outlives_a_renewal(serving: Serving, authority: Authority, client_folder: Path) -> None:
    async with channels.plain(serving.target, certs.of(client_folder)) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        watch = stub.Watch(health_pb2.HealthCheckRequest())
        assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
        certs.part(authority, client_folder, "gateway")
        await asyncio.sleep(tls.LOOK_AGAIN + 0.1)
        assert await ask(channel) == health_pb2.HealthCheckResponse.SERVING
        await serving.servicer.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
        assert (await watch.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
        watch.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watch.code()
