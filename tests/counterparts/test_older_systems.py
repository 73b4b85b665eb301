"""The older web sites: settings, OpenID Connect against a provider of the tests', and complaint handling's own form."""

import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from chassis.tls import trusted
from counterparts.older.billing import Billing
from counterparts.older.complaints import Complaints
from counterparts.older.resources import Provider, Resources
from counterparts.older_systems import read
from tests.counterparts.saml_issuer import ENTITY, ISSUER, SamlIssuer
from tests.gateway.realm import OTHER_KEY, Realm

URL = "http://resources.test"


@dataclass
class Clock:
    at: float = 1_790_000_000.0

    def __call__(self) -> float:
        return self.at


def browser(app: Any, url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=url, verify=trusted())


def test_settings_say_what_is_missing() -> None:
    with pytest.raises(SystemExit, match="CRM_ISSUER, CRM_TOKEN_URL, CRM_SECRETS_DIR"):
        read({"CRM_HTTP_PORT": "1"})


class TestComplaints:
    @pytest.fixture
    async def visit(self) -> AsyncIterator[tuple[Complaints, httpx.AsyncClient]]:
        site = Complaints({"m001": "pw"}, Clock())
        async with browser(site.app(), "http://complaints.test") as client:
            yield site, client

    async def form(self, client: httpx.AsyncClient) -> dict[str, str]:
        page = await client.get("/login")
        return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', page.text))

    async def test_name_password_and_token_together(self, visit: tuple[Complaints, httpx.AsyncClient]) -> None:
        _, client = visit
        assert (await client.get("/")).headers["location"] == "/login"
        answer = await client.post("/login", data={**await self.form(client), "j_user": "m001", "j_pass": "pw"})
        assert (answer.status_code, answer.headers["location"]) == (302, "/")
        assert '<b id="number">m001</b>' in (await client.get("/")).text
        await client.post("/logout")
        assert (await client.get("/")).status_code == 302

    async def test_a_wrong_password_or_token(self, visit: tuple[Complaints, httpx.AsyncClient]) -> None:
        site, client = visit
        for entered in ({"j_user": "m001", "j_pass": "no"}, {"j_user": "nobody", "j_pass": "pw"}):
            answer = await client.post("/login", data={**await self.form(client), **entered})
            assert (answer.status_code, "wrong name or password" in answer.text) == (200, True)
        good = {"j_user": "m001", "j_pass": "pw"}
        assert (await client.post("/login", data={"csrf": "made up", **good})).status_code == 400
        form = await self.form(client)
        client.cookies.clear()
        assert (await client.post("/login", data={**form, **good})).status_code == 400
        assert site.log == ["refused m001", "refused nobody", "csrf", "csrf"]
        assert (await client.get("/")).status_code == 302

    async def test_the_administrators_switch_and_the_end_of_time(
        self, visit: tuple[Complaints, httpx.AsyncClient]
    ) -> None:
        site, client = visit
        assert (await client.post("/admin/passwords", data={"user": "m001", "password": "new"})).status_code == 200
        assert (await client.post("/admin/passwords", data={"user": "x", "password": "y"})).status_code == 404
        await client.post("/login", data={**await self.form(client), "j_user": "m001", "j_pass": "new"})
        assert (await client.get("/")).status_code == 200
        site.people.now = Clock(1_790_000_000.0 + 1801)
        assert (await client.get("/")).status_code == 302


class TestBilling:
    async def test_a_response_is_for_the_browser_that_asked(self) -> None:
        site = Billing(
            Provider(ISSUER, ISSUER), ENTITY, "http://billing.test", httpx.AsyncClient(verify=trusted()), Clock()
        )
        async with browser(site.app(), "http://billing.test") as client, site.http:
            where = (await client.get("/login")).headers["location"]
            assert where.startswith(f"{ISSUER}/protocol/saml?SAMLRequest=")
            client.cookies.clear()
            answer = await client.post("/saml/acs", data={"SAMLResponse": SamlIssuer().response()})
            assert (answer.status_code, "no request of this browser" in answer.text) == (400, True)
            assert (await client.get("/")).headers["location"] == "/login"


class TestResources:
    """Against the small provider that the gateway's own sign-in is tested with."""

    @pytest.fixture
    async def visit(self) -> AsyncIterator[tuple[Realm, httpx.AsyncClient]]:
        realm = Realm("http://idp.test/auth/realms/crm", "secret")
        inside = httpx.AsyncClient(transport=httpx.ASGITransport(realm.app()))
        site = Resources(Provider(realm.issuer, realm.issuer), "gateway", "secret", URL, inside, time.time)
        async with browser(site.app(), URL) as client, inside:
            yield realm, client

    async def back(self, realm: Realm, client: httpx.AsyncClient) -> str:
        """Goes to the provider and answers where it sends the browser back to."""
        where = (await client.get("/login")).headers["location"]
        asked = parse_qs(urlsplit(where).query)
        assert (asked["code_challenge_method"], asked["scope"]) == (["S256"], ["openid"])
        async with browser(realm.app(), "http://idp.test") as provider:
            return (await provider.get(where)).headers["location"]

    async def test_the_whole_way(self, visit: tuple[Realm, httpx.AsyncClient]) -> None:
        realm, client = visit
        assert (await client.get("/")).headers["location"] == "/login"
        answer = await client.get(await self.back(realm, client))
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert "signed in by OpenID Connect" in (await client.get("/")).text
        await client.post("/logout")
        assert (await client.get("/")).status_code == 303

    async def test_another_browsers_state_is_refused(self, visit: tuple[Realm, httpx.AsyncClient]) -> None:
        realm, client = visit
        back = await self.back(realm, client)
        client.cookies.clear()
        assert (await client.get(back)).status_code == 400

    async def test_a_return_is_good_once(self, visit: tuple[Realm, httpx.AsyncClient]) -> None:
        realm, client = visit
        back = await self.back(realm, client)
        assert (await client.get(back)).status_code == 303
        assert (await client.get(back)).status_code == 400

    @pytest.mark.parametrize("wrong", ["nonce", "key", "issuer", "secret"])
    async def test_a_token_that_does_not_hold(self, visit: tuple[Realm, httpx.AsyncClient], wrong: str) -> None:
        realm, client = visit
        back = await self.back(realm, client)
        if wrong == "nonce":
            realm.nonce_wrong = True
        elif wrong == "key":
            realm.forged_by = OTHER_KEY
        elif wrong == "issuer":
            realm.issuer = "http://evil.test"
        else:
            realm.client_secret = "another"
        assert (await client.get(back)).status_code == 400
        assert (await client.get("/")).status_code == 303
