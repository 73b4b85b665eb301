"""The branch's own certificate authority: made once, and the only one that parts of the suite believe."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from branch_trust.files import Owner, make_folder, write

AUTHORITY_YEARS = 20
DAYS = 90
"""So long a certificate is good."""
_EARLIER = timedelta(hours=1)
"""Certificates begin before they are made: clocks of two machines differ."""
_ROOT = Owner(0, 0)


@dataclass(frozen=True)
class Issued:
    """A certificate and its key."""

    certificate: bytes
    key: bytes
    java_key: bytes


@dataclass(frozen=True)
class Authority:
    """The key that signs. Whoever reads it can be any part; only root may."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def of(cls, folder: Path) -> tuple["Authority", bool]:
        """Answers the authority in a folder, and whether it was made just now. An authority is never replaced."""
        found, secret = folder / "ca.crt", folder / "ca.key"
        if found.exists() != secret.exists():
            there, missing = (found, secret) if found.exists() else (secret, found)
            raise FileNotFoundError(f"{there} is there, but {missing} is not: lay it back from where you keep a copy")
        if found.exists():
            return cls.read(found, secret), False
        made = cls.make()
        make_folder(folder, 0o700, _ROOT)
        write(secret, _key_text(made.key), 0o600, _ROOT)
        write(found, made.pem, 0o644, _ROOT)
        return made, True

    @classmethod
    def read(cls, certificate: Path, key: Path) -> "Authority":
        """Reads it from its files."""
        private = load_pem_private_key(key.read_bytes(), None)
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{key} is not a key that this program made")
        return cls(x509.load_pem_x509_certificate(certificate.read_bytes()), private)

    @classmethod
    def make(cls, now: datetime | None = None) -> "Authority":
        """Makes a new one."""
        now = now or datetime.now(UTC)
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("Full-Service CRM, authority of this branch")
        signed = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _EARLIER)
            .not_valid_after(now + timedelta(days=365 * AUTHORITY_YEARS))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        return cls(signed, key)

    @property
    def pem(self) -> bytes:
        """The certificate that everybody trusts."""
        return self.certificate.public_bytes(Encoding.PEM)

    def issue(self, common_name: str, names: list[str], now: datetime | None = None, days: float = DAYS) -> Issued:
        """Makes a certificate for a part: as a server under all the names, as a client under the first."""
        now = now or datetime.now(UTC)
        key = ec.generate_private_key(ec.SECP256R1())
        signed = (
            x509.CertificateBuilder()
            .subject_name(_name(common_name))
            .issuer_name(self.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _EARLIER)
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=False), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
                critical=False,
            )
            .add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        java = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return Issued(signed.public_bytes(Encoding.PEM), _key_text(key), java)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _key_text(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
