"""What parts show as their certificate, asked the way each begins to speak."""

import socket
import ssl
from collections.abc import Callable

from cryptography import x509

from branch_server.programs import answer
from tests.compose.server import Server

Hello = Callable[[socket.socket], object]


def _postgres(plain: socket.socket) -> None:
    plain.sendall(b"\x00\x00\x00\x08\x04\xd2\x16\x2f")
    assert plain.recv(1) == b"S", "PostgreSQL offers no encryption"


def _nats(plain: socket.socket) -> None:
    told = b""
    while not told.endswith(b"\r\n"):
        told += plain.recv(4096)
    assert b'"tls_required":true' in told


def _at_once(_: socket.socket) -> None:
    """Encryption is the first that is said."""


SHOWN: dict[str, tuple[int, Hello]] = {
    "postgres": (5432, _postgres),
    "nats": (4222, _nats),
    "keycloak": (8443, _at_once),
    "door": (8443, _at_once),
    "dispatch": (8090, _at_once),
    "support": (8090, _at_once),
}
"""Port and beginning of a conversation by container; the gateway's is that of its door."""


def serial(server: Server, part: str) -> int:
    """Answers the number of the certificate that a part shows now, signed by the branch's authority."""
    port, hello = SHOWN[part]
    context = server.trust()
    context.check_hostname = False
    with socket.create_connection((address(server, part), port), timeout=10) as plain:
        hello(plain)
        with context.wrap_socket(plain) as encrypted:
            shown = encrypted.getpeercert(binary_form=True)
    assert shown is not None
    return x509.load_der_x509_certificate(shown).serial_number


def serials(server: Server, *parts: str) -> dict[str, int]:
    """Answers those of several parts; 0 for one that does not answer."""
    found: dict[str, int] = {}
    for part in parts:
        try:
            found[part] = serial(server, part)
        except (OSError, ssl.SSLError):
            found[part] = 0
    return found


def address(server: Server, part: str) -> str:
    """Answers where a container is reached from its host."""
    shape = f'{{{{(index .NetworkSettings.Networks "{server.project}_inside").IPAddress}}}}'
    status, text = answer(["docker", "inspect", "--format", shape, server.containers()[part]])
    assert status == 0, text
    return text
