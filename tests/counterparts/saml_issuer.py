"""An identity provider of SAML for tests: signs responses with a key of its own, as wrong as a test wishes."""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureConstructionMethod, SignatureMethod
from signxml.signer import XMLSigner

etree: Any = import_module("lxml.etree")
ISSUER, ENTITY, CONSUMER = "http://idp.test/realms/crm", "billing-enquiry", "http://localhost:9/saml/acs"
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
RESPONSE = """<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"
 ID="{response_id}" Version="2.0" IssueInstant="{now}" Destination="{destination}" InResponseTo="{in_response_to}">
<saml:Issuer>{issuer}</saml:Issuer>
<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:{status}"/></samlp:Status>
<saml:Assertion ID="{assertion_id}" Version="2.0" IssueInstant="{now}"><saml:Issuer>{assertion_issuer}</saml:Issuer>
<saml:Subject><saml:NameID>{name_id}</saml:NameID>
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:{method}">
<saml:SubjectConfirmationData InResponseTo="{confirmed}" NotOnOrAfter="{confirmation_ends}" Recipient="{recipient}"/>
</saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="{begins}" NotOnOrAfter="{ends}">
<saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>
<saml:AttributeStatement><saml:Attribute Name="name"><saml:AttributeValue>王敏</saml:AttributeValue></saml:Attribute>
</saml:AttributeStatement></saml:Assertion></samlp:Response>"""


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _certificate(key: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "crm")])
    begins = datetime(2020, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), begins, begins.replace(year=2040)
    )
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


@dataclass
class SamlIssuer:
    """Signs what it is told to."""

    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))

    def __post_init__(self) -> None:
        self.certificate = _certificate(self.key)

    def document(self, **changes: str) -> Any:
        values = {
            "response_id": "_r1", "assertion_id": "_a1", "now": stamp(NOW), "destination": CONSUMER,
            "in_response_to": "_q1", "confirmed": "_q1", "issuer": ISSUER, "assertion_issuer": ISSUER,
            "status": "Success", "name_id": "m001", "method": "bearer", "recipient": CONSUMER, "audience": ENTITY,
            "begins": stamp(NOW), "ends": stamp(NOW + timedelta(minutes=1)),
            "confirmation_ends": stamp(NOW + timedelta(minutes=5)),
        }  # fmt: skip
        return etree.fromstring(RESPONSE.format(**{**values, **changes}).encode())

    def signed(self, document: Any, *, sha1: bool = False) -> Any:
        signer: Any = _Sha1Signer if sha1 else XMLSigner
        made = signer(
            method=SignatureConstructionMethod.enveloped,
            signature_algorithm=SignatureMethod.RSA_SHA1 if sha1 else SignatureMethod.RSA_SHA256,
            digest_algorithm=DigestAlgorithm.SHA1 if sha1 else DigestAlgorithm.SHA256,
            c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        )
        pem = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return made.sign(document, key=pem, cert=self.certificate, reference_uri=document.get("ID"))

    def response(self, **changes: str) -> str:
        return encoded(self.signed(self.document(**changes)))


class _Sha1Signer(XMLSigner):
    """signxml rightly signs nothing with SHA-1; somebody else might."""

    def check_deprecated_methods(self) -> None:
        """Lets it pass."""


def encoded(document: Any) -> str:
    return base64.b64encode(etree.tostring(document)).decode()
