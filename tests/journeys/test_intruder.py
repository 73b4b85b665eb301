"""Who has no right gets nothing: not at the portal, not at the gateway's gRPC door, not at a service's own port."""

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import grpc
import httpx
import pytest
from crm.dispatch.v1 import dispatch_pb2, dispatch_pb2_grpc
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.person import CallRefused, Person, SignInRefused, machine_token
from tests.rig import Rig

LIST = "/rpc/crm.dispatch.v1.DispatchService/ListTasks"
GET = "crm.dispatch.v1.DispatchService/GetTask"


def first_task(rig: Rig, number: str) -> dispatch_pb2.Task:
    with Person(rig.url, number, rig.password) as person:
        request = dispatch_pb2.ListTasksRequest(bucket=dispatch_pb2.TASK_BUCKET_TODO, mine=True)
        return person.call(LIST.removeprefix("/rpc/"), request, dispatch_pb2.ListTasksResponse).tasks[0]


def test_without_a_session_nothing_is_answered(rig: Rig) -> None:
    for headers in ({}, {"cookie": "__Host-crm=" + "x" * 43}, {"authorization": "Bearer x.y.z"}):
        answer = httpx.post(rig.url + LIST, json={}, headers={"origin": rig.url, **headers})
        assert answer.status_code == 401, headers
        assert answer.json()["code"] == "unauthenticated"


def test_another_bureaus_task_is_not_there(rig: Rig) -> None:
    task = first_task(rig, "m001")
    with Person(rig.url, "c08", rig.password) as chief, Person(rig.url, "c01", rig.password) as own_chief:
        request = dispatch_pb2.GetTaskRequest(id=task.id)
        assert own_chief.call(GET, request, dispatch_pb2.GetTaskResponse).task.id == task.id
        with pytest.raises(CallRefused) as caught:
            chief.call(GET, request, dispatch_pb2.GetTaskResponse)
        assert (caught.value.code, caught.value.reason) == ("not_found", "NOT_FOUND")


@pytest.mark.parametrize(
    "headers", [{"x-csrf-token": ""}, {"x-csrf-token": "a" * 43}, {"origin": "http://evil.example"}]
)
def test_a_call_another_site_made_the_browser_send_is_refused(rig: Rig, headers: dict[str, str]) -> None:
    with Person(rig.url, "m001", rig.password) as person:
        sent = {**person.headers, "content-type": "application/json", **headers}
        answer = person.http.post(LIST, content=b"{}", headers={name: value for name, value in sent.items() if value})
        assert answer.status_code == 403
        good = person.http.post(LIST, content=b"{}", headers={**person.headers, "content-type": "application/json"})
        assert good.status_code == 200


def test_a_code_that_was_used_is_worth_nothing(rig: Rig) -> None:
    person, stranger = (Person(rig.url, "m001", rig.password) for _ in range(2))
    callback = person.send_form().headers["location"]
    assert "code" in parse_qs(urlsplit(callback).query)
    assert person.http.get(callback).is_redirect
    assert person.http.get("/session").status_code == 200
    # Who is signed in is simply sent home; with the code nothing happens.
    before = dict(person.http.cookies)["__Host-crm"]
    assert person.http.get(callback).headers["location"] == "/"
    assert dict(person.http.cookies)["__Host-crm"] == before
    replayed = stranger.http.get(callback)
    assert replayed.status_code >= 400 or "/login" in replayed.headers.get("location", "")
    assert stranger.http.get("/session").status_code == 401
    for one in (person, stranger):
        one.http.close()


def refused(port: int, metadata: tuple[tuple[str, str], ...]) -> str:
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub: Any = dispatch_pb2_grpc.DispatchServiceStub(channel)  # type: ignore[arg-type]  # the stub is typed for aio
        with pytest.raises(grpc.RpcError) as caught:
            stub.ListTasks(dispatch_pb2.ListTasksRequest(), metadata=metadata, timeout=10)
        return str(caught.value.code().name)  # type: ignore[attr-defined]  # a call error


@pytest.mark.parametrize("door", ["dispatch", "gateway_grpc"])
def test_the_grpc_ports_believe_nobody_without_a_good_token(rig: Rig, door: str) -> None:
    now = int(time.time())
    forged = jwt.encode(
        {"alg": "RS256", "kid": "forged"},
        {
            "iss": rig.state()["issuer"],
            "aud": ["dispatch"],
            "typ": "Bearer",
            "exp": now + 300,
            "preferred_username": "admin",
            "realm_access": {"roles": ["administrator", "supervisor"]},
        },
        RSAKey.generate_key(2048),
    )
    unsigned = forged.rsplit(".", 1)[0] + "."
    assert refused(rig.port(door), ()) == "UNAUTHENTICATED"
    for token in (forged, unsigned, "nonsense"):
        assert refused(rig.port(door), (("authorization", f"Bearer {token}"),)) == "UNAUTHENTICATED"


def test_a_machine_may_do_its_own_work_only(rig: Rig) -> None:
    token = machine_token(rig.token_url, "gnet-crm", rig.client_secret("gnet-crm"))
    assert refused(rig.port("dispatch"), (("authorization", f"Bearer {token}"),)) == "PERMISSION_DENIED"
    answer = httpx.get(
        rig.url + "/tmf-api/workOrderManagement/v4/workOrder?limit=1", headers={"authorization": f"Bearer {token}"}
    )
    assert answer.status_code in (200, 206)


def test_guessing_passwords_locks_the_account_for_a_while(rig: Rig) -> None:
    for password in (*["wrong-password"] * 5, rig.password):
        with pytest.raises(SignInRefused), Person(rig.url, "m119", password):
            pass


def test_signing_out_ends_the_session_here_and_at_keycloak(rig: Rig) -> None:
    with Person(rig.url, "m004", rig.password) as person:
        location = person.http.post("/logout", headers=person.headers).json()["location"]
        assert person.http.get("/session").status_code == 401
        person.http.get(location, follow_redirects=True)
        # Keycloak asks for the password again.
        assert "kc-login" in person.http.get("/login", follow_redirects=True).text


def test_the_administration_of_keycloak_is_not_reachable(rig: Rig) -> None:
    for path in ("/auth/admin/", "/auth/realms/master/account", "/auth/metrics", "/auth/realms/crm/../master/account"):
        assert httpx.get(rig.url + path).status_code == 404, path


def test_pages_carry_a_strict_policy_and_no_token(rig: Rig) -> None:
    with Person(rig.url, "m001", rig.password) as person:
        page = person.http.get("/")
        policy = page.headers["content-security-policy"]
        assert "unsafe-inline" not in policy
        assert "frame-ancestors 'none'" in policy
        session = person.http.get("/session")
        assert "eyJ" not in session.text + page.text
        assert "eyJ" not in dict(person.http.cookies)["__Host-crm"]
        signed_in = person.http.get("/login", follow_redirects=False)
        assert signed_in.is_redirect
    with httpx.Client(base_url=rig.url) as http:
        set_cookie = http.get("/login").headers["set-cookie"]
        for word in ("__Host-", "Secure", "HttpOnly", "SameSite", "Path=/"):
            assert word.lower() in set_cookie.lower(), word
