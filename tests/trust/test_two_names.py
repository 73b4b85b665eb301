"""One port, two names: browsers see the certificate of the branch's company, the other parts the one of our own authority."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography import x509

from branch_trust.authority import Authority
from tests.trust import certs


@pytest.fixture
def company(tmp_path: Path) -> Path:
    """What the company's own authority gave to the branch."""
    return certs.part(Authority.make(), tmp_path / "company", "crm.branch.example")


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    return certs.part(Authority.make(), tmp_path / "inside", "gateway")


@pytest.fixture
def port(company: Path, inside: Path) -> Iterator[int]:
    context = certs.of(company).shared_context(certs.of(inside), "gateway")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_serve, args=(listening, context), daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def _serve(listening: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            plain, _ = listening.accept()
        except OSError:
            return
        with plain, suppress(OSError), context.wrap_socket(plain, server_side=True) as encrypted:
            encrypted.recv(1)


def shown(port: int, name: str, trusting: Path) -> int:
    """The serial number that somebody sees who asks for a name and trusts one authority."""
    context = ssl.create_default_context(cafile=trusting / "ca.crt")
    with (
        socket.create_connection(("127.0.0.1", port), 5) as plain,
        context.wrap_socket(plain, server_hostname=name) as encrypted,
    ):
        return x509.load_der_x509_certificate(encrypted.getpeercert(True) or b"").serial_number


def test_each_name_has_its_certificate(port: int, company: Path, inside: Path) -> None:
    assert shown(port, "crm.branch.example", company) == certs.serial(company)
    assert shown(port, "gateway", inside) == certs.serial(inside)
    with pytest.raises(ssl.SSLCertVerificationError):
        shown(port, "crm.branch.example", inside)


def test_both_are_renewed_without_a_restart(
    port: int, company: Path, inside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.tls.LOOK_AGAIN", 0.0)
    for folder, name in ((company, "crm.branch.example"), (inside, "gateway")):
        before = shown(port, name, folder)
        certs.part(Authority.make(), folder, name)
        assert shown(port, name, folder) == certs.serial(folder) != before
