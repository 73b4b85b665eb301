"""Signing in by a form, at the real older system and at pages that are not what the administrator described."""

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from chassis.tls import trusted
from local_stack.processes import free_port
from support.domain.external_system import ExternalSystem, Outcome
from support.form_sign_in import SignedIn, sign_in
from support.sealing import Credential
from tests.support.older_site import PASSWORD, Site, complaint_handling, serving

pytestmark = pytest.mark.slow

GOOD = Credential("zhang.san", PASSWORD)
FORM = '<form method="post"><input name="j_user"><input type="password" name="j_pass"></form>'


@pytest.fixture(scope="module")
def running() -> Iterator[Site]:
    with complaint_handling() as site:
        yield site


@pytest.fixture
def site(running: Site) -> Site:
    running.complaints.log.clear()
    running.complaints.accounts["zhang.san"] = PASSWORD
    running.complaints.fault = 0
    return running


async def test_the_right_password_brings_the_other_systems_session_and_it_is_good(site: Site) -> None:
    went = await sign_in(site.system(), GOOD)
    assert went.outcome is Outcome.OPENED
    assert len(went.set_cookies) == 1, "the cookie of the form is over with the form"
    assert went.set_cookies[0].startswith("complaints_session=")
    assert "HttpOnly" in went.set_cookies[0]
    assert site.complaints.log == ["signed in zhang.san"], "with the token of its page, and once"
    cookie = went.set_cookies[0].split(";")[0]
    async with httpx.AsyncClient(verify=trusted()) as browser:
        page = await browser.get(f"{site.url}/", headers={"cookie": cookie})
    assert (page.status_code, "zhang.san" in page.text) == (200, True)
    assert PASSWORD not in repr(went)


async def test_a_wrong_password_is_told_from_a_system_that_is_away(site: Site) -> None:
    assert await sign_in(site.system(), Credential("zhang.san", "old")) == SignedIn(Outcome.CREDENTIAL_REFUSED)
    site.complaints.fault = 503
    assert await sign_in(site.system(), GOOD) == SignedIn(Outcome.SYSTEM_UNREACHABLE, cause="SERVER_FAULT")
    away = f"http://localhost:{free_port()}"
    gone = replace(site.system(), login_url=f"{away}/login", start_url=f"{away}/")
    assert await sign_in(gone, GOOD) == SignedIn(Outcome.SYSTEM_UNREACHABLE, cause="NO_CONNECTION")


async def test_cookies_are_given_the_domain_the_administrator_set(site: Site) -> None:
    went = await sign_in(replace(site.system(), cookie_domain="branch.example"), GOOD)
    assert "Domain=branch.example" in went.set_cookies[0]


class Other:
    """A far side whose answers a test decides; remembers everything it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, bytes]] = []
        self.page: Any = lambda: HTMLResponse(FORM)
        self.post: Any = lambda: HTMLResponse("in")
        self.home: Any = lambda: HTMLResponse("in")

    def app(self) -> Starlette:
        async def take(request: Request) -> Response:
            self.asked.append((request.method, request.url.path, await request.body()))
            if request.url.path == "/login":
                return (self.page if request.method == "GET" else self.post)()
            return self.home()

        return Starlette(routes=[Route("/{path:path}", take, methods=["GET", "POST"])])


@pytest.fixture
def other() -> Iterator[tuple[Other, ExternalSystem]]:
    far = Other()
    with serving(far.app()) as url, complaint_handling() as site:
        yield far, replace(site.system(), login_url=f"{url}/login", start_url=f"{url}/")


def with_cookie(answer: Response, line: str = "sid=1; Path=/") -> Response:
    answer.headers.append("set-cookie", line)
    return answer


async def test_a_session_cookie_is_needed(other: tuple[Other, ExternalSystem]) -> None:
    far, system = other
    assert (await sign_in(system, GOOD)).outcome is Outcome.CREDENTIAL_REFUSED
    far.post = lambda: with_cookie(HTMLResponse("in"))
    assert (await sign_in(system, GOOD)).set_cookies == ("sid=1; Path=/",)


@pytest.mark.parametrize(
    "post",
    [
        lambda: with_cookie(HTMLResponse(FORM)),
        lambda: with_cookie(RedirectResponse("/login?error=1", 302)),
        lambda: with_cookie(HTMLResponse("no", 401)),
        lambda: with_cookie(HTMLResponse("no", 403)),
    ],
)
async def test_back_on_the_form_is_a_refusal_whatever_cookie_came(
    other: tuple[Other, ExternalSystem], post: Any
) -> None:
    far, system = other
    far.post = post
    assert (await sign_in(system, GOOD)).outcome is Outcome.CREDENTIAL_REFUSED


async def test_a_first_page_that_asks_again_is_a_refusal(other: tuple[Other, ExternalSystem]) -> None:
    far, system = other
    far.post = lambda: with_cookie(RedirectResponse("/", 302))
    far.home = lambda: RedirectResponse("/login", 302)
    assert (await sign_in(system, GOOD)).outcome is Outcome.CREDENTIAL_REFUSED


async def test_a_page_with_another_password_field_is_no_sign_in_form(other: tuple[Other, ExternalSystem]) -> None:
    far, system = other
    far.post = lambda: with_cookie(RedirectResponse("/", 302))
    far.home = lambda: HTMLResponse('<form action="/password"><input type="password" name="new"></form>')
    assert (await sign_in(system, GOOD)).outcome is Outcome.OPENED


@pytest.mark.parametrize(
    ("login", "start", "target", "outcome"),
    [
        ("/login?do=login", "/login?do=home", "?do=home", Outcome.OPENED),
        ("/login?do=login", "/login?do=home", "/login?do=login", Outcome.CREDENTIAL_REFUSED),
        ("/login", "/login", "/login", Outcome.OPENED),
        ("/login", "/", "login?error=1", Outcome.CREDENTIAL_REFUSED),
    ],
)
async def test_one_program_for_form_and_first_page(
    other: tuple[Other, ExternalSystem], login: str, start: str, target: str, outcome: Outcome
) -> None:
    far, system = other
    url = system.start_url.rstrip("/")
    pages = iter([HTMLResponse(FORM), HTMLResponse("in")])
    far.page = lambda: next(pages)
    far.post = lambda: with_cookie(RedirectResponse(target, 302))
    found = await sign_in(replace(system, login_url=url + login, start_url=url + start), GOOD)
    assert found.outcome is outcome


async def test_no_redirect_takes_the_password_elsewhere(other: tuple[Other, ExternalSystem]) -> None:
    far, system = other
    thief = Other()
    with serving(thief.app()) as elsewhere:
        far.page = lambda: RedirectResponse(f"{elsewhere}/login", 302)
        assert await sign_in(system, GOOD) == SignedIn(Outcome.SYSTEM_UNREACHABLE, cause="FORM_NOT_FOUND")
        far.page = lambda: HTMLResponse(FORM.replace("<form", f'<form action="{elsewhere}/login"'))
        assert await sign_in(system, GOOD) == SignedIn(Outcome.SYSTEM_UNREACHABLE, cause="FORM_NOT_FOUND")
        far.page = lambda: HTMLResponse(FORM)
        far.post = lambda: with_cookie(RedirectResponse(f"{elsewhere}/take", 307))
        await sign_in(system, GOOD)
        assert thief.asked == [], "not even to look"
    assert [method for method, _, _ in far.asked if method == "POST"] == ["POST"]


async def test_the_form_is_also_found_on_the_first_page(other: tuple[Other, ExternalSystem]) -> None:
    far, system = other
    far.page = lambda: Response(status_code=405)
    pages = iter([HTMLResponse(FORM), HTMLResponse("in")])
    far.home = lambda: next(pages)
    far.post = lambda: with_cookie(RedirectResponse("/", 302))
    assert (await sign_in(system, GOOD)).outcome is Outcome.OPENED
    assert [(method, path) for method, path, _ in far.asked] == [
        ("GET", "/login"),
        ("GET", "/"),
        ("POST", "/login"),
        ("GET", "/"),
    ]


async def test_a_form_that_is_not_taken_is_no_wrong_password(other: tuple[Other, ExternalSystem]) -> None:
    far, system = other
    far.post = lambda: with_cookie(Response(status_code=404))
    assert await sign_in(system, GOOD) == SignedIn(Outcome.SYSTEM_UNREACHABLE, cause="FORM_NOT_TAKEN")


async def test_a_name_that_leads_to_the_metadata_of_a_cloud(
    other: tuple[Other, ExternalSystem], monkeypatch: pytest.MonkeyPatch
) -> None:
    far, system = other

    async def found(*_: Any, **__: Any) -> list[Any]:
        return [(2, 1, 6, "", ("169.254.169.254", 80))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found)
    assert await sign_in(system, GOOD) == SignedIn(Outcome.SYSTEM_UNREACHABLE, cause="ADDRESS_FORBIDDEN")
    assert far.asked == []


async def test_a_system_that_never_answers_costs_seconds_and_no_more(other: tuple[Other, ExternalSystem]) -> None:
    _, system = other
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        slow = replace(system, login_url=f"{address}/login", start_url=f"{address}/")
        assert await sign_in(slow, GOOD, within=0.3) == SignedIn(Outcome.SYSTEM_UNREACHABLE, cause="TIMEOUT")


async def test_an_endless_page_is_read_in_part(other: tuple[Other, ExternalSystem]) -> None:
    far, system = other
    far.page = lambda: HTMLResponse(FORM + "x" * 3_000_000)
    far.post = lambda: with_cookie(HTMLResponse("in"))
    assert (await sign_in(system, GOOD)).outcome is Outcome.OPENED


async def test_a_flood_of_cookies_is_cut(other: tuple[Other, ExternalSystem]) -> None:
    far, system = other

    def flood() -> Response:
        answer = HTMLResponse("in")
        for number in range(50):
            with_cookie(answer, f"c{number}=1")
        return with_cookie(answer, f"long={'x' * 5000}")

    far.post = flood
    assert len((await sign_in(system, GOOD)).set_cookies) == 20
