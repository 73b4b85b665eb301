"""The provider says that a session has ended."""

from urllib.parse import urlencode

import httpx
import pytest

from tests.gateway.conftest import Suite
from tests.gateway.realm import OTHER_KEY

pytestmark = pytest.mark.asyncio(loop_scope="module")


EVENT = "http://schemas.openid.net/event/backchannel-logout"


async def say(suite: Suite, token: str) -> httpx.Response:
    body = urlencode({"logout_token": token}).encode()
    return await suite.browser.post(
        "/auth-events/backchannel-logout", body, content_type="application/x-www-form-urlencoded"
    )


async def test_it_ends_ours(suite: Suite) -> None:
    await suite.browser.sign_in()
    assert (await say(suite, suite.realm.logout_token())).status_code == 200
    assert (await suite.browser.get("/session")).status_code == 401


async def test_without_a_session_it_ends_all_of_the_person(suite: Suite) -> None:
    await suite.browser.sign_in()
    assert (await say(suite, suite.realm.logout_token(sid=None))).status_code == 200
    assert (await suite.browser.get("/session")).status_code == 401


async def test_another_session_stays(suite: Suite) -> None:
    await suite.browser.sign_in()
    assert (await say(suite, suite.realm.logout_token(sid="sid-2"))).status_code == 200
    assert (await suite.browser.get("/session")).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "another"},
        {"iss": "http://evil.example"},
        {"events": None},
        {"events": {"http://another": {}}},
        {"events": {EVENT: True}},
        {"nonce": "n"},
        {"jti": None},
        {"sid": "", "sub": ""},
        {"iat": 1},
        {"exp": 1},
    ],
)
async def test_what_is_no_logout_token_ends_nothing(suite: Suite, wrong: dict[str, object]) -> None:
    await suite.browser.sign_in()
    assert (await say(suite, suite.realm.logout_token(**wrong))).status_code == 400
    assert (await suite.browser.get("/session")).status_code == 200


async def test_a_forged_one_ends_nothing(suite: Suite) -> None:
    await suite.browser.sign_in()
    forged = suite.realm.sign({"aud": "gateway", "jti": "1", "sid": "sid-1", "events": {EVENT: {}}}, key=OTHER_KEY)
    assert (await say(suite, forged)).status_code == 400
    assert (await say(suite, "not.a.token")).status_code == 400
    assert (await suite.browser.get("/session")).status_code == 200


async def test_one_is_good_once(suite: Suite) -> None:
    token = suite.realm.logout_token()
    assert (await say(suite, token)).status_code == 200
    await suite.browser.sign_in()
    refused = await say(suite, token)
    assert (refused.status_code, refused.json()["error_description"]) == (400, "LOGOUT_TOKEN_USED")
    assert (await suite.browser.get("/session")).status_code == 200
