"""Clients of Keycloak for the older web sites of the demo: one by OpenID Connect, one by SAML 2.0. Pure functions."""

from typing import Any

from local_stack.layout import Ports

RESOURCES_CLIENT, BILLING_ENTITY = "resource-management", "billing-enquiry"
Json = dict[str, Any]


def clients(ports: Ports, resources_secret: str) -> list[Json]:
    """Answer both clients."""
    if not resources_secret:
        raise ValueError(f"client {RESOURCES_CLIENT} has no secret")
    return [
        _resources(f"http://localhost:{ports.resources}", resources_secret),
        _billing(f"http://localhost:{ports.billing}"),
    ]


def _resources(url: str, secret: str) -> Json:
    return {
        "clientId": RESOURCES_CLIENT,
        "name": "管线资源",
        "enabled": True,
        "protocol": "openid-connect",
        "publicClient": False,
        "clientAuthenticatorType": "client-secret",
        "secret": secret,
        "standardFlowEnabled": True,
        "implicitFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "serviceAccountsEnabled": False,
        # It learns who somebody is, and nothing of what they may do with us: none of our services is in its tokens' audience.
        "fullScopeAllowed": False,
        "rootUrl": url,
        "redirectUris": [f"{url}/callback"],
        "webOrigins": [],
        "defaultClientScopes": ["person"],
        "optionalClientScopes": [],
        "attributes": {"pkce.code.challenge.method": "S256", "use.refresh.tokens": "false"},
    }


def _billing(url: str) -> Json:
    consumer = f"{url}/saml/acs"
    return {
        "clientId": BILLING_ENTITY,
        "name": "计费查询",
        "enabled": True,
        "protocol": "saml",
        "frontchannelLogout": False,
        "standardFlowEnabled": True,
        "fullScopeAllowed": False,
        "rootUrl": url,
        "redirectUris": [consumer],
        "defaultClientScopes": [],
        "optionalClientScopes": [],
        "attributes": {
            # The whole response is signed, so that nothing around the assertion can be changed either.
            "saml.server.signature": "true",
            "saml.server.signature.keyinfo.ext": "false",
            "saml.assertion.signature": "false",
            "saml.signature.algorithm": "RSA_SHA256",
            "saml_signature_canonicalization_method": "http://www.w3.org/2001/10/xml-exc-c14n#",
            "saml.client.signature": "false",
            "saml.encrypt": "false",
            "saml.authnstatement": "true",
            "saml.onetimeuse.condition": "true",
            "saml.force.post.binding": "true",
            "saml_force_name_id_format": "true",
            "saml_name_id_format": "username",
            "saml_assertion_consumer_url_post": consumer,
        },
        "protocolMappers": [
            {
                "name": "name",
                "protocol": "saml",
                "protocolMapper": "saml-user-property-mapper",
                "config": {
                    "user.attribute": "firstName",
                    "attribute.name": "name",
                    "attribute.nameformat": "Basic",
                    "friendly.name": "name",
                },
            }
        ],
    }
