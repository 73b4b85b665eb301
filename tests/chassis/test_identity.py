import time
from collections.abc import Iterator
from typing import Any

import pytest
from crm.common.v1 import person_pb2
from joserfc.jwk import RSAKey

from chassis.errors import Unauthenticated
from chassis.identity import IssuerUnavailable, TokenVerifier
from tests.chassis.issuer import ISSUER, Issuer, serving


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with serving() as found:
        yield found


class Staff:
    def __init__(self, **people: person_pb2.PersonDocument) -> None:
        self._people = people

    def person(self, staff_number: str) -> person_pb2.PersonDocument | None:
        return self._people.get(staff_number)


def verifier(issuer: Issuer, **people: person_pb2.PersonDocument) -> TokenVerifier:
    return TokenVerifier(issuer=ISSUER, jwks_url=issuer.jwks_url, audience="support", people=Staff(**people))


async def test_a_good_token_names_the_caller(issuer: Issuer) -> None:
    actor = await verifier(issuer).actor(f"Bearer {issuer.token()}", ip="10.1.1.1", language="en")
    assert (actor.kind, actor.id, actor.name, actor.ip, actor.language) == ("person", "m001", "Ann", "10.1.1.1", "en")
    assert actor.roles == {"customer_manager"}


async def test_what_the_branch_knows_of_a_person_beats_the_token(issuer: Issuer) -> None:
    known = person_pb2.PersonDocument(name="Anna", active=False, roles=["editor"], bureau_ids=["b1"])
    actor = await verifier(issuer, m001=known).actor(f"Bearer {issuer.token()}", ip="", language="en")
    assert (actor.name, actor.active, actor.roles, actor.bureau_ids) == ("Anna", False, {"editor"}, {"b1"})


@pytest.mark.parametrize(("role", "kind"), [("service", "service"), ("external_system", "system")])
async def test_a_machine_is_known_by_its_client(issuer: Issuer, role: str, kind: str) -> None:
    token = issuer.token(preferred_username="service-account-gnet-crm", azp="gnet-crm", realm_access={"roles": [role]})
    actor = await verifier(issuer).actor(f"Bearer {token}", ip="", language="en")
    assert (actor.kind, actor.id) == (kind, "gnet-crm")


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "http://elsewhere"},
        {"aud": ["dispatch"]},
        {"aud": "account"},
        {"typ": "ID"},
        {"typ": "Refresh"},
        {"exp": int(time.time()) - 1},
        {"nbf": int(time.time()) + 600},
    ],
)
async def test_a_token_that_is_not_for_this_is_refused(issuer: Issuer, changes: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        await verifier(issuer).actor(f"Bearer {issuer.token(**changes)}", ip="", language="en")


async def test_a_forged_token_is_refused(issuer: Issuer) -> None:
    forged = issuer.token(key=RSAKey.generate_key(2048, {"kid": "k1"}))
    unsigned = issuer.token().rsplit(".", 1)[0] + "."
    for token in (forged, unsigned, "x.y.z", ""):
        with pytest.raises(Unauthenticated):
            await verifier(issuer).actor(f"Bearer {token}", ip="", language="en")


async def test_a_remembered_token_still_ends(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    checker, token = verifier(issuer), issuer.token()
    await checker.actor(f"Bearer {token}", ip="", language="en")
    later = time.time() + 301
    monkeypatch.setattr("chassis.identity.time.time", lambda: later)
    with pytest.raises(Unauthenticated):
        await checker.actor(f"Bearer {token}", ip="", language="en")


async def test_without_the_issuers_keys_nobody_is_let_in() -> None:
    checker = TokenVerifier(issuer=ISSUER, jwks_url="http://127.0.0.1:1/certs", audience="support", people=Staff())
    with pytest.raises(IssuerUnavailable):
        await checker.actor("Bearer " + "x" * 20, ip="", language="en")
