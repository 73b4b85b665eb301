"""Clients of the older web sites, as Keycloak is told of them. That it takes them is shown by the journeys."""

import pytest

from local_stack import realm, realm_sites
from local_stack.layout import Ports
from tests.local_stack.test_realm import ADDRESSES, MACHINES, PEOPLE, SECRETS

PORTS = Ports(8080)


def test_they_are_in_the_realm_beside_the_others() -> None:
    sites = realm_sites.clients(PORTS, "secret")
    found = realm.render(realm.template(), MACHINES, SECRETS, PEOPLE, {}, ADDRESSES, sites)
    names = [client["clientId"] for client in found["clients"]]
    assert names[-2:] == ["resource-management", "billing-enquiry"]
    assert len(names) == len(set(names)) == len(MACHINES) + 3


def test_resource_management_comes_by_code_and_pkce_and_gets_no_token_for_our_services() -> None:
    client = realm_sites.clients(PORTS, "secret")[0]
    assert client["redirectUris"] == ["http://localhost:8087/callback"]
    assert (client["standardFlowEnabled"], client["directAccessGrantsEnabled"], client["publicClient"]) == (
        True,
        False,
        False,
    )
    assert client["attributes"]["pkce.code.challenge.method"] == "S256"
    assert client["defaultClientScopes"] == ["person"]
    assert client["fullScopeAllowed"] is False


def test_billing_enquiry_gets_whole_responses_signed_at_its_own_address() -> None:
    client = realm_sites.clients(PORTS, "secret")[1]
    attributes = client["attributes"]
    assert client["redirectUris"] == ["http://localhost:8088/saml/acs"]
    assert attributes["saml_assertion_consumer_url_post"] == "http://localhost:8088/saml/acs"
    assert (attributes["saml.server.signature"], attributes["saml.signature.algorithm"]) == ("true", "RSA_SHA256")
    assert attributes["saml.force.post.binding"] == "true"


def test_a_client_without_a_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="resource-management has no secret"):
        realm_sites.clients(PORTS, "")
