"""Certificates for tests: an authority of the test's own, and folders of parts as `make certs` writes them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from branch_trust.authority import Authority
from chassis.tls import Certificates, Files

ENDED = datetime(2026, 1, 1, tzinfo=UTC)
LOCAL = ["localhost", "127.0.0.1"]


def part(authority: Authority, folder: Path, name: str = "dispatch", *, until: datetime | None = None) -> Path:
    """Writes a part's three files, key first, as a renewal does; they are good for a day, or until another moment."""
    folder.mkdir(exist_ok=True)
    until = until or datetime.now(UTC) + timedelta(days=1)
    issued = authority.issue(name, [name, *LOCAL], until - timedelta(days=2), days=2)
    for file, data in (("ca.crt", authority.pem), ("tls.key", issued.key), ("tls.crt", issued.certificate)):
        unfinished = folder / f".{file}"
        unfinished.write_bytes(data)
        unfinished.chmod(0o600)
        unfinished.replace(folder / file)
    return folder


def of(folder: Path) -> Certificates:
    """Certificates that remember nothing of another test."""
    return Certificates(Files(folder / "tls.crt", folder / "tls.key", folder / "ca.crt"))


def serial(folder: Path) -> int:
    """The serial number of the certificate in a folder."""
    return x509.load_pem_x509_certificate((folder / "tls.crt").read_bytes()).serial_number
