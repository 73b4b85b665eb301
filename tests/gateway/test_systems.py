"""The way into older systems: who may go, where the browser is sent, and which cookies it is handed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import grpc
import grpc.aio
import httpx
import pytest
import pytest_asyncio
from crm.support.v1 import systems_pb2 as pb
from crm.support.v1 import systems_pb2_grpc

from gateway import grpc_door
from gateway.systems import INNER, OPEN, handed_over, public
from local_stack.nats import NatsServer
from tests.gateway.conftest import Suite, suite_in
from tests.gateway.far_side import FarSide, refuse
from tests.gateway.running import Browser

pytestmark = pytest.mark.asyncio(loop_scope="module")
TILE = {"sec_fetch_site": "same-origin", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
THERE = "http://127.0.0.1:9079/home"


@dataclass
class Systems(systems_pb2_grpc.SystemServiceServicer):
    """Answers as a test wishes and remembers who asked."""

    asked: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    location: str = THERE
    cookies: tuple[str, ...] = ("sid=1; HttpOnly; Path=/; SameSite=Lax",)
    refusal: tuple[grpc.StatusCode, str, dict[str, str]] | None = None

    async def OpenSystem(self, request: pb.OpenSystemRequest, context: Any) -> pb.OpenSystemResponse:
        metadata = dict(context.invocation_metadata())
        self.asked.append((request.code, metadata["authorization"][:7], metadata["x-forwarded-for"]))
        if self.refusal is not None:
            code, reason, data = self.refusal
            await refuse(context, code, reason, **data)
        return pb.OpenSystemResponse(location=self.location, set_cookies=self.cookies)

    async def ListMySystems(self, request: pb.ListMySystemsRequest, context: Any) -> pb.ListMySystemsResponse:
        return pb.ListMySystemsResponse(tiles=[pb.SystemTile(code="complaints")])


@dataclass
class Branch:
    """A gateway in front of the far side."""

    suite: Suite
    systems: Systems

    async def person(self) -> Browser:
        browser = Browser(self.suite.browser.origin)
        await browser.sign_in()
        return browser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing(tmp_path_factory: pytest.TempPathFactory, nats_process: NatsServer) -> AsyncIterator[Branch]:
    make: Any = Systems  # its other methods are left unimplemented
    far, systems, server = FarSide(), make(), grpc.aio.server()
    await far.start()
    systems_pb2_grpc.add_SystemServiceServicer_to_server(systems, server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    upstream = {"dispatch": far.address, "customer": far.address, "support": address}
    async with suite_in(tmp_path_factory.mktemp("gateway"), nats_process, far, {"upstream": upstream}) as suite:
        yield Branch(suite, systems)
    await server.stop(None)
    await far.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def branch(standing: Branch) -> Branch:
    standing.systems.__init__()
    return standing


def told(answer: httpx.Response) -> tuple[str, dict[str, str]]:
    assert answer.status_code == 303
    parts = urlsplit(answer.headers["location"])
    return parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()}


async def test_a_tile_leads_to_the_system_with_its_session(branch: Branch) -> None:
    browser = await branch.person()
    browser.raw_cookies.clear()
    answer = await browser.get("/systems/complaints/open", **TILE)
    assert (answer.status_code, answer.headers["location"], answer.content) == (303, THERE, b"")
    assert browser.raw_cookies == ["sid=1; HttpOnly; Path=/; SameSite=Lax"]
    assert branch.systems.asked == [("complaints", "Bearer ", "127.0.0.1")]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec_fetch_site": "cross-site", "sec_fetch_dest": "document"},
        {"sec_fetch_site": "same-site", "sec_fetch_dest": "document"},
        {"sec_fetch_site": "same-origin", "sec_fetch_dest": "image"},
        {"sec_fetch_site": "same-origin", "sec_fetch_dest": "iframe"},
        {"sec_fetch_site": "same-origin", "sec_fetch_dest": "empty"},
    ],
)
async def test_another_page_cannot_send_a_person_in(branch: Branch, headers: dict[str, str]) -> None:
    answer = await (await branch.person()).get("/systems/complaints/open", **headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "ORIGIN_INVALID")
    assert branch.systems.asked == []


async def test_the_address_bar_is_no_other_page(branch: Branch) -> None:
    answer = await (await branch.person()).get("/systems/complaints/open", sec_fetch_site="none")
    assert answer.headers["location"] == THERE


async def test_who_is_not_signed_in_signs_in_and_comes_back(branch: Branch) -> None:
    answer = await Browser(branch.suite.browser.origin).get("/systems/complaints/open", **TILE)
    assert told(answer) == ("/login", {"return_to": "/systems/complaints/open"})
    machine = await Browser(branch.suite.browser.origin).get(
        "/systems/complaints/open", authorization="Bearer a-machines-token", **TILE
    )
    assert told(machine)[0] == "/login", "a bearer token is no person at a browser"
    assert branch.systems.asked == []


Refusal = tuple[grpc.StatusCode, str, dict[str, str]]
TOLD: list[tuple[Refusal, dict[str, str]]] = [
    (
        (grpc.StatusCode.FAILED_PRECONDITION, "CREDENTIAL_WANTED", {"cause": "REFUSED"}),
        {"reason": "CREDENTIAL_WANTED", "cause": "REFUSED"},
    ),
    (
        (grpc.StatusCode.FAILED_PRECONDITION, "SYSTEM_UNREACHABLE", {"cause": "TIMEOUT"}),
        {"reason": "SYSTEM_UNREACHABLE", "cause": "TIMEOUT"},
    ),
    ((grpc.StatusCode.NOT_FOUND, "NOT_FOUND", {}), {"reason": "NOT_FOUND"}),
    ((grpc.StatusCode.PERMISSION_DENIED, "PERSON_INACTIVE", {}), {"reason": "PERSON_INACTIVE"}),
]


@pytest.mark.parametrize(("refusal", "query"), TOLD)
async def test_what_goes_wrong_is_told_by_a_page(branch: Branch, refusal: Refusal, query: dict[str, str]) -> None:
    branch.systems.refusal = refusal
    browser = await branch.person()
    browser.raw_cookies.clear()
    answer = await browser.get("/systems/complaints/open", **TILE)
    assert told(answer) == ("/systems/complaints/credential", query)
    assert browser.raw_cookies == []
    assert len(branch.systems.asked) == 1, "a wrong password must not be tried twice"


@pytest.mark.parametrize(
    "location", ["javascript:alert(1)", "/relative", "", "http://", "ftp://x/", "http://x/\r\ny: z"]
)
async def test_a_browser_is_sent_to_web_addresses_alone(branch: Branch, location: str) -> None:
    branch.systems.location = location
    answer = await (await branch.person()).get("/systems/complaints/open", **TILE)
    assert told(answer) == ("/systems/complaints/credential", {"reason": "SYSTEM_ADDRESS_INVALID"})


@pytest.mark.parametrize("code", ["a..b", "a b", "x" * 41, "ä"])
async def test_codes_that_are_none(branch: Branch, code: str) -> None:
    answer = await (await branch.person()).get(f"/systems/{code}/open", **TILE)
    assert answer.status_code == 404
    assert branch.systems.asked == []


async def test_no_public_door_answers_sessions_of_other_systems(branch: Branch) -> None:
    browser = await branch.person()
    headers = {"content_type": "application/json", "origin": browser.origin, "x_csrf_token": browser.csrf}
    refused = await browser.post(f"/rpc{OPEN}", b'{"code": "complaints"}', **headers)
    assert (refused.status_code, refused.json()["details"][0]["debug"]["reason"]) == (404, "ROUTE_NOT_FOUND")
    tiles = await browser.post("/rpc/crm.support.v1.SystemService/ListMySystems", b"{}", **headers)
    assert tiles.json() == {"tiles": [{"code": "complaints"}]}, "the other methods are open"

    gateway = branch.suite.gateway
    settings = gateway.settings.model_copy(update={"grpc_port": 0})
    calls = grpc_door.Calls(settings, public(gateway.upstreams.routes), gateway.log)

    class Details:
        method = OPEN

    details: Any = Details()
    assert calls.service(details) is None
    assert set(gateway.upstreams.routes) - set(public(gateway.upstreams.routes)) == INNER
    assert branch.systems.asked == []


async def test_cookies_of_ours_and_of_the_identity_provider_are_never_handed_over() -> None:
    lines = [
        "__Host-crm=stolen; Path=/; Secure", "__host-CRM-login.x=1", "KEYCLOAK_IDENTITY=1; Path=/auth/realms/crm/",
        "KC_RESTART=1", "AUTH_SESSION_ID=1", "good=1; Path=/app",
    ]  # fmt: skip
    assert handed_over(lines, "localhost") == ["good=1; Path=/app"]


@pytest.mark.parametrize(
    ("host", "line", "handed"),
    [
        ("crm.branch.example", "a=1; Domain=branch.example; Path=/", "a=1; Domain=branch.example; Path=/"),
        ("crm.branch.example", "a=1; Domain=.branch.example", "a=1; Domain=.branch.example"),
        ("crm.branch.example", "a=1; Domain=other.example", "a=1"),
        ("crm.branch.example", "a=1; Domain=example.", "a=1"),
        ("crm.branch.example", "a=1; Domain=ranch.example", "a=1"),
        ("crm.branch.example", "a=1; Domain=complaints.branch.example", "a=1"),
        ("localhost", "a=1; Domain=localhost", "a=1"),
        ("10.1.1.1", "a=1; Domain=10.1.1.1", "a=1"),
        ("localhost", "a=1; Max-Age=60; Secure; HttpOnly; SameSite=Strict; Path=/x", None),
    ],
)
async def test_the_domain_of_a_cookie(host: str, line: str, handed: str | None) -> None:
    (found,) = handed_over([line], host)
    wanted = line if handed is None else handed
    assert {part.strip().lower() for part in found.split(";")} == {part.strip().lower() for part in wanted.split(";")}


async def test_cookies_that_are_none() -> None:
    assert handed_over(["", "no value here", "a=1\r\nset-cookie: b=2", "x" * 5000, "a=1; b=2"], "localhost") == []
    assert len(handed_over([f"c{number}=1" for number in range(50)], "localhost")) == 20
