"""The realm file: what Keycloak is told. That it takes it is shown by every journey that logs in."""

import base64
import hashlib
import json
from collections.abc import Mapping

import pytest

from local_stack import realm

MACHINES = realm.machines(("dispatch", "customer", "support"))
SECRETS = {name: f"secret-of-{name}" for name in ("gateway", *(machine.client_id for machine in MACHINES))}
PEOPLE = [realm.Person("m001", "王敏", ("customer_manager",)), realm.Person("admin", "何静", ("administrator",))]
ADDRESSES = realm.Addresses("http://localhost:8080", "http://127.0.0.1:8080")


def rendered(secrets: Mapping[str, str] = SECRETS) -> realm.Json:
    return realm.render(realm.template(), MACHINES, secrets, PEOPLE, {"type": "password"}, ADDRESSES)


def client(name: str) -> realm.Json:
    return next(one for one in rendered()["clients"] if one["clientId"] == name)


def test_the_template_holds_no_secret_no_client_and_no_person() -> None:
    template = realm.template()
    assert "clients" not in template
    assert "users" not in template
    text = json.dumps(template)
    assert "secret" not in text
    assert "credentials" not in text


def test_a_client_without_a_secret_is_refused() -> None:
    with pytest.raises(KeyError):
        rendered(secrets={})
    with pytest.raises(ValueError, match="gateway has no secret"):
        rendered(secrets={**SECRETS, "gateway": ""})


def test_rendering_leaves_the_template_alone() -> None:
    template = realm.template()
    realm.render(template, MACHINES, SECRETS, PEOPLE, {}, ADDRESSES)
    assert template == realm.template()


def test_guessing_passwords_is_stopped_after_five() -> None:
    found = rendered()
    assert found["bruteForceProtected"] is True
    assert found["failureFactor"] == 5
    assert found["waitIncrementSeconds"] >= 60


def test_a_password_of_ones_own_is_not_a_trifle() -> None:
    assert rendered()["passwordPolicy"] == "length(10) and notUsername(undefined)"


def test_tokens_are_short_and_a_refresh_token_serves_once() -> None:
    found = rendered()
    assert found["accessTokenLifespan"] == 300
    assert (found["revokeRefreshToken"], found["refreshTokenMaxReuse"]) == (True, 0)
    assert (found["ssoSessionIdleTimeout"], found["ssoSessionMaxLifespan"]) == (30 * 60, 12 * 3600)


def test_sign_ins_are_recorded() -> None:
    found = rendered()
    assert found["eventsEnabled"] is True
    assert {"LOGIN", "LOGIN_ERROR", "LOGOUT"} <= set(found["enabledEventTypes"])


def test_chinese_first_english_complete() -> None:
    found = rendered()
    assert (found["supportedLocales"], found["defaultLocale"]) == (["zh-CN", "en"], "zh-CN")


def test_people_come_in_through_the_gateway_with_code_and_pkce_alone() -> None:
    for one in rendered()["clients"]:
        assert one["publicClient"] is False
        assert one["implicitFlowEnabled"] is False
        assert one["directAccessGrantsEnabled"] is False
        assert one["standardFlowEnabled"] is (one["clientId"] == "gateway")
    gateway = client("gateway")
    assert gateway["attributes"]["pkce.code.challenge.method"] == "S256"
    assert gateway["redirectUris"] == ["http://localhost:8080/callback"]
    assert gateway["attributes"]["backchannel.logout.url"] == "http://127.0.0.1:8080/auth-events/backchannel-logout"
    assert gateway["secret"] == "secret-of-gateway"


def test_each_machine_has_its_own_client_audiences_and_role() -> None:
    table = {one["clientId"]: set(one["defaultClientScopes"]) for one in rendered()["clients"]}
    assert table["gnet-crm"] == {"person", "machine", "for-gateway", "for-dispatch"}
    assert table["fixed-line-dispatch"] == {"person", "machine", "for-gateway", "for-dispatch"}
    assert "for-customer" in table["ods-files"]
    assert {"svc-dispatch", "svc-customer", "svc-support", "svc-gateway"} <= set(table)
    roles = {user["username"]: user["realmRoles"] for user in rendered()["users"]}
    assert roles["service-account-gnet-crm"] == ["external_system"]
    assert roles["service-account-ods-files"] == ["external_system", "importer"]
    assert roles["service-account-svc-dispatch"] == ["service"]
    assert roles["m001"] == ["customer_manager"]


def test_one_client_alone_may_keep_accounts_and_no_service_takes_its_tokens() -> None:
    users = {user["username"]: user.get("clientRoles", {}) for user in rendered()["users"]}
    keeper = users.pop("service-account-svc-support-accounts")
    assert keeper == {"realm-management": ["manage-users", "view-users", "query-users", "view-realm", "view-events"]}
    assert not any(users.values())
    accounts = client("svc-support-accounts")
    assert set(accounts["defaultClientScopes"]) == {"person", "machine"}
    (mapper,) = accounts["protocolMappers"]
    assert mapper["config"]["claim.name"] == "resource_access.realm-management.roles"


def test_every_scope_and_role_that_is_used_is_declared() -> None:
    found = rendered()
    scopes = {scope["name"] for scope in found["clientScopes"]}
    roles = {role["name"] for role in found["roles"]["realm"]}
    assert {scope for one in found["clients"] for scope in one["defaultClientScopes"]} <= scopes
    assert {role for user in found["users"] for role in user["realmRoles"]} <= roles


def test_a_new_service_gets_its_client_and_its_audience() -> None:
    names = {machine.client_id: machine for machine in realm.machines(("dispatch", "content"))}
    assert names["svc-content"].audiences == ("gateway", "dispatch", "content")


def test_the_password_is_hashed_as_keycloak_checks_it() -> None:
    credential = realm.password_credential("open sesame", b"salt-of-16-bytes")
    secret, how = json.loads(credential["secretData"]), json.loads(credential["credentialData"])
    assert "open sesame" not in json.dumps(credential)
    expected = hashlib.pbkdf2_hmac(
        "sha512", b"open sesame", base64.b64decode(secret["salt"]), how["hashIterations"], 64
    )
    assert base64.b64decode(secret["value"]) == expected
    assert how["algorithm"] == "pbkdf2-sha512"
