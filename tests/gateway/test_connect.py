"""The browser's door: bytes and JSON both ways, every refusal as the protocol writes it, nothing too large or too slow."""

import asyncio
import base64
from datetime import timedelta

import grpc
import httpx
import pytest
from crm.dispatch.v1 import dispatch_pb2 as pb
from google.rpc.error_details_pb2 import ErrorInfo

from chassis.tls import trusted
from gateway.problems import TABLE
from tests.gateway.conftest import Suite
from tests.gateway.running import Browser

pytestmark = pytest.mark.asyncio(loop_scope="module")


TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def machine(suite: Suite, content: bytes = b"{}", method: str = "ListTasks", **headers: str) -> httpx.Response:
    usual = {"content_type": "application/json", "authorization": "Bearer a-machines-token"}
    browser = Browser(suite.browser.origin)
    return await browser.post(f"/rpc/crm.dispatch.v1.DispatchService/{method}", content, **(usual | headers))


async def test_bytes_go_through_untouched(suite: Suite) -> None:
    # A field nobody here knows must arrive on the other side and come back.
    asked = pb.ListTasksRequest(query="移机").SerializeToString() + b"\xfa\x3f\x03new"
    answer = await machine(suite, asked, content_type="application/proto")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/proto")
    assert pb.ListTasksResponse.FromString(answer.content).tasks[0].title == "移机"


async def test_json_goes_through_the_contract(suite: Suite) -> None:
    answer = await machine(suite, '{"query": "移机", "withCounts": true}'.encode())
    assert answer.json() == {"tasks": [{"id": "t1", "title": "移机", "state": "TASK_STATE_OPEN"}]}
    assert "移机" in answer.text


async def test_what_goes_along(suite: Suite) -> None:
    await machine(suite, traceparent=TRACE, accept_language="en", x_forwarded_for="6.6.6.6", connect_timeout_ms="2500")
    metadata = suite.far.dispatch.metadata
    assert metadata["authorization"] == "Bearer a-machines-token"
    assert metadata["traceparent"] == TRACE
    assert metadata["accept-language"] == "en"
    assert metadata["x-forwarded-for"] == "127.0.0.1", "a client cannot say where it comes from"
    assert 1 < suite.far.dispatch.seconds < 3


@pytest.mark.parametrize(("asked", "most"), [("", 10), ("999999", 30), ("99999999999", 10), ("-5", 10), ("ten", 10)])
async def test_the_time_a_call_may_take(suite: Suite, asked: str, most: float) -> None:
    await machine(suite, connect_timeout_ms=asked)
    assert most - 2 < suite.far.dispatch.seconds < most + 1, "gRPC rounds up a little"


@pytest.mark.parametrize("status", [status for status in TABLE if status is not grpc.StatusCode.UNAVAILABLE])
async def test_every_refusal_keeps_its_reason(suite: Suite, status: grpc.StatusCode) -> None:
    suite.far.dispatch.refusal = (status, "STALE_VERSION", {"version": "7"})
    answer = await machine(suite)
    body = answer.json()
    assert (answer.status_code, body["code"]) == (TABLE[status].connect, TABLE[status].word)
    detail = body["details"][0]
    assert detail["debug"] == {"reason": "STALE_VERSION", "domain": "crm.dispatch", "metadata": {"version": "7"}}
    value = detail["value"]
    info = ErrorInfo.FromString(base64.b64decode(value + "=" * (-len(value) % 4)))
    assert (info.reason, dict(info.metadata)) == ("STALE_VERSION", {"version": "7"})
    assert "=" not in value


@pytest.mark.parametrize(("reason", "status"), [("OVERLOADED", 503), ("STORAGE_FULL", 507)])
async def test_a_service_that_sheds_load_says_when_to_come_back(suite: Suite, reason: str, status: int) -> None:
    suite.far.dispatch.refusal = (grpc.StatusCode.UNAVAILABLE, reason, {"retry_after": "7"})
    answer = await machine(suite)
    said = answer.json()["details"][0]["debug"]
    assert (answer.status_code, answer.headers["retry-after"], said["reason"]) == (status, "7", reason)
    assert said["metadata"] == {}


async def test_a_service_that_is_away(lone_suite: Suite) -> None:
    await lone_suite.far.stop()
    answer = await machine(lone_suite)
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "unavailable", "2")
    assert lone_suite.world.upstream not in answer.text, "no address of ours goes out"


@pytest.mark.parametrize(
    ("path", "status"),
    [("/rpc/crm.dispatch.v1.DispatchService/Nothing", 404), ("/rpc/x", 404), ("/rpc/crm.customer.v1.CustomerService/StartImport", 501)],
)  # fmt: skip
async def test_methods_that_are_none(suite: Suite, path: str, status: int) -> None:
    answer = await suite.browser.post(path, b"{}", content_type="application/json", authorization="Bearer " + "x" * 20)
    assert (answer.status_code, answer.json()["code"]) == (status, "unimplemented")


async def test_the_shape_of_a_call(suite: Suite) -> None:
    assert (await suite.browser.get("/rpc/crm.dispatch.v1.DispatchService/ListTasks")).status_code == 405
    assert (await machine(suite, content_type="text/plain")).status_code == 415
    assert (await machine(suite, content_encoding="gzip")).json()["code"] == "unimplemented"
    for content in (b"{", b'{"nothing": 1}', b'{"mine": "perhaps"}', b"[" * 100_000, b"\xff"):
        answer = await machine(suite, content)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_argument")


async def test_a_body_that_is_too_large(suite: Suite) -> None:
    large = b"x" * (4 * 1024 * 1024 + 1)

    async def parts() -> object:
        for _ in range(5):
            yield b"x" * (1024 * 1024)

    headers = {"content-type": "application/proto", "authorization": "Bearer a-machines-token"}
    url = f"{suite.browser.origin}/rpc/crm.dispatch.v1.DispatchService/ListTasks"
    async with httpx.AsyncClient(verify=trusted()) as client:
        for content in (large, parts()):
            answer = await client.post(url, content=content, headers=headers)  # pyright: ignore[reportArgumentType]  # an async generator is one of its kinds
            body = answer.json()
            assert (answer.status_code, body["code"]) == (413, "resource_exhausted")
            assert body["details"][0]["debug"]["metadata"] == {"limit": "4194304"}


async def refused(suite: Suite, **headers: str) -> tuple[int, str]:
    answer = await suite.browser.call(**headers)
    return answer.status_code, answer.json()["details"][0]["debug"]["reason"]


async def test_intruders(suite: Suite) -> None:
    assert await refused(suite) == (401, "SESSION_MISSING")
    await suite.browser.sign_in()
    suite.far.dispatch.metadata = {}
    assert await refused(suite, x_csrf_token="") == (403, "CSRF_TOKEN_INVALID")
    assert await refused(suite, x_csrf_token="x" * 64) == (403, "CSRF_TOKEN_INVALID")
    assert await refused(suite, origin="http://evil.example") == (403, "ORIGIN_INVALID")
    assert await refused(suite, origin="null") == (403, "ORIGIN_INVALID")
    assert await refused(suite, origin="") == (403, "ORIGIN_INVALID")
    assert await refused(suite, sec_fetch_site="cross-site") == (403, "ORIGIN_INVALID")
    assert await refused(suite, origin="", sec_fetch_site="same-site") == (403, "ORIGIN_INVALID")
    assert await refused(suite, authorization="Basic abc") == (401, "TOKEN_MISSING")
    assert suite.far.dispatch.metadata == {}, "none of them reached a service"
    assert (await suite.browser.call(origin="", sec_fetch_site="same-origin")).status_code == 200


async def test_the_csrf_token_of_another_session_is_worth_nothing(suite: Suite) -> None:
    await suite.browser.sign_in()
    other = Browser(suite.browser.origin)
    await other.sign_in()
    assert await refused(suite, x_csrf_token=other.csrf) == (403, "CSRF_TOKEN_INVALID")


async def test_a_machine_needs_no_csrf_token_and_its_cookie_counts_for_nothing(suite: Suite) -> None:
    await suite.browser.sign_in()
    suite.clock.advance(timedelta(seconds=1))
    answer = await suite.browser.call(authorization="Bearer a-machines-token", x_csrf_token="", origin="")
    assert answer.status_code == 200
    assert suite.far.dispatch.metadata["authorization"] == "Bearer a-machines-token"


async def test_half_a_body_goes_nowhere(suite: Suite) -> None:
    """Half of a message may read as a whole one."""
    port = int(suite.browser.origin.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"POST /rpc/crm.dispatch.v1.DispatchService/ListTasks HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        b"authorization: Bearer a-machines-token\r\ncontent-length: 20\r\n\r\n{}"
    )
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.close()
    await writer.wait_closed()
    assert await reader.read() == b""
    await asyncio.sleep(0.2)
    assert suite.far.dispatch.metadata == {}


async def test_a_defect_says_nothing(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr(suite.gateway.life, "resolve", broken)
    suite.browser.cookies["__Host-crm"] = "x" * 43
    answer = await suite.browser.call()
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret inside" not in answer.text
