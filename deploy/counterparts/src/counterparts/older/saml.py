"""SAML 2.0 for a service provider: the request, and the response with everything in it that must hold.

Only what the signature covers is read: signxml answers the element that was signed, and nothing else of the document is
looked at (signature wrapping). The Web Browser SSO profile, SAML profiles §4.1.4.3, lists the checks.
"""

import base64
import binascii
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import quoteattr

from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import InvalidInput, SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

# lxml brings no types of its own.
etree: Any = import_module("lxml.etree")
_SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
_PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
_SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
_BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
_POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
_NAMES = {"a": _SAML, "p": _PROTOCOL}
_SIZE_LIMIT = 256 * 1024
_SKEW = 30.0
_KEPT_AT_MOST = 20_000
# The response as a whole is signed: the signature is a child of its root, by an algorithm that still holds.
_SIGNED = SignatureConfiguration(
    require_x509=True,
    location="./",
    expect_references=1,
    signature_methods=frozenset({SignatureMethod.RSA_SHA256, SignatureMethod.RSA_SHA512}),
    digest_algorithms=frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA512}),
)
_REQUEST = (
    '<samlp:AuthnRequest xmlns:samlp="{protocol}" xmlns:saml="{saml}" ID={id} Version="2.0" IssueInstant={at} '
    "Destination={destination} AssertionConsumerServiceURL={consumer} ProtocolBinding={post}>"
    "<saml:Issuer>{issuer}</saml:Issuer></samlp:AuthnRequest>"
)


class ResponseRefused(Exception):
    """A response that does not hold; the text names what does not."""


@dataclass(frozen=True)
class Subject:
    """Whom the identity provider has signed in."""

    name_id: str
    attributes: dict[str, str]


def request_address(destination: str, entity: str, consumer: str, request_id: str, at: datetime) -> str:
    """Answer where to send the browser with a request (HTTP redirect binding)."""
    text = _REQUEST.format(
        protocol=_PROTOCOL,
        saml=_SAML,
        id=quoteattr(request_id),
        at=quoteattr(at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")),
        destination=quoteattr(destination),
        consumer=quoteattr(consumer),
        post=quoteattr(_POST),
        issuer=entity,
    )
    deflate = zlib.compressobj(wbits=-15)
    packed = deflate.compress(text.encode()) + deflate.flush()
    return f"{destination}?{urlencode({'SAMLRequest': base64.b64encode(packed).decode()})}"


@dataclass
class ServiceProvider:
    """What must hold of every response to us."""

    entity: str
    consumer: str
    issuer: str
    now: Callable[[], datetime]
    _seen: dict[str, float] = field(default_factory=dict[str, float])

    def subject(self, encoded: str, request_id: str, certificates: list[str]) -> Subject:
        """Answer whom a response (base64) is about. Raises `ResponseRefused`."""
        response = self._signed(encoded, certificates)
        self._check_response(response, request_id)
        assertion = _one(response, "a:Assertion")
        self._equal("assertion issuer", _text(assertion, "a:Issuer"), self.issuer)
        self._check_conditions(_one(assertion, "a:Conditions"))
        self._check_confirmation(assertion, request_id)
        self._once(assertion)
        return Subject(_text(assertion, "a:Subject/a:NameID"), _attributes(assertion))

    def _signed(self, encoded: str, certificates: list[str]) -> Any:
        """The response, or rather the part of the document that the identity provider has signed."""
        document = _parse(encoded)
        refused = "no certificate"
        for certificate in certificates:
            try:
                result: Any = XMLVerifier().verify(document, x509_cert=certificate, expect_config=_SIGNED)
            except (SignXMLException, InvalidInput, ValueError) as error:
                refused = type(error).__name__
            else:
                return result.signed_xml
        raise ResponseRefused(f"signature: {refused}")

    def _check_response(self, response: Any, request_id: str) -> None:
        self._equal("root", response.tag, f"{{{_PROTOCOL}}}Response")
        self._equal("version", response.get("Version"), "2.0")
        self._equal("destination", response.get("Destination"), self.consumer)
        self._equal("in response to", response.get("InResponseTo"), request_id)
        self._equal("issuer", _text(response, "a:Issuer"), self.issuer)
        self._equal("status", _one(response, "p:Status/p:StatusCode").get("Value"), _SUCCESS)

    def _check_conditions(self, conditions: Any) -> None:
        self._within("conditions", conditions.get("NotBefore"), conditions.get("NotOnOrAfter"))
        audiences = [found.text for found in _all(conditions, "a:AudienceRestriction/a:Audience")]
        if self.entity not in audiences:
            raise ResponseRefused("audience")

    def _check_confirmation(self, assertion: Any, request_id: str) -> None:
        confirmation = _one(assertion, "a:Subject/a:SubjectConfirmation")
        self._equal("confirmation", confirmation.get("Method"), _BEARER)
        data = _one(confirmation, "a:SubjectConfirmationData")
        self._equal("recipient", data.get("Recipient"), self.consumer)
        self._equal("in response to", data.get("InResponseTo"), request_id)
        if data.get("NotBefore") is not None:
            raise ResponseRefused("confirmation with a beginning")
        self._within("confirmation", None, data.get("NotOnOrAfter"))

    def _within(self, what: str, begins: str | None, ends: str | None) -> None:
        now = self.now().timestamp()
        if ends is None or now - _SKEW >= _moment(ends):
            raise ResponseRefused(f"{what}: over")
        if begins is not None and now + _SKEW < _moment(begins):
            raise ResponseRefused(f"{what}: not yet")

    def _once(self, assertion: Any) -> None:
        """Each assertion is good for one sign-in; it is remembered for as long as its time lasts."""
        now = self.now().timestamp()
        self._seen = {key: until for key, until in self._seen.items() if until > now}
        key = assertion.get("ID")
        if not key or key in self._seen or len(self._seen) >= _KEPT_AT_MOST:
            raise ResponseRefused("used before")
        ends = _moment(_one(assertion, "a:Conditions").get("NotOnOrAfter"))
        self._seen[key] = ends + 2 * _SKEW

    def _equal(self, what: str, found: str | None, wanted: str) -> None:
        if found != wanted:
            raise ResponseRefused(what)


def certificates_of(metadata: bytes) -> list[str]:
    """Answer the signing certificates of an identity provider's metadata, as PEM."""
    root: Any = etree.fromstring(metadata, _parser())
    names = {"m": "urn:oasis:names:tc:SAML:2.0:metadata", "d": "http://www.w3.org/2000/09/xmldsig#"}
    found = root.xpath(
        "//m:IDPSSODescriptor/m:KeyDescriptor[not(@use) or @use='signing']//d:X509Certificate", namespaces=names
    )
    return [_pem("".join((one.text or "").split())) for one in found]


def _pem(encoded: str) -> str:
    lines = "\n".join(encoded[at : at + 64] for at in range(0, len(encoded), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"


def _parser() -> Any:
    # Neither DTD nor entity nor network: a response that brings one is no response.
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=False
    )


def _parse(encoded: str) -> Any:
    if len(encoded) > _SIZE_LIMIT:
        raise ResponseRefused("size")
    try:
        root: Any = etree.fromstring(base64.b64decode(encoded, validate=True), _parser())
    except (binascii.Error, etree.XMLSyntaxError) as error:
        raise ResponseRefused("document") from error
    if root.getroottree().docinfo.doctype:
        raise ResponseRefused("document type")
    return root


def _all(element: Any, path: str) -> list[Any]:
    return list(element.findall(path, _NAMES))


def _one(element: Any, path: str) -> Any:
    found = _all(element, path)
    if len(found) != 1:
        raise ResponseRefused(f"{path}: {len(found)}")
    return found[0]


def _text(element: Any, path: str) -> str:
    # All text below, so that a comment in a name does not cut it in two (CVE-2017-11427 and its kin).
    return "".join(_one(element, path).xpath("text()"))


def _attributes(assertion: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for attribute in _all(assertion, "a:AttributeStatement/a:Attribute"):
        values = ["".join(value.xpath("text()")) for value in _all(attribute, "a:AttributeValue")]
        found[str(attribute.get("Name"))] = values[0] if values else ""
    return found


def _moment(text: str) -> float:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except ValueError:
        raise ResponseRefused("time") from None
