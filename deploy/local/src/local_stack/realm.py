"""The realm `crm` of Keycloak: a template without secrets, filled in at the first start. Pure functions."""

import base64
import copy
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TEMPLATE = Path(__file__).parents[2] / "keycloak" / "realm.json"
# OWASP's figure for PBKDF2 with SHA-512; Keycloak hashes again in its own way at the first login.
ITERATIONS = 210_000
Json = dict[str, Any]


@dataclass(frozen=True)
class Machine:
    """A client that speaks in its own name (client credentials)."""

    client_id: str
    audiences: tuple[str, ...]
    roles: tuple[str, ...]
    # Rights on the realm itself (roles of Keycloak's own client `realm-management`).
    rights: tuple[str, ...] = ()


# With this one support keeps accounts in step with the staff and reads who failed to sign in; no service accepts its tokens.
ACCOUNTS = Machine(
    "svc-support-accounts", (), (), rights=("manage-users", "view-users", "query-users", "view-realm", "view-events")
)
# One external system = one line here.
EXTERNAL = (
    Machine("gnet-crm", ("gateway", "dispatch"), ("external_system",)),
    Machine("fixed-line-dispatch", ("gateway", "dispatch"), ("external_system",)),
    Machine("ods-files", ("gateway", "customer", "support", "dispatch"), ("external_system", "importer")),
)


def machines(services: Sequence[str]) -> tuple[Machine, ...]:
    """List every client that speaks in its own name: the external systems, and one for each service."""
    audiences = ("gateway", *services)
    ours = tuple(Machine(f"svc-{name}", audiences, ("service",)) for name in (*services, "gateway"))
    return (*EXTERNAL, *ours, ACCOUNTS)


@dataclass(frozen=True)
class Person:
    """Somebody who logs in; the number is the login name."""

    number: str
    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Addresses:
    """Where the browser finds us and where Keycloak reaches the gateway."""

    public: str
    gateway: str


def template() -> Json:
    """Read the template."""
    return json.loads(TEMPLATE.read_text(encoding="utf-8"))


def password_credential(password: str, salt: bytes) -> Json:
    """Hash a password once in a form Keycloak imports as it is: 170 people import in seconds, not minutes."""
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS, 64)
    return {
        "type": "password",
        "credentialData": json.dumps({"hashIterations": ITERATIONS, "algorithm": "pbkdf2-sha512"}),
        "secretData": json.dumps({"value": _base64(digest), "salt": _base64(salt)}),
    }


def render(
    plain: Json,
    machines: Sequence[Machine],
    secrets: Mapping[str, str],
    people: Sequence[Person],
    credential: Json,
    addresses: Addresses,
    sites: Sequence[Json] = (),
) -> Json:
    """Fill the template in: every client with its secret, every person with the one credential.

    `sites` are clients of older web sites, made by `realm_sites`.
    """
    realm = copy.deepcopy(plain)
    audiences = sorted({audience for machine in machines for audience in machine.audiences})
    realm["clientScopes"] += [_audience_scope(name) for name in audiences]
    realm["clients"] = [
        _gateway_client(secrets["gateway"], audiences, addresses),
        *(_machine_client(machine, secrets[machine.client_id]) for machine in machines),
        *sites,
    ]
    realm["users"] = [
        *(_machine_user(machine) for machine in machines),
        *(_user(person, credential) for person in people),
    ]
    return realm


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _audience_scope(service: str) -> Json:
    return {
        "name": f"for-{service}",
        "description": f"Tokens that {service} accepts",
        "protocol": "openid-connect",
        "attributes": {"include.in.token.scope": "false"},
        "protocolMappers": [
            {
                "name": "audience",
                "protocol": "openid-connect",
                "protocolMapper": "oidc-audience-mapper",
                "config": {"included.custom.audience": service, "access.token.claim": "true"},
            }
        ],
    }


def _client(client_id: str, secret: str) -> Json:
    if not secret:
        raise ValueError(f"client {client_id} has no secret")
    return {
        "clientId": client_id,
        "enabled": True,
        "protocol": "openid-connect",
        "publicClient": False,
        "clientAuthenticatorType": "client-secret",
        "secret": secret,
        "standardFlowEnabled": False,
        "implicitFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "serviceAccountsEnabled": False,
        "fullScopeAllowed": True,
        "redirectUris": [],
        "webOrigins": [],
        "optionalClientScopes": [],
    }


def _gateway_client(secret: str, audiences: Sequence[str], addresses: Addresses) -> Json:
    return _client("gateway", secret) | {
        "name": "Full-Service CRM",
        "standardFlowEnabled": True,
        "rootUrl": addresses.public,
        "redirectUris": [f"{addresses.public}/callback"],
        "defaultClientScopes": ["person", *(f"for-{service}" for service in audiences)],
        "attributes": {
            "pkce.code.challenge.method": "S256",
            "post.logout.redirect.uris": f"{addresses.public}/*",
            "backchannel.logout.url": f"{addresses.gateway}/auth-events/backchannel-logout",
            "backchannel.logout.session.required": "true",
            "backchannel.logout.revoke.offline.tokens": "true",
        },
    }


# Keycloak's administration reads rights from the token itself.
_RIGHTS: Json = {
    "name": "rights",
    "protocol": "openid-connect",
    "protocolMapper": "oidc-usermodel-client-role-mapper",
    "config": {
        "usermodel.clientRoleMapping.clientId": "realm-management",
        "claim.name": "resource_access.realm-management.roles",
        "jsonType.label": "String",
        "multivalued": "true",
        "access.token.claim": "true",
    },
}


def _machine_client(machine: Machine, secret: str) -> Json:
    return _client(machine.client_id, secret) | {
        "serviceAccountsEnabled": True,
        "defaultClientScopes": ["person", "machine", *(f"for-{audience}" for audience in machine.audiences)],
        "attributes": {"use.refresh.tokens": "false", "client_credentials.use_refresh_token": "false"},
        **({"protocolMappers": [_RIGHTS]} if machine.rights else {}),
    }


def _machine_user(machine: Machine) -> Json:
    user: Json = {
        "username": f"service-account-{machine.client_id}",
        "enabled": True,
        "serviceAccountClientId": machine.client_id,
        "realmRoles": list(machine.roles),
    }
    return user | ({"clientRoles": {"realm-management": list(machine.rights)}} if machine.rights else {})


def _user(person: Person, credential: Json) -> Json:
    # A Chinese name is one word: as first name alone it stays unbroken in the claim `name`.
    return {
        "username": person.number,
        "enabled": True,
        "firstName": person.name,
        "realmRoles": list(person.roles),
        "credentials": [credential],
    }
