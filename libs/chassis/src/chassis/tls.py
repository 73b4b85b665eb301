"""Certificates: as whom we stand before the other parts of the suite, and whom we trust.

Every handshake uses the files as they are then: a renewed certificate needs no restart.
"""

import contextlib
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import grpc
import structlog

log = structlog.get_logger()
LOOK_AGAIN = 1.0
"""However often they are asked for, files are looked at once a second."""


class CertificateError(SystemExit):
    """The certificate of this process cannot be used; the text names the file and the remedy."""


@dataclass(frozen=True)
class Files:
    """Where a certificate lies; `authority` is missing where nobody but the browser asks who we are."""

    certificate: Path
    key: Path
    authority: Path | None = None

    def every(self) -> tuple[Path, ...]:
        """Answers the files there are."""
        return (self.certificate, self.key, *([self.authority] if self.authority else []))


@dataclass(frozen=True)
class Pem:
    """What the files held when they were read together."""

    certificate: bytes
    key: bytes
    authority: bytes = b""


@dataclass
class Certificates:
    """The certificate of a part, read again when its files change.

    While files are half replaced the last whole set stays in use.
    """

    files: Files
    _pem: Pem | None = None
    _stamp: object = None
    _looked: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def current(self) -> Pem:
        """Answers the newest whole set. Raises `CertificateError` when there has never been one."""
        if self._pem is not None and time.monotonic() - self._looked < LOOK_AGAIN:
            return self._pem
        with self._lock:
            try:
                pem = self._look()
            except (OSError, ssl.SSLError) as error:
                if self._pem is None:
                    raise CertificateError(_complaint(self.files, error)) from error
                log.warning("certificate files are not whole; the ones before stay in use", error=repr(error))
                pem = self._pem
            self._pem, self._looked = pem, time.monotonic()
            return pem

    def _look(self) -> Pem:
        stamp = _stamp(self.files)
        if self._pem is not None and stamp == self._stamp:
            return self._pem
        _check(self.files)
        authority = self.files.authority.read_bytes() if self.files.authority else b""
        pem = Pem(self.files.certificate.read_bytes(), self.files.key.read_bytes(), authority)
        if _stamp(self.files) != stamp:
            raise ssl.SSLError("the files changed while they were read")
        if self._pem is not None:
            log.info("certificate renewed", certificate=str(self.files.certificate))
        self._stamp = stamp
        return pem

    def server_credentials(self, *, clients: bool) -> grpc.ServerCredentials:
        """Answers credentials for a gRPC port; with `clients`, callers must show a certificate of our authority."""
        held: list[Pem] = [self.current()]

        def renewed() -> grpc.ServerCertificateConfiguration | None:
            # Called by gRPC before every handshake; None leaves everything as it is.
            pem = self.current()
            if pem is held[0]:
                return None
            held[0] = pem
            return _configuration(pem)

        fetch: Any = renewed  # None means no change, which its stub does not know
        return grpc.dynamic_ssl_server_credentials(_configuration(held[0]), fetch, clients)

    def channel_credentials(self) -> grpc.ChannelCredentials:
        """Answers credentials for a gRPC channel as the files are now (channels.py opens anew when they change)."""
        pem = self.current()
        return grpc.ssl_channel_credentials(pem.authority, pem.key, pem.certificate)

    def client_context(self) -> ssl.SSLContext:
        """Answers a context for connections to other parts: trusts our authority only, and shows our certificate."""
        context = _Renewing(ssl.PROTOCOL_TLS_CLIENT)
        return self._kept_fresh(context)

    def server_context(self) -> "_Renewing":
        """Answers a context for a port that asks its callers for no certificate, as one for browsers does."""
        context = _Renewing(ssl.PROTOCOL_TLS_SERVER)
        return self._kept_fresh(context)

    def shared_context(self, inside: "Certificates", name: str) -> ssl.SSLContext:
        """Answers a context for a port that the world outside and the other parts use alike.

        Who asks for `name` is one of us, trusts our authority alone, and is shown the certificate `inside`.
        """
        ours = inside.server_context()

        def choose(asking: ssl.SSLObject | ssl.SSLSocket, asked: str | None, _: ssl.SSLContext) -> None:
            if asked == name:
                ours.refresh()
                asking.context = ours

        context = self.server_context()
        context.sni_callback = choose
        return context

    def _kept_fresh(self, context: "_Renewing") -> "_Renewing":
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        held: list[Pem | None] = [None]

        def refresh() -> None:
            pem = self.current()
            if pem is held[0]:
                return
            # A context takes files only; when they just changed again, the next handshake tries again.
            with contextlib.suppress(OSError, ssl.SSLError):
                _load(context, self.files)
                held[0] = pem

        context.refresh = refresh
        refresh()
        return context


class _Renewing(ssl.SSLContext):
    """A context that looks at its files before every handshake."""

    refresh: Callable[[], None]

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        self.refresh()
        return super().wrap_bio(*args, **kwargs)

    def wrap_socket(self, *args: Any, **kwargs: Any) -> ssl.SSLSocket:
        self.refresh()
        return super().wrap_socket(*args, **kwargs)


@cache
def of(folder: str) -> Certificates:
    """Answers the certificates of a part's folder (`ca.crt`, `tls.crt`, `tls.key`), the same each time."""
    place = Path(folder)
    return Certificates(Files(place / "tls.crt", place / "tls.key", place / "ca.crt"))


@cache
def trusted(folder: str = "") -> ssl.SSLContext:
    """Answers the one context that clients of this process verify web servers with: the public authorities.

    With the folder of our certificates our own authority is trusted in addition. Cached: reading the store costs 50 ms,
    and httpx does it for every client.
    """
    import httpx

    context = httpx.create_ssl_context()
    if folder:
        authority = Path(folder) / "ca.crt"
        try:
            context.load_verify_locations(authority)
        except (OSError, ssl.SSLError) as error:
            raise CertificateError(f"settings: the authority {authority} cannot be read: {error.strerror}") from error
    return context


def _configuration(pem: Pem) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration([(pem.key, pem.certificate)], pem.authority or None)


def _stamp(files: Files) -> object:
    return [(found.st_mtime_ns, found.st_ino, found.st_size) for found in (path.stat() for path in files.every())]


def _check(files: Files) -> None:
    """Raises unless the key belongs to the certificate and everything can be read."""
    _load(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), files)


def _load(context: ssl.SSLContext, files: Files) -> None:
    context.load_cert_chain(files.certificate, files.key)
    if files.authority:
        context.load_verify_locations(files.authority)


def _complaint(files: Files, error: Exception) -> str:
    for path in files.every():
        try:
            path.read_bytes()
        except OSError as failed:
            return f"settings: {path} cannot be read ({failed.strerror}); `make certs` writes the certificates of every part"
    names = " and ".join(path.name for path in files.every())
    return f"settings: {names} in {files.certificate.parent} do not fit each other ({error}); `make certs` writes them anew"
