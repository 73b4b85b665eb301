"""How a session lives: idle, absolute, renewed once among several gateways, and told of."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from crm.gateway.v1.gateway_events_pb2 import SessionEnded, SessionStarted
from nats.js.kv import KeyValue

from gateway.announcements import ENDED, STARTED
from local_stack.nats import NatsServer
from tests.gateway.conftest import Suite
from tests.gateway.running import broker, gateway_in, until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]  # sessions are waited for until they end


def code(answer: object) -> tuple[int, str]:
    """Status and reason of a refused call."""
    body = answer.json()  # type: ignore[attr-defined]  # an answer of httpx
    return answer.status_code, body["details"][0]["debug"]["reason"]  # type: ignore[attr-defined]  # the same


async def test_half_an_hour_without_a_call_ends_it(suite: Suite) -> None:
    await suite.browser.sign_in()
    suite.clock.advance(timedelta(minutes=29))
    assert (await suite.browser.call()).status_code == 200
    suite.clock.advance(timedelta(minutes=29))
    assert (await suite.browser.call()).status_code == 200, "the call before counted"
    suite.clock.advance(timedelta(minutes=31))
    assert code(await suite.browser.call()) == (401, "SESSION_ENDED")


async def test_a_page_that_refreshes_itself_does_not_count(suite: Suite) -> None:
    await suite.browser.sign_in()
    suite.clock.advance(timedelta(minutes=20))
    assert (await suite.browser.call(x_crm_background="1")).status_code == 200
    suite.clock.advance(timedelta(minutes=11))
    assert code(await suite.browser.call()) == (401, "SESSION_ENDED")


async def test_twelve_hours_end_it_however_busy(suite: Suite) -> None:
    await suite.browser.sign_in()
    for _ in range(24):
        suite.clock.advance(timedelta(minutes=29))
        assert (await suite.browser.call()).status_code == 200
    suite.clock.advance(timedelta(minutes=25))
    assert code(await suite.browser.call()) == (401, "SESSION_ENDED")


async def test_a_session_from_before_the_clock_was_set_back_ends(suite: Suite) -> None:
    await suite.browser.sign_in()
    suite.clock.advance(timedelta(seconds=-30))
    assert (await suite.browser.call()).status_code == 200, "two gateways' clocks may be that far apart"
    suite.clock.advance(timedelta(days=-2))
    assert code(await suite.browser.call()) == (401, "SESSION_ENDED"), "it would live for two days more"


async def test_the_sweep_ends_what_nobody_asks_for(suite: Suite) -> None:
    await suite.browser.sign_in()
    kept = next(iter(suite.gateway.store.live.values()))
    suite.clock.advance(timedelta(minutes=32))
    await suite.gateway.life.sweep_once()
    assert suite.gateway.store.live == {}
    suite.clock.advance(timedelta(seconds=6))
    await suite.gateway.life.sweep_once()
    await until(lambda: not suite.gateway.store.ended)
    event = SessionEnded.FromString(await last(suite, ENDED))
    assert (event.session_id, event.staff_number, event.ended_by) == (kept.session.id, "m001", "idle")


async def test_a_watch_that_says_too_early_that_all_was_read_signs_nobody_out(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client of NATS does so when the broker, just awake again, sends entries and its answer in one breath."""
    await suite.browser.sign_in()
    bucket_type: Any = KeyValue
    watch = bucket_type.watch

    async def hasty(bucket: Any, *keys: Any, **options: Any) -> Any:
        watcher: Any = await watch(bucket, *keys, **options)
        queue = cast("asyncio.Queue[Any]", watcher._updates)
        await until(lambda: queue.qsize() >= 2)
        arrived: list[Any] = [queue.get_nowait() for _ in range(queue.qsize())]
        for entry in (None, *filter(None, arrived)):
            queue.put_nowait(entry)
        return watcher

    monkeypatch.setattr(KeyValue, "watch", hasty)
    store = suite.gateway.store
    key = next(iter(store.live))
    store.loaded = False
    following = asyncio.create_task(store.run())
    await until(lambda: store.loaded)
    assert key in store.live
    assert (await suite.browser.call()).status_code == 200
    newest: Any = vars(type(store))["_newest"]
    assert key in await newest(store, await suite.gateway.bus.jetstream.key_value("sessions"))
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def last(suite: Suite, subject: str) -> bytes:
    """The newest event of a subject."""
    async with broker(suite.world) as client:
        return (await client.jetstream().get_last_msg("CRM_GATEWAY", subject)).data or b""


async def test_both_ends_are_told_once(suite: Suite) -> None:
    await suite.browser.sign_in()
    await until(lambda: all(kept.session.announced for kept in suite.gateway.store.live.values()))
    before = (await suite.gateway.bus.jetstream.stream_info("CRM_GATEWAY")).state.messages
    await suite.browser.post("/logout", origin=suite.browser.origin, x_csrf_token=suite.browser.csrf)
    await until(lambda: not suite.gateway.store.ended)
    after = (await suite.gateway.bus.jetstream.stream_info("CRM_GATEWAY")).state.messages
    started = SessionStarted.FromString(await last(suite, STARTED))
    ended = SessionEnded.FromString(await last(suite, ENDED))
    assert after == before + 1
    assert (started.staff_number, started.name, started.ip) == ("m001", "王敏", "127.0.0.1")
    assert started.user_agent.startswith("python-httpx")
    assert (ended.session_id, ended.ended_by) == (started.session_id, "logout")


async def test_another_gateway_tells_what_the_first_could_not(suite: Suite) -> None:
    """The first one dies between storing the session and saying so."""
    await suite.browser.sign_in()
    kept = next(iter(suite.gateway.store.live.values()))
    await until(lambda: suite.gateway.store.live[kept.key].session.announced)
    await suite.gateway.store.change(kept.key, lambda s: replace(s, announced=False, id="00000000-dead"))
    async with gateway_in(suite.world) as (second, _):
        suite.clock.advance(timedelta(seconds=10))
        await second.life.sweep_once()
        assert SessionStarted.FromString(await last(suite, STARTED)).session_id == "00000000-dead"
        assert second.store.live[kept.key].session.announced


async def test_several_gateways_share_sessions_and_their_end(suite: Suite) -> None:
    await suite.browser.sign_in()
    async with gateway_in(suite.world) as (second, at):
        other = suite.browser.elsewhere(at)
        assert (await other.call()).status_code == 200
        await suite.browser.post("/logout", origin=suite.browser.origin, x_csrf_token=suite.browser.csrf)
        await until(lambda: not second.store.live)
        assert (await other.call()).status_code == 401


async def test_an_ended_session_does_not_come_back_by_a_late_word(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker was asked for it before it ended, and answers are heard after."""
    await suite.browser.sign_in()
    store = suite.gateway.store
    key = next(iter(store.live))
    await until(lambda: store.live[key].session.announced)
    fetched, heard = asyncio.Event(), asyncio.Event()
    asked: Any = vars(type(store))["_asked"]

    async def slowly(ask: Any) -> Any:
        answer = await asked(store, ask)
        fetched.set()
        await heard.wait()
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(store, "_asked", slowly)
        late = asyncio.create_task(store.find(key))
        await fetched.wait()
    await store.remove(key)
    assert key not in store.live
    heard.set()
    assert await late is None
    assert key not in store.live
    assert (await suite.browser.call()).status_code == 401


async def test_what_is_heard_of_a_dropped_session_is_kept_for_some_only(suite: Suite) -> None:
    """Made-up cookies are asked for too, and leave nothing behind."""
    gone: dict[str, None] = vars(suite.gateway.store)["_gone"]
    before = len(gone)
    for number in range(5):
        assert await suite.gateway.store.find(f"never{number}") is None
    assert len(gone) == before


async def test_a_session_survives_the_gateway(suite: Suite) -> None:
    await suite.browser.sign_in()
    async with gateway_in(suite.world) as (_, at):
        assert (await suite.browser.elsewhere(at).get("/session")).json()["staff_number"] == "m001"


async def test_tokens_are_renewed_before_they_end(suite: Suite) -> None:
    await suite.browser.sign_in()
    suite.clock.advance(timedelta(seconds=250))
    assert (await suite.browser.call()).status_code == 200, "nobody waits while the old one is still good"
    await until(lambda: suite.realm.renewals == 1)
    key = next(iter(suite.gateway.store.live))
    await until(lambda: suite.gateway.store.live[key].session.access_until > suite.clock.now().timestamp() + 60)


async def test_one_of_two_gateways_renews(suite: Suite) -> None:
    """A refresh token is good for one use: the second user of one would end the person's session."""
    await suite.browser.sign_in()
    suite.realm.slow_renewal = 0.3
    suite.clock.advance(timedelta(seconds=299))
    async with gateway_in(suite.world) as (_, at):
        other = suite.browser.elsewhere(at)
        answers = await asyncio.gather(*(each.call() for each in (suite.browser, other) * 5))
        assert [answer.status_code for answer in answers] == [200] * 10
    assert (suite.realm.renewals, suite.realm.reused) == (1, 0)


async def test_a_refused_renewal_ends_the_session(suite: Suite) -> None:
    await suite.browser.sign_in()
    suite.realm.refresh_tokens.clear()
    suite.clock.advance(timedelta(seconds=299))
    assert code(await suite.browser.call()) == (401, "SESSION_ENDED")
    assert suite.gateway.store.live == {}


async def test_calls_go_on_while_the_provider_is_away(suite: Suite) -> None:
    await suite.browser.sign_in()
    suite.realm.away = True
    suite.clock.advance(timedelta(seconds=250))
    answers = [await suite.browser.call() for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 5, "the token is good for fifty seconds more"
    await until(lambda: suite.realm.knocks == 1)
    suite.clock.advance(timedelta(seconds=49))
    assert code(await suite.browser.call()) == (503, "IDENTITY_PROVIDER_UNAVAILABLE")
    suite.realm.away = False
    suite.clock.advance(timedelta(seconds=3))
    assert (await suite.browser.call()).status_code == 200
    assert suite.realm.renewals == 1


async def test_calls_go_on_while_the_broker_is_away(lone_suite: Suite, nats_process: NatsServer) -> None:
    await lone_suite.browser.sign_in()
    await until(lambda: all(kept.session.announced for kept in lone_suite.gateway.store.live.values()))
    nats_process.stop()
    try:
        await until(lambda: not lone_suite.gateway.bus.client.is_connected)
        lone_suite.clock.advance(timedelta(minutes=2))
        assert (await lone_suite.browser.call()).status_code == 200
        refused = await lone_suite.browser.post(
            "/logout", origin=lone_suite.browser.origin, x_csrf_token=lone_suite.browser.csrf
        )
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
    finally:
        nats_process.start()
    await until(lambda: lone_suite.gateway.bus.client.is_connected)
    answer = await lone_suite.browser.post(
        "/logout", origin=lone_suite.browser.origin, x_csrf_token=lone_suite.browser.csrf
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("cookie", ["", "short", "x" * 43, "x" * 5000])
async def test_a_made_up_cookie_is_nobody(suite: Suite, cookie: str) -> None:
    suite.browser.cookies["__Host-crm"] = cookie
    assert (await suite.browser.get("/session")).status_code == 401
