"""The way in, and everybody who is kept out."""

import pytest

from tests.gateway.conftest import Suite
from tests.gateway.realm import KEY, OTHER_KEY
from tests.gateway.running import Browser, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_person_signs_in_and_calls(suite: Suite) -> None:
    answer = await suite.browser.sign_in("/tasks?mine=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/tasks?mine=1")
    session = (await suite.browser.get("/session")).json()
    assert {name: session[name] for name in ("staff_number", "name", "roles", "language")} == {
        "staff_number": "m001",
        "name": "王敏",
        "roles": ["customer_manager"],
        "language": "zh-CN",
    }
    answer = await suite.browser.call()
    assert answer.status_code == 200
    assert suite.far.dispatch.metadata["authorization"].startswith("Bearer ey")
    assert suite.far.dispatch.metadata["x-forwarded-for"] == "127.0.0.1"


async def test_the_cookie_is_the_browsers_alone_and_holds_no_token(suite: Suite) -> None:
    await suite.browser.sign_in()
    line = next(line for line in suite.browser.raw_cookies if line.startswith("__Host-crm="))
    lowered = line.lower()
    assert all(word in lowered for word in ("httponly", "secure", "samesite=strict", "path=/"))
    assert "domain" not in lowered
    assert suite.browser.cookies.keys() == {"__Host-crm"}, "the cookie of the sign-in is gone"
    assert len(suite.browser.cookies["__Host-crm"]) == 43


async def test_what_the_bucket_holds_is_no_cookie_and_no_token(suite: Suite) -> None:
    await suite.browser.sign_in()
    kv = await suite.gateway.bus.jetstream.key_value("sessions")
    keys = [key for key in await kv.keys() if key.startswith("s.")]
    cookie = suite.browser.cookies["__Host-crm"]
    stored = b"".join([(await kv.get(key)).value or b"" for key in keys])
    assert all(cookie not in key for key in keys)
    assert all(secret not in stored for secret in (cookie.encode(), b"m001", b"eyJ"))


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "",
        "/a b",
    ],
)
async def test_nobody_is_sent_elsewhere(suite: Suite, path: str) -> None:
    answer = await suite.browser.get("/login?return_to=" + path.replace("\t", "%09").replace(" ", "%20"))
    assert answer.status_code == 400
    assert answer.json()["code"] == "RETURN_TO_INVALID"
    assert "location" not in answer.headers


async def test_a_return_is_good_once(suite: Suite) -> None:
    answer = await suite.browser.get("/login")
    answer = await suite.browser.get(answer.headers["location"])
    back, thief = answer.headers["location"], Browser(suite.browser.origin, cookies=dict(suite.browser.cookies))
    assert (await suite.browser.get(back)).status_code == 303
    refused = await thief.get(back)
    assert refused.status_code == 400
    assert "STATE_USED" in refused.text
    assert "__Host-crm" not in thief.cookies


async def test_a_code_is_good_once(suite: Suite) -> None:
    """The provider refuses a code it has seen, also under a state of ours that is fresh."""
    first = await suite.browser.get("/login")
    first = await suite.browser.get(first.headers["location"])
    code = first.headers["location"].split("code=")[1].split("&")[0]
    await suite.browser.get(first.headers["location"])
    other = Browser(suite.browser.origin)
    answer = await other.get("/login")
    state = answer.headers["location"].split("state=")[1].split("&")[0]
    refused = await other.get(f"/callback?code={code}&state={state}")
    assert refused.status_code == 400
    assert "CODE_REFUSED" in refused.text
    assert "__Host-crm" not in other.cookies


async def test_a_state_belongs_to_one_browser(suite: Suite) -> None:
    answer = await suite.browser.get("/login")
    answer = await suite.browser.get(answer.headers["location"])
    other = Browser(suite.browser.origin)
    await other.get("/login")
    refused = await other.get(answer.headers["location"])
    assert (refused.status_code, "STATE_UNKNOWN" in refused.text) == (400, True)


async def test_a_sign_in_that_takes_too_long_is_refused(suite: Suite) -> None:
    answer = await suite.browser.get("/login")
    answer = await suite.browser.get(answer.headers["location"])
    suite.clock.advance(suite.gateway.settings.sign_in_within)
    refused = await suite.browser.get(answer.headers["location"])
    assert (refused.status_code, "STATE_EXPIRED" in refused.text) == (400, True)


async def test_an_id_token_of_another_key_is_refused(suite: Suite) -> None:
    suite.realm.forged_by = OTHER_KEY
    refused = await suite.browser.sign_in()
    assert (refused.status_code, "ID_TOKEN_INVALID" in refused.text) == (401, True)
    assert "__Host-crm" not in suite.browser.cookies


async def test_an_id_token_of_another_sign_in_is_refused(suite: Suite) -> None:
    suite.realm.nonce_wrong = True
    refused = await suite.browser.sign_in()
    assert (refused.status_code, "ID_TOKEN_INVALID" in refused.text) == (401, True)


async def test_new_keys_of_the_realm_are_found(lone_suite: Suite) -> None:
    await lone_suite.browser.sign_in()
    verifier = lone_suite.gateway.life.provider._verifier  # pyright: ignore[reportPrivateUsage]  # its memory is aged
    verifier._fetched_at -= 10  # pyright: ignore[reportPrivateUsage]  # a forged key may ask for new ones every 5 s only
    lone_suite.realm.keys = [OTHER_KEY, KEY]
    assert (await Browser(lone_suite.browser.origin).sign_in()).status_code == 303


async def test_two_pages_sign_in_at_once(suite: Suite) -> None:
    first = await suite.browser.get("/login?return_to=/a")
    second = await suite.browser.get("/login?return_to=/b")
    for answer, path in ((first, "/a"), (second, "/b")):
        at_provider = await suite.browser.get(answer.headers["location"])
        back = await suite.browser.get(at_provider.headers["location"])
        assert back.headers["location"] == path
    # Signing in again ends the session before. A busy broker may still bring what an earlier test has removed, and that it was.
    await until(lambda: len(suite.gateway.store.live) == 1)


async def test_signing_out(suite: Suite) -> None:
    await suite.browser.sign_in()
    cookies = dict(suite.browser.cookies)
    refused = await suite.browser.post("/logout", origin=suite.browser.origin)
    assert (refused.status_code, refused.json()["code"]) == (403, "CSRF_TOKEN_INVALID")
    answer = await suite.browser.post("/logout", origin=suite.browser.origin, x_csrf_token=suite.browser.csrf)
    location = answer.json()["location"]
    assert location.startswith(f"{suite.realm.issuer}/protocol/openid-connect/logout?")
    assert "id_token_hint=ey" in location
    assert "__Host-crm" not in suite.browser.cookies
    suite.browser.cookies = cookies
    again = await suite.browser.get("/session")
    assert (again.status_code, again.json()["code"]) == (401, "SESSION_ENDED")


async def test_nothing_of_a_session_is_cached(suite: Suite) -> None:
    await suite.browser.sign_in()
    answers = [await suite.browser.get("/session"), await suite.browser.call(), await suite.browser.get("/login")]
    assert [answer.headers["cache-control"] for answer in answers] == ["no-store"] * 3
