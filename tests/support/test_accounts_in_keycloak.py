"""Staff and the real Keycloak: a joiner's first sign-in, a suspension that ends a session, drift, and a realm of an older start."""

import html
import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from crm.support.v1 import organisation_pb2 as pb
from crm.support.v1 import support_pb2

from local_stack.realm_update import Administration, bring_up_to_date
from tests.person import CallRefused, Person, SignInRefused, machine_token
from tests.rig import Rig, running

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]
ORGANISATION, SUPPORT = "crm.support.v1.OrganisationService/", "crm.support.v1.SupportService/"
_FORM = re.compile(r'<form[^>]*\baction="([^"]+)"')
UNITS = [
    support_pb2.UnitRow(code="BR", name="云州分公司", kind=support_pb2.UNIT_KIND_BRANCH),
    support_pb2.UnitRow(code="B01", name="鼓楼局", kind=support_pb2.UNIT_KIND_BUREAU, parent_code="BR"),
]
STAFF = [
    support_pb2.StaffRow(staff_number="admin", name="何静", unit_code="BR", roles=["administrator"]),
    support_pb2.StaffRow(staff_number="m001", name="王敏", unit_code="B01", roles=["customer_manager"]),
]


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    only = ("--only", "postgres,nats,keycloak,support,gateway")
    with running(customers=1, arguments=only) as found:
        _bring_in(found)
        yield found


@pytest.fixture(scope="module")
def realm(rig: Rig) -> Iterator[Administration]:
    password = (rig.home / "secrets" / "keycloak" / "admin_password").read_text(encoding="utf-8").strip()
    found = Administration.sign_in(f"http://127.0.0.1:{rig.port('keycloak')}/auth", password)
    yield found
    found.http.close()


@pytest.fixture(scope="module")
def admin(rig: Rig) -> Iterator[Person]:
    with Person(rig.url, "admin", rig.password) as found:
        yield found


def _bring_in(rig: Rig) -> None:
    token = machine_token(rig.token_url, "ods-files", rig.client_secret("ods-files"))
    request = support_pb2.ImportOrganisationRequest(request_id="first", units=UNITS, staff=STAFF)
    until(lambda: _import(rig, token, request) == 200)


def _import(rig: Rig, token: str, request: support_pb2.ImportOrganisationRequest) -> int:
    return httpx.post(
        f"{rig.url}/rpc/crm.support.v1.SupportService/ImportOrganisation",
        content=request.SerializeToString(),
        headers={"content-type": "application/proto", "authorization": f"Bearer {token}"},
        timeout=30,
    ).status_code


def until(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.1)


def joined(admin: Person, number: str) -> str:
    """Takes somebody on and waits for the account; answers the first password."""
    units = admin.call(SUPPORT + "ListUnits", support_pb2.ListUnitsRequest(), support_pb2.ListUnitsResponse)
    member = pb.StaffMember(
        staff_number=number, name="孙洁", unit_id=units.units[-1].id, positions=["customer_manager"]
    )
    request = pb.CreateStaffMemberRequest(request_id=f"join-{number}", member=member)
    answer = admin.call(ORGANISATION + "CreateStaffMember", request, pb.CreateStaffMemberResponse)
    assert answer.first_password
    until(lambda: account_of(admin, number) == pb.ACCOUNT_STATE_IN_STEP)
    return answer.first_password


def account_of(admin: Person, number: str) -> int:
    request = pb.GetStaffMemberRequest(staff_number=number)
    return admin.call(ORGANISATION + "GetStaffMember", request, pb.GetStaffMemberResponse).member.account


def first_sign_in(rig: Rig, number: str, password: str, new: str) -> Person:
    """Signs in, is asked for a new password, and goes on to the portal."""
    person = Person(rig.url, number, password)
    answer = person.send_form()
    page = person.http.get(answer.headers["location"], follow_redirects=True)
    assert 'name="password-new"' in page.text, "nobody asked for a new password"
    found = _FORM.search(page.text)
    assert found is not None
    form = {"password-new": new, "password-confirm": new}
    answer = person.http.post(html.unescape(found.group(1)), data=form)
    person.http.get(answer.headers["location"], follow_redirects=True)
    session = person.http.get("/session")
    assert session.status_code == 200, session.text
    person.csrf = session.json()["csrf"]
    return person


def me(person: Person) -> support_pb2.GetMeResponse:
    return person.call(SUPPORT + "GetMe", support_pb2.GetMeRequest(), support_pb2.GetMeResponse)


def suspend(admin: Person, number: str, *, suspended: bool) -> None:
    request = pb.SuspendStaffMemberRequest(staff_number=number, suspended=suspended, reason="调查")
    admin.call(ORGANISATION + "SuspendStaffMember", request, pb.SuspendStaffMemberResponse)


def test_a_joiner_signs_in_once_with_the_first_password_and_must_change_it(rig: Rig, admin: Person) -> None:
    password = joined(admin, "m900")
    person = first_sign_in(rig, "m900", password, "my-own-password-9")
    assert me(person).person.name == "孙洁"
    person.http.close()
    with pytest.raises(SignInRefused), Person(rig.url, "m900", password):
        pass
    with Person(rig.url, "m900", "my-own-password-9") as again:
        assert list(me(again).person.roles) == ["customer_manager"]


def test_a_suspended_person_is_refused_at_once_and_signed_out(rig: Rig, admin: Person) -> None:
    person = first_sign_in(rig, "m901", joined(admin, "m901"), "my-own-password-9")
    list_staff = support_pb2.ListStaffRequest()
    person.call(SUPPORT + "ListStaff", list_staff, support_pb2.ListStaffResponse)
    suspend(admin, "m901", suspended=True)
    with pytest.raises(CallRefused) as refused:
        person.call(SUPPORT + "ListStaff", list_staff, support_pb2.ListStaffResponse)
    assert refused.value.status in {401, 403}
    until(lambda: person.http.get("/session").status_code == 401)
    person.http.close()
    with pytest.raises(SignInRefused), Person(rig.url, "m901", "my-own-password-9"):
        pass
    suspend(admin, "m901", suspended=False)
    until(lambda: account_of(admin, "m901") == pb.ACCOUNT_STATE_IN_STEP)
    with Person(rig.url, "m901", "my-own-password-9") as again:
        assert me(again).person.active


def test_drift_is_repaired_and_reported(admin: Person, realm: Administration) -> None:
    joined(admin, "m902")
    (account,) = realm.get("/users", username="m902", exact="true")
    realm.put(f"/users/{account['id']}", {**account, "enabled": False, "firstName": "别人"})
    offered = {role["name"]: role for role in realm.get("/roles", max="1000")}
    realm.post(f"/users/{account['id']}/role-mappings/realm", [offered["administrator"]])
    realm.post("/users", {"username": "stranger", "enabled": True})
    swept = admin.call(ORGANISATION + "SweepAccounts", pb.SweepAccountsRequest(), pb.SweepAccountsResponse)
    assert swept.repaired >= 3
    (account,) = realm.get("/users", username="m902", exact="true")
    assert (account["enabled"], account["firstName"]) == (True, "孙洁")
    roles = {role["name"] for role in realm.get(f"/users/{account['id']}/role-mappings/realm")}
    assert "administrator" not in roles
    assert "customer_manager" in roles
    request = pb.ListAccountDriftRequest()
    request.page.size = 200
    listed = admin.call(ORGANISATION + "ListAccountDrift", request, pb.ListAccountDriftResponse)
    found = {(each.staff_number, each.what, each.repaired) for each in listed.drifts}
    assert {("m902", "ENABLED", True), ("m902", "NAME", True), ("m902", "ROLES", True)} <= found
    # Known to nobody here: told of, and left alone.
    assert ("stranger", "ACCOUNT_UNKNOWN", False) in found
    assert realm.get("/users", username="stranger", exact="true")
    assert listed.HasField("swept_at")


def test_a_realm_of_an_older_start_gets_what_this_release_needs(rig: Rig, admin: Person, realm: Administration) -> None:
    file = rig.home / "data" / "keycloak" / "data" / "import" / "crm-realm.json"
    wanted: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    assert bring_up_to_date(realm, wanted) == []
    (client,) = realm.get("/clients", clientId="svc-support-accounts")
    realm.http.delete(f"/clients/{client['id']}").raise_for_status()
    realm.http.delete("/roles/editor").raise_for_status()
    realm.put("", {"passwordPolicy": ""})
    added = bring_up_to_date(realm, wanted)
    assert {"role editor", "client svc-support-accounts"} <= set(added)
    assert "role manage-users of client svc-support-accounts" in added
    assert {"password policy length(10)", "password policy notUsername(undefined)"} <= set(added)
    assert realm.get("")["passwordPolicy"] == wanted["passwordPolicy"]
    assert bring_up_to_date(realm, wanted) == []
    elsewhere = json.loads(json.dumps(wanted).replace(rig.url, "https://crm.branch.example"))
    assert bring_up_to_date(realm, elsewhere) == ["address of client gateway"]
    (client,) = realm.get("/clients", clientId="gateway")
    assert client["redirectUris"] == ["https://crm.branch.example/callback"]
    assert bring_up_to_date(realm, wanted) == ["address of client gateway"]
    assert bring_up_to_date(realm, wanted) == []
    # The client's rights are what support needs.
    swept = admin.call(ORGANISATION + "SweepAccounts", pb.SweepAccountsRequest(), pb.SweepAccountsResponse)
    assert swept.compared > 2
