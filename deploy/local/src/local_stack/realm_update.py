"""Brings the realm of an older start up to this release: what the realm file has and the running Keycloak has not.

Keycloak imports a realm once and never looks at the file again. What is missing is added: roles, client scopes, clients,
what a client's own account may do, and what is asked of a password. Whatever an administrator of Keycloak changed stays: a
password that must be longer or shorter than ours, too. Only the addresses of ours follow the settings: the suite may be reached
under another name or port than before, or stand on a new server.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

Json = dict[str, Any]
_REALM = "crm"
_AND = " and "
_TOLD_OF_A_LOGOUT = "backchannel.logout.url"


@dataclass(frozen=True)
class Administration:
    """The administration of one Keycloak, as its first administrator."""

    http: httpx.Client

    @classmethod
    def sign_in(cls, url: str, password: str) -> "Administration":
        """Sign in at `url` (the address with `/auth`)."""
        answer = httpx.post(
            f"{url}/realms/master/protocol/openid-connect/token",
            data={"grant_type": "password", "client_id": "admin-cli", "username": "admin", "password": password},
            timeout=30,
        )
        answer.raise_for_status()
        token = str(answer.json()["access_token"])
        return cls(
            httpx.Client(
                base_url=f"{url}/admin/realms/{_REALM}", headers={"authorization": f"Bearer {token}"}, timeout=30
            )
        )

    def get(self, path: str, **query: str) -> Any:
        """Ask for something."""
        answer = self.http.get(path, params=query)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: object) -> None:
        """Add something."""
        self.http.post(path, json=body).raise_for_status()

    def put(self, path: str, body: object | None = None) -> None:
        """Change something."""
        self.http.put(path, json=body).raise_for_status()


def bring_up_to_date(administration: Administration, realm: Mapping[str, Any]) -> list[str]:
    """Add what is missing and answer its names; nothing the second time."""
    added = _add_roles(administration, realm["roles"]["realm"])
    added += _add_policy(administration, str(realm.get("passwordPolicy", "")))
    added += _add_scopes(administration, realm["clientScopes"])
    added += _add_clients(administration, realm)
    return added + _move_clients(administration, realm["clients"])


def _add_roles(administration: Administration, wanted: list[Json]) -> list[str]:
    known = {role["name"] for role in administration.get("/roles", max="1000")}
    missing = [role for role in wanted if role["name"] not in known]
    for role in missing:
        administration.post("/roles", role)
    return [f"role {role['name']}" for role in missing]


def _add_policy(administration: Administration, wanted: str) -> list[str]:
    """What a password must be, where nothing is said about it yet."""
    have = str(administration.get("").get("passwordPolicy") or "")
    named = {_name(rule) for rule in have.split(_AND)}
    missing = [rule for rule in wanted.split(_AND) if rule and _name(rule) not in named]
    if missing:
        administration.put("", {"passwordPolicy": _AND.join([*filter(None, [have]), *missing])})
    return [f"password policy {rule}" for rule in missing]


def _name(rule: str) -> str:
    return rule.split("(")[0].strip()


def _add_scopes(administration: Administration, wanted: list[Json]) -> list[str]:
    known = {scope["name"] for scope in administration.get("/client-scopes")}
    missing = [scope for scope in wanted if scope["name"] not in known]
    for scope in missing:
        administration.post("/client-scopes", scope)
    return [f"client scope {scope['name']}" for scope in missing]


def _add_clients(administration: Administration, realm: Mapping[str, Any]) -> list[str]:
    known: dict[str, str] = {client["clientId"]: client["id"] for client in administration.get("/clients")}
    added: list[str] = []
    for client in realm["clients"]:
        if client["clientId"] in known:
            added += _add_default_scopes(administration, client, known[client["clientId"]])
        else:
            administration.post("/clients", client)
            added.append(f"client {client['clientId']}")
    known = {client["clientId"]: client["id"] for client in administration.get("/clients")}
    for user in realm["users"]:
        if "serviceAccountClientId" in user:
            added += _add_rights(administration, user, known)
    return added


def _move_clients(administration: Administration, wanted: list[Json]) -> list[str]:
    known: dict[str, Json] = {client["clientId"]: client for client in administration.get("/clients")}
    moved: list[str] = []
    for client in wanted:
        have = known.get(client["clientId"])
        if have is None or not client.get("rootUrl"):
            continue
        there = _moved(have, client)
        if there != have:
            administration.put(f"/clients/{have['id']}", there)
            moved.append(f"address of client {client['clientId']}")
    return moved


def _moved(have: Json, wanted: Json) -> Json:
    """A client as it is, but at our address of now: where browsers come back to, and where a logout is told."""
    after: str = wanted["rootUrl"]
    before: str = have.get("rootUrl") or after

    def follow(text: str) -> str:
        return after + text.removeprefix(before) if text == before or text.startswith(f"{before}/") else text

    told = {name: value for name, value in wanted.get("attributes", {}).items() if name == _TOLD_OF_A_LOGOUT}
    return {
        **have,
        "rootUrl": after,
        "redirectUris": [follow(uri) for uri in have.get("redirectUris", [])],
        "attributes": {**{name: follow(value) for name, value in have.get("attributes", {}).items()}, **told},
    }


def _add_default_scopes(administration: Administration, client: Json, its_id: str) -> list[str]:
    """A new service is a new audience for those who call it."""
    wanted: list[str] = client.get("defaultClientScopes", [])
    have = {scope["name"] for scope in administration.get(f"/clients/{its_id}/default-client-scopes")}
    missing = [name for name in wanted if name not in have]
    if missing:
        ids = {scope["name"]: scope["id"] for scope in administration.get("/client-scopes")}
        for name in missing:
            administration.put(f"/clients/{its_id}/default-client-scopes/{ids[name]}")
    return [f"scope {name} of client {client['clientId']}" for name in missing]


def _add_rights(administration: Administration, user: Json, clients: Mapping[str, str]) -> list[str]:
    """Roles of the realm, and of Keycloak's own clients, for a machine's account."""
    client = user["serviceAccountClientId"]
    account = administration.get(f"/clients/{clients[client]}/service-account-user")["id"]
    groups = {"realm": list(user.get("realmRoles", ()))}
    groups |= {f"clients/{clients[owner]}": list(roles) for owner, roles in user.get("clientRoles", {}).items()}
    added: list[str] = []
    for group, wanted in groups.items():
        path = f"/users/{account}/role-mappings/{group}"
        have = {role["name"] for role in administration.get(path)}
        missing = [name for name in wanted if name not in have]
        if missing:
            offered = administration.get(f"{path}/available")
            administration.post(path, [role for role in offered if role["name"] in missing])
            added += [f"role {name} of client {client}" for name in missing]
    return added
