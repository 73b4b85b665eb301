"""`python -m chassis.healthy`: ends with 0 if the service of this container says that it serves; for health checks.

Reads CRM_GRPC_HOST, CRM_GRPC_PORT and CRM_TLS_DIR and nothing else. It is started every few seconds in every container, and
importing gRPC alone takes an old processor a third of a second; so this asks the one question with the standard library.
"""

import os
import socket
import ssl
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

_SECONDS = 4.0
_EVERYWHERE = {"", "0.0.0.0", "::"}  # noqa: S104  what a server listens on, not us
_PATH = b"/grpc.health.v1.Health/Check"
# Frames of HTTP/2 (RFC 9113) and the flags that matter here.
_DATA, _HEADERS, _RESET, _SETTINGS, _GONE = 0, 1, 3, 4, 7
_END_STREAM, _ACKNOWLEDGED, _END_HEADERS = 0x1, 0x1, 0x4
_SERVING = b"\x08\x01"


def main() -> int:
    """Ask once, print why not, and answer the exit status."""
    host = os.environ.get("CRM_GRPC_HOST", "")
    host = "127.0.0.1" if host in _EVERYWHERE else host
    port = int(os.environ.get("CRM_GRPC_PORT") or 0)
    try:
        answer = _asked(host, port, os.environ.get("CRM_TLS_DIR", ""))
    except OSError as error:
        sys.stderr.write(f"{host}:{port} does not answer: {error}\n")
        return 1
    if answer != _SERVING:
        sys.stderr.write(
            f"{host}:{port} answers, but not all it stands on is there; /readyz of the gateway says what\n"
        )
        return 1
    return 0


def _asked(host: str, port: int, folder: str) -> bytes:
    """Answers the message of the health service, empty when it refused."""
    with socket.create_connection((host, port), _SECONDS) as plain:
        if not folder:
            return _talk(plain, host, b"\x86")
        with _context(Path(folder)).wrap_socket(plain, server_hostname=host) as encrypted:
            return _talk(encrypted, host, b"\x87")


def _context(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(folder / "ca.crt")
    context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
    context.set_alpn_protocols(["h2"])
    return context


def _talk(connection: socket.socket, host: str, scheme: bytes) -> bytes:
    # POST and the scheme are entries of HPACK's fixed table; the others are written out.
    headers = b"\x83" + scheme + b"\x04" + _text(_PATH) + b"\x01" + _text(host.encode())
    headers += b"\x0f\x10" + _text(b"application/grpc") + b"\x00" + _text(b"te") + _text(b"trailers")
    question = _frame(_HEADERS, _END_HEADERS, 1, headers) + _frame(_DATA, _END_STREAM, 1, bytes(5))
    connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _frame(_SETTINGS, 0, 0, b"") + question)
    answer = b""
    for kind, flags, stream, payload in _frames(connection):
        if kind == _SETTINGS and not flags & _ACKNOWLEDGED:
            connection.sendall(_frame(_SETTINGS, _ACKNOWLEDGED, 0, b""))
        if kind == _DATA and stream == 1:
            answer += payload
        if kind in (_RESET, _GONE) or (stream == 1 and kind in (_DATA, _HEADERS) and flags & _END_STREAM):
            break
    # Before the message: one byte for compression and four for its length.
    return answer[5:]


def _frames(connection: socket.socket) -> Iterator[tuple[int, int, int, bytes]]:
    while True:
        head = _exactly(connection, 9)
        length = int.from_bytes(head[:3], "big")
        kind, flags, stream = struct.unpack(">BBL", head[3:])
        yield kind, flags, stream & 0x7FFFFFFF, _exactly(connection, length)


def _exactly(connection: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        part = connection.recv(count - len(found))
        if not part:
            raise ConnectionError("the connection was closed")
        found += part
    return found


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "big") + struct.pack(">BBL", kind, flags, stream) + payload


def _text(text: bytes) -> bytes:
    return bytes([len(text)]) + text


if __name__ == "__main__":
    sys.exit(main())
