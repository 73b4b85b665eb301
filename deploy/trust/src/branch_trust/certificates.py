"""The certificates of a branch's parts: written when they are missing, renewed before they end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from branch_trust.authority import Authority
from branch_trust.files import Owner, make_folder, write
from branch_trust.parts import PARTS, Part

FOLDER, AUTHORITY_FOLDER = "certs", "authority"
EARLY = timedelta(days=30)
"""A certificate that is good for less is renewed."""
LOCAL = ("localhost", "127.0.0.1")


@dataclass(frozen=True)
class Written:
    """One certificate after a run."""

    part: str
    until: datetime
    renewed: bool


@dataclass(frozen=True)
class CertificateFiles:
    """The folder of certificates: `<part>/ca.crt`, `tls.crt`, `tls.key`."""

    root: Path

    def complete(self, hosts: Sequence[str] = (), *, renew: bool = False, now: datetime | None = None) -> list[Written]:
        """Writes what is missing or ends soon, with `renew` all; the authority is made once and never touched again.

        `hosts` are the names under which browsers and external systems reach the gateway; without any the names of the
        certificate that is there are kept.
        """
        now = now or datetime.now(UTC)
        authority, _ = Authority.of(self.root / AUTHORITY_FOLDER)
        if authority.certificate.not_valid_after_utc < now + timedelta(days=90):
            raise ValueError(
                f"the authority in {self.root / AUTHORITY_FOLDER} ends too soon to sign; docs/operations.md"
            )
        # Certificates are for everybody to see, and so are the folders; keys are not.
        make_folder(self.root, 0o755, Owner(0, 0))
        return [self._complete(authority, part, hosts, renew=renew, now=now) for part in PARTS]

    def _complete(
        self, authority: Authority, part: Part, hosts: Sequence[str], *, renew: bool, now: datetime
    ) -> Written:
        folder, owner = self.root / part.name, Owner(part.user, part.user)
        found = _read(folder / "tls.crt")
        names = _names(part, hosts, found)
        if not renew and found is not None and _good(folder, found, authority, names, now):
            return Written(part.name, found.not_valid_after_utc, renewed=False)
        issued = authority.issue(part.common_name, names, now)
        make_folder(folder, 0o755, owner)
        write(folder / "ca.crt", authority.pem, 0o644, owner)
        # The key before the certificate; who reads in between sees that they do not fit and looks again.
        write(folder / "tls.key", issued.key, 0o600, owner)
        if part.java:
            write(folder / "tls.pk8", issued.java_key, 0o600, owner)
        write(folder / "tls.crt", issued.certificate, 0o644, owner)
        return Written(part.name, x509.load_pem_x509_certificate(issued.certificate).not_valid_after_utc, renewed=True)


def _names(part: Part, hosts: Sequence[str], found: x509.Certificate | None) -> list[str]:
    names = [part.name, *LOCAL]
    if part.name != "gateway":
        return names
    more = hosts or ([] if found is None else _names_of(found))
    return [*names, *(name for name in dict.fromkeys(more) if name not in names)]


def _good(folder: Path, found: x509.Certificate, authority: Authority, names: list[str], now: datetime) -> bool:
    whole = all((folder / name).exists() for name in ("ca.crt", "tls.key"))
    ours = found.issuer == authority.certificate.subject and _signed_by(found, authority)
    return whole and ours and found.not_valid_after_utc - now > EARLY and _names_of(found) == names


def _signed_by(found: x509.Certificate, authority: Authority) -> bool:
    try:
        found.verify_directly_issued_by(authority.certificate)
    except Exception:
        return False
    return True


def _read(path: Path) -> x509.Certificate | None:
    return x509.load_pem_x509_certificate(path.read_bytes()) if path.exists() else None


def _names_of(certificate: x509.Certificate) -> list[str]:
    extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return [str(name.value) for name in extension.value]
