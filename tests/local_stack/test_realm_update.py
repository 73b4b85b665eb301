"""What is asked of a password, and where we are, reaches a realm that was imported before. Keycloak is played; the real one takes it
in tests/support/test_accounts_in_keycloak.py.
"""

import json
from typing import Any

import httpx
import pytest

from local_stack.realm_update import Administration, bring_up_to_date

REALM: dict[str, Any] = {
    "passwordPolicy": "length(10) and notUsername(undefined)",
    "roles": {"realm": []},
    "clientScopes": [],
    "clients": [],
    "users": [],
}


class Keycloak:
    """A realm without anything but its policy."""

    def __init__(self, policy: str | None) -> None:
        self.policy, self.written = policy, list[object]()

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.rstrip("/")
        if request.method == "PUT":
            assert path == "/admin/realms/crm"
            self.written.append(body := json.loads(request.content))
            self.policy = body["passwordPolicy"]
            return httpx.Response(204)
        told = {} if self.policy is None else {"passwordPolicy": self.policy}
        return httpx.Response(200, json=told if path == "/admin/realms/crm" else [])


@pytest.mark.parametrize(
    ("old", "added", "new"),
    [
        (None, ["length(10)", "notUsername(undefined)"], "length(10) and notUsername(undefined)"),
        ("", ["length(10)", "notUsername(undefined)"], "length(10) and notUsername(undefined)"),
        ("length(14)", ["notUsername(undefined)"], "length(14) and notUsername(undefined)"),
        (
            "upperCase(1) and length(8) and notUsername(undefined)",
            [],
            "upperCase(1) and length(8) and notUsername(undefined)",
        ),
    ],
    ids=["never asked", "empty", "longer by an administrator", "an administrator's own"],
)
def test_an_older_realm_asks_the_same_of_passwords(old: str | None, added: list[str], new: str) -> None:
    keycloak = Keycloak(old)
    with httpx.Client(
        base_url="http://keycloak/admin/realms/crm",
        transport=httpx.MockTransport(keycloak.answer),
    ) as http:
        administration = Administration(http)
        assert bring_up_to_date(administration, REALM) == [f"password policy {rule}" for rule in added]
        assert keycloak.policy == new
        assert bring_up_to_date(administration, REALM) == [], "nothing the second time"
    assert len(keycloak.written) == bool(added)


def gateway(public: str, inside: str, more: str = "") -> dict[str, Any]:
    """The client of the portal; an administrator of Keycloak may have added an address of their own."""
    return {
        "clientId": "gateway",
        "rootUrl": public,
        "redirectUris": [f"{public}/callback", *filter(None, [more])],
        "attributes": {
            "post.logout.redirect.uris": f"{public}/*",
            "backchannel.logout.url": f"{inside}/auth-events/backchannel-logout",
            "pkce.code.challenge.method": "S256",
        },
    }


class Moving:
    """A realm with one client."""

    def __init__(self, client: dict[str, Any]) -> None:
        self.client = {"id": "7", **client}

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.rstrip("/").removeprefix("/admin/realms/crm")
        if request.method == "PUT":
            assert path == "/clients/7"
            self.client = json.loads(request.content)
            return httpx.Response(204)
        if path == "":
            return httpx.Response(200, json={"passwordPolicy": REALM["passwordPolicy"]})
        return httpx.Response(200, json=[self.client] if path == "/clients" else [])


def test_a_suite_that_moved_is_come_back_to() -> None:
    keycloak = Moving(gateway("https://old.branch:8443", "https://gateway:1", "https://old.branch:84430/callback"))
    wanted = {**REALM, "clients": [gateway("https://new.branch", "https://gateway:2")]}
    with httpx.Client(
        base_url="http://keycloak/admin/realms/crm", transport=httpx.MockTransport(keycloak.answer)
    ) as http:
        administration = Administration(http)
        assert bring_up_to_date(administration, wanted) == ["address of client gateway"]
        # What is not ours only looks like it.
        moved = gateway("https://new.branch", "https://gateway:2", "https://old.branch:84430/callback")
        assert keycloak.client == {"id": "7", **moved}
        assert bring_up_to_date(administration, wanted) == [], "nothing the second time"
