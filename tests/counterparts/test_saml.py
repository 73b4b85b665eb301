"""Every rule of the Web Browser SSO profile, each broken once; and the signature with what it does not cover."""

import base64
import copy
import zlib
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from counterparts.older.saml import ResponseRefused, ServiceProvider, certificates_of, request_address
from tests.counterparts.saml_issuer import CONSUMER, ENTITY, ISSUER, NOW, SamlIssuer, encoded, etree, stamp

SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
PROTOCOL = "{urn:oasis:names:tc:SAML:2.0:protocol}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"


@pytest.fixture(scope="module")
def issuer() -> SamlIssuer:
    return SamlIssuer()


def provider(at: datetime = NOW) -> ServiceProvider:
    return ServiceProvider(ENTITY, CONSUMER, ISSUER, lambda: at)


def refused(issuer: SamlIssuer, response: str, at: datetime = NOW, certificates: list[str] | None = None) -> str:
    with pytest.raises(ResponseRefused) as caught:
        provider(at).subject(response, "_q1", [issuer.certificate] if certificates is None else certificates)
    return str(caught.value)


def test_a_good_response_says_who_it_is(issuer: SamlIssuer) -> None:
    found = provider().subject(issuer.response(), "_q1", [SamlIssuer().certificate, issuer.certificate])
    assert (found.name_id, found.attributes) == ("m001", {"name": "王敏"})


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"destination": "http://localhost:10/saml/acs"}, "destination"),
        ({"in_response_to": "_q2"}, "in response to"),
        ({"confirmed": "_q2"}, "in response to"),
        ({"issuer": "http://evil.test"}, "issuer"),
        ({"assertion_issuer": "http://evil.test"}, "assertion issuer"),
        ({"status": "Requester"}, "status"),
        ({"audience": "resource-management"}, "audience"),
        ({"recipient": "http://localhost:10/saml/acs"}, "recipient"),
        ({"method": "holder-of-key"}, "confirmation"),
        ({"begins": stamp(NOW + timedelta(seconds=31))}, "conditions: not yet"),
        ({"ends": stamp(NOW - timedelta(seconds=30))}, "conditions: over"),
        ({"confirmation_ends": stamp(NOW - timedelta(seconds=30))}, "confirmation: over"),
        ({"ends": "tomorrow"}, "time"),
        ({"assertion_id": ""}, "used before"),
    ],
)
def test_each_rule_bites(issuer: SamlIssuer, changes: dict[str, str], what: str) -> None:
    assert refused(issuer, issuer.response(**changes)) == what


def test_clocks_may_differ_by_half_a_minute(issuer: SamlIssuer) -> None:
    response = issuer.response(begins=stamp(NOW + timedelta(seconds=29)), ends=stamp(NOW + timedelta(seconds=60)))
    assert provider().subject(response, "_q1", [issuer.certificate]).name_id == "m001"


def test_an_assertion_is_good_once(issuer: SamlIssuer) -> None:
    rules = provider()
    rules.subject(issuer.response(), "_q1", [issuer.certificate])
    with pytest.raises(ResponseRefused, match="used before"):
        rules.subject(issuer.response(response_id="_r2"), "_q1", [issuer.certificate])
    other = issuer.response(assertion_id="_a2")
    assert rules.subject(other, "_q1", [issuer.certificate]).name_id == "m001"


def test_a_foreign_key_a_missing_and_a_broken_signature(issuer: SamlIssuer) -> None:
    assert refused(issuer, SamlIssuer().response()).startswith("signature")
    assert refused(issuer, encoded(issuer.document())).startswith("signature")
    assert refused(issuer, issuer.response(), certificates=[]).startswith("signature")
    changed = base64.b64encode(base64.b64decode(issuer.response()).replace(b">m001<", b">c001<")).decode()
    assert refused(issuer, changed).startswith("signature")


def test_sha1_is_no_signature_any_more(issuer: SamlIssuer) -> None:
    assert refused(issuer, encoded(issuer.signed(issuer.document(), sha1=True))).startswith("signature")


def test_a_signed_assertion_alone_does_not_do(issuer: SamlIssuer) -> None:
    # What stands around it would be anybody's.
    document = issuer.document()
    assertion = document.find(f"{SAML}Assertion")
    document.replace(assertion, issuer.signed(assertion))
    assert refused(issuer, encoded(document)).startswith("signature")


def wrapped(issuer: SamlIssuer, way: str) -> str:
    """A good signed response hidden inside, or beside, one about somebody else."""
    good = issuer.signed(issuer.document())
    evil = issuer.document(name_id="c001", response_id="_evil", assertion_id="_evil-a")
    signature = good.find(f"{DS}Signature")
    if way == "whole response within":
        extensions = etree.SubElement(evil, f"{PROTOCOL}Extensions")
        extensions.append(good)
    elif way == "signature moved up":
        moved = copy.deepcopy(signature)
        good.remove(signature)
        evil.insert(1, moved)
        etree.SubElement(evil, f"{PROTOCOL}Extensions").append(good)
    elif way == "response within the signature":
        moved = copy.deepcopy(signature)
        good.remove(signature)
        etree.SubElement(moved, f"{DS}Object").append(good)
        evil.insert(1, moved)
    else:
        second = copy.deepcopy(evil.find(f"{SAML}Assertion"))
        good.insert(1, second)
        return encoded(good)
    return encoded(evil)


@pytest.mark.parametrize(
    "way", ["whole response within", "signature moved up", "response within the signature", "a second assertion"]
)
def test_a_signature_speaks_only_for_what_it_covers(issuer: SamlIssuer, way: str) -> None:
    rules = provider()
    try:
        found = rules.subject(wrapped(issuer, way), "_q1", [issuer.certificate])
    except ResponseRefused:
        return
    assert found.name_id == "m001", "what was signed may be read, nothing else"


def test_a_comment_does_not_cut_a_name_in_two(issuer: SamlIssuer) -> None:
    document = issuer.document(name_id="m001<!-- -->.evil")
    response = encoded(issuer.signed(document))
    assert provider().subject(response, "_q1", [issuer.certificate]).name_id == "m001.evil"


@pytest.mark.parametrize(
    "text",
    [
        b"", b"no xml", b"<a/>",
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY x "y">]><a/>',
    ],
)  # fmt: skip
def test_documents_that_are_none(issuer: SamlIssuer, text: bytes) -> None:
    assert refused(issuer, base64.b64encode(text).decode()).split(":")[0] in {"document", "document type", "signature"}
    assert refused(issuer, "not base64!") == "document"
    assert refused(issuer, "A" * 300_000) == "size"


def test_the_request_says_who_asks_and_where_to_answer() -> None:
    where = request_address("http://idp.test/saml", ENTITY, CONSUMER, "_q1", NOW)
    (packed,) = parse_qs(urlsplit(where).query)["SAMLRequest"]
    request: Any = etree.fromstring(zlib.decompress(base64.b64decode(packed), wbits=-15))
    assert dict(request.attrib) == {
        "ID": "_q1",
        "Version": "2.0",
        "IssueInstant": "2026-11-22T04:00:00Z",
        "Destination": "http://idp.test/saml",
        "AssertionConsumerServiceURL": CONSUMER,
        "ProtocolBinding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
    }
    assert request.findtext(f"{SAML}Issuer") == ENTITY


def test_certificates_are_taken_from_metadata(issuer: SamlIssuer) -> None:
    bare = "".join(issuer.certificate.splitlines()[1:-1])
    key = '<md:KeyDescriptor use="{use}"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>'
    end = "<ds:X509Certificate>\n{found}\n</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
    text = (
        '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"><md:IDPSSODescriptor>'
        + (key + end).format(use="signing", found=bare)
        + (key + end).format(use="encryption", found="AAAA")
        + "</md:IDPSSODescriptor></md:EntityDescriptor>"
    )
    assert certificates_of(text.encode()) == [issuer.certificate]
