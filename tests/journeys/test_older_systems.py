"""One way in to the older systems: each kind of tile in a real browser, against systems of our own on their real protocols."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from crm.support.v1 import systems_events_pb2 as events
from crm.support.v1 import systems_pb2 as pb
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Branch, Visitor
from tests.otlp import Sink
from tests.person import CallRefused, Person
from tests.rig import Rig

SERVICE = "crm.support.v1.SystemService"
# Known nowhere else: where it is found, somebody let it out.
CANARY = "canary-9d1f-秘-Pw"


def complaints(rig: Rig) -> str:
    """Where complaint handling is: nine ports above the gateway (local_stack.layout)."""
    return f"http://localhost:{rig.port('gateway') + 9}"


def switch(rig: Rig, path: str, **fields: str) -> None:
    httpx.post(f"{complaints(rig)}/admin/{path}", data=fields, timeout=10).raise_for_status()


@pytest.fixture
def m003(branch: Branch, rig: Rig) -> Iterator[Visitor]:
    switch(rig, "passwords", user="m003", password=CANARY)
    yield branch.enter("m003")
    switch(rig, "passwords", user="m003", password=rig.password)


def through_tile(page: Page, title: str) -> Page:
    """Clicks a tile of the home page and answers the tab it opens."""
    page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + "/")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name=re.compile(title)).click()
    tab = opened.value
    tab.wait_for_load_state()
    return tab


@pytest.mark.parametrize(("title", "way"), [("管线资源", "OpenID Connect"), ("计费查询", "SAML 2.0")])
def test_single_sign_on_asks_for_nothing(branch: Branch, title: str, way: str) -> None:
    visitor = branch.enter("m002")
    tab = through_tile(visitor.page, title)
    expect(tab.locator("#who")).to_have_text("周建平")
    expect(tab.locator("#number")).to_have_text("m002")
    expect(tab.get_by_text(way)).to_be_visible()
    assert visitor.errors == []


def test_a_stored_password_is_entered_once_and_asked_for_again_when_it_was_changed(
    m003: Visitor, rig: Rig, sink: Sink
) -> None:
    page = m003.page
    tab = through_tile(page, "投诉处理")
    expect(tab).to_have_url(re.compile("/systems/complaints/credential"))
    tab.locator("#credential-user").fill("m003")
    tab.locator("#credential-password").fill(CANARY)
    m003.shot("credential-zh-desktop")
    tab.get_by_role("button", name=re.compile("进入|打开")).click()
    expect(tab.locator("#who")).to_have_text("m003")
    assert tab.url.startswith(complaints(rig))
    names = {cookie.get("name") for cookie in page.context.cookies()}
    assert {"complaints_session", "__Host-crm"} <= names

    page.context.clear_cookies(name="complaints_session")
    expect(through_tile(page, "投诉处理").locator("#who")).to_have_text("m003")

    switch(rig, "passwords", user="m003", password="another")
    page.context.clear_cookies(name="complaints_session")
    again = through_tile(page, "投诉处理")
    expect(again).to_have_url(re.compile("reason=CREDENTIAL_WANTED&cause=REFUSED"))
    switch(rig, "fault", status="503")
    again.locator("#credential-user").fill("m003")
    again.locator("#credential-password").fill("another")
    again.get_by_role("button", name=re.compile("进入|打开")).click()
    expect(again).to_have_url(re.compile("reason=SYSTEM_UNREACHABLE"))
    switch(rig, "fault", status="0")
    assert m003.errors == []

    assert outcomes(rig, "m003") == [
        "CREDENTIAL_WANTED", "OPENED", "OPENED", "CREDENTIAL_REFUSED", "SYSTEM_UNREACHABLE",
    ]  # fmt: skip
    assert leaks(rig, sink, CANARY) == []
    assert "support.credentials" in leaks(rig, sink, "m003"), "what is looked for is found where it is"


def outcomes(rig: Rig, number: str) -> list[str]:
    """Every use as it was announced, in its order."""
    with rig.database("support") as database:
        rows = database.execute(
            "SELECT payload FROM outbox WHERE subject = 'crm.support.system.opened.v1' AND entity_id = %s ORDER BY id",
            [number],
        ).fetchall()
    return [events.SystemOpened.FromString(row[0]).outcome for row in rows]


def leaks(rig: Rig, sink: Sink, text: str) -> list[str]:
    """Where a text stands in clear: files of the stack (logs, the broker's store), tables, exported traces and logs."""
    needle = text.encode()
    kept = (rig.home / "logs", rig.home / "data" / "nats", rig.home / "data" / "support", rig.home / "data" / "gateway")
    found = [str(file) for folder in kept for file in folder.rglob("*") if file.is_file() and needle in _bytes(file)]
    for service in ("support", "dispatch", "customer"):
        with rig.database(service) as database:
            found += [f"{service}.{table}" for table in _tables(database) if needle in _dump(database, table)]
    if text in repr(sink.spans) + repr(sink.logs):
        found.append("telemetry")
    return found


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""


def _tables(database: "psycopg.Connection[tuple[object, ...]]") -> list[str]:
    rows = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
    return [str(row[0]) for row in rows]


def _dump(database: "psycopg.Connection[tuple[object, ...]]", table: str) -> bytes:
    with database.cursor() as cursor, cursor.copy(f'COPY "{table}" TO STDOUT (FORMAT binary)') as rows:  # pyright: ignore[reportArgumentType]  # a name of our own catalogue
        return b"".join(bytes(row) for row in rows)


def test_a_position_without_the_tile_does_not_get_in(branch: Branch, rig: Rig) -> None:
    visitor = branch.enter("c01")
    expect(visitor.page.get_by_role("link", name=re.compile("投诉处理"))).to_have_count(0)
    visitor.page.goto(f"{rig.url}/systems/complaints/open")
    expect(visitor.page).to_have_url(re.compile("/systems/complaints/credential.*NOT_FOUND"))


def test_no_page_and_no_machine_reads_another_systems_session(rig: Rig) -> None:
    with Person(rig.url, "m004", rig.password) as person:
        request = pb.StoreCredentialRequest(code="complaints", user="m004", password=rig.password)
        person.call(f"{SERVICE}/StoreCredential", request, pb.StoreCredentialResponse)
        with pytest.raises(CallRefused) as caught:
            person.call(f"{SERVICE}/OpenSystem", pb.OpenSystemRequest(code="complaints"), pb.OpenSystemResponse)
        assert caught.value.reason == "ROUTE_NOT_FOUND"
        for site in ("cross-site", "same-site", ""):
            headers = {"sec-fetch-site": site} if site else {}
            assert person.http.get("/systems/complaints/open", headers=headers).status_code == 403
        mine = person.http.get("/systems/complaints/open", headers={"sec-fetch-site": "none"})
        assert mine.headers["location"] == f"{complaints(rig)}/"
        assert [line.split("=")[0] for line in mine.headers.get_list("set-cookie")] == ["complaints_session"]
