"""The other doors: health, Keycloak's pages, the portal's files, gRPC, and everything that is no door."""

from pathlib import Path

import grpc
import grpc.aio
import pytest
from crm.customer.v1 import customer_pb2, customer_pb2_grpc
from crm.dispatch.v1 import dispatch_pb2, dispatch_pb2_grpc
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status
from grpc_health.v1 import health_pb2

from gateway import grpc_door
from local_stack.nats import NatsServer
from local_stack.processes import free_port
from tests.gateway.conftest import Suite
from tests.gateway.running import until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_readiness_names_everything(suite: Suite) -> None:
    answer = await suite.browser.get("/readyz")
    up = {"process": "up", "database": "up", "nats": "up", "keycloak": "up"}
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "up",
        "services": {
            "gateway": {"process": "up", "nats": "up", "sessions": "up", "keycloak": "up"},
            "dispatch": up,
            "customer": up,
        },
    }


async def test_readiness_says_what_is_down(lone_suite: Suite) -> None:
    await lone_suite.far.health.set("database", health_pb2.HealthCheckResponse.NOT_SERVING)
    answer = await lone_suite.browser.get("/readyz")
    assert (answer.status_code, answer.json()["services"]["dispatch"]["database"]) == (503, "down")
    assert answer.json()["services"]["dispatch"]["nats"] == "up"


async def test_the_broker_away_is_said_and_the_process_lives(lone_suite: Suite, nats_process: NatsServer) -> None:
    nats_process.stop()
    try:
        await until(lambda: not lone_suite.gateway.bus.client.is_connected)
        answer = await lone_suite.browser.get("/readyz")
        own = answer.json()["services"]["gateway"]
        assert answer.status_code == 503
        assert own["nats"].startswith("down")
        assert own["keycloak"] == "up"
        assert (await lone_suite.browser.get("/livez")).status_code == 200
    finally:
        nats_process.start()


async def test_keycloaks_realm_is_passed_through(suite: Suite) -> None:
    answer = await suite.browser.post(
        "/auth/realms/crm/login-actions/authenticate?session_code=1",
        b"username=m001",
        x_forwarded_for="6.6.6.6",
        x_forwarded_host="evil.example",
        forwarded="for=6.6.6.6",
    )
    assert answer.text == "POST /auth/realms/crm/login-actions/authenticate username=m001"
    assert len(answer.headers.get_list("set-cookie")) == 2
    headers = suite.realm.asked[-1].headers
    host = suite.browser.origin.removeprefix("http://")
    assert (headers["host"], headers["x-forwarded-host"]) == (host, host)
    assert (headers["x-forwarded-for"], headers["x-forwarded-proto"]) == ("127.0.0.1", "http")
    assert "forwarded" not in headers


async def test_one_persons_cookies_of_keycloak_never_go_to_another(suite: Suite) -> None:
    await suite.browser.get("/auth/realms/crm/account")
    suite.browser.cookies.clear()
    await suite.browser.get("/auth/realms/crm/account")
    assert "cookie" not in suite.realm.asked[-1].headers


@pytest.mark.parametrize(
    "path",
    [
        "/auth/admin/", "/auth/realms/master/", "/auth/realms/crm", "/auth/", "/auth/metrics", "/auth/realms/crm/%2e%2e/master/",
        "/auth/realms/crm/..%2fmaster/x", "/auth/realms/crm/..;/master/", "/auth/realms/crm/%252e%252e/master/", "/auth/realms/crm/..%5cmaster",
        "/auth/realms/crm/clients-registrations/default",
    ],
)  # fmt: skip
async def test_nothing_else_of_keycloak_is(suite: Suite, path: str) -> None:
    asked = len(suite.realm.asked)
    assert (await suite.browser.get(path)).status_code == 404
    assert len(suite.realm.asked) == asked


async def test_a_form_for_keycloak_that_is_too_large(suite: Suite) -> None:
    assert (await suite.browser.post("/auth/realms/crm/x", b"x" * 300_000)).status_code == 413


@pytest.fixture
def dist(suite: Suite) -> Path:
    folder = suite.world.home / "dist"
    (folder / "assets").mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text('<html><meta name="csp-nonce" content="__CSP_NONCE__"></html>')
    (folder / "assets" / "app-1a2b.js").write_text("console.log(1);" * 100)
    return folder


async def test_the_page_carries_its_own_nonce(dist: Path, suite: Suite) -> None:
    pages = [await suite.browser.get(path) for path in ("/", "/tasks/1", "/index.html")]
    nonces = [page.text.split('content="')[1].split('"')[0] for page in pages]
    assert len(set(nonces)) == 3
    for page, nonce in zip(pages, nonces, strict=True):
        policy = page.headers["content-security-policy"]
        assert f"style-src 'self' 'nonce-{nonce}'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["cache-control"] == "no-cache"
        assert page.headers["x-content-type-options"] == "nosniff"
        assert "strict-transport-security" not in page.headers, "only where the public address is https"


async def test_files_with_a_hash_are_kept_for_ever(dist: Path, suite: Suite) -> None:
    answer = await suite.browser.get("/assets/app-1a2b.js", accept_encoding="gzip")
    assert answer.headers["content-type"] == "application/javascript; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.text == "console.log(1);" * 100
    again = await suite.browser.get("/assets/app-1a2b.js", if_none_match=answer.headers["etag"])
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["/assets/nothing.js", "/%2e%2e/secrets/session_key", "/..%2fsecrets/session_key"])
async def test_files_that_are_none(dist: Path, suite: Suite, path: str) -> None:
    answer = await suite.browser.get(path)
    assert answer.status_code in (200, 404)
    assert "session-key-of-tests" not in answer.text


async def test_a_method_nobody_offers(suite: Suite) -> None:
    answer = await suite.browser.post("/tasks", b"")
    assert (answer.status_code, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")


def reason_of(error: grpc.aio.AioRpcError) -> ErrorInfo:
    """The reason in a refusal's details."""
    info = ErrorInfo()
    raw = next(value for key, value in error.trailing_metadata() or () if key == "grpc-status-details-bin")
    assert isinstance(raw, bytes)
    Status.FromString(raw).details[0].Unpack(info)
    return info


async def test_grpc_goes_through_the_same_forwarder(suite: Suite) -> None:
    port = free_port()
    settings = suite.world.settings().model_copy(update={"grpc_port": port})
    server = grpc_door.build(settings, suite.gateway.upstreams.routes, suite.gateway.log)
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        dispatch = dispatch_pb2_grpc.DispatchServiceStub(channel)
        metadata = (("authorization", "Bearer a-machines-token"), ("x-forwarded-for", "6.6.6.6"))
        tasks = await dispatch.ListTasks(dispatch_pb2.ListTasksRequest(query="x"), metadata=metadata, timeout=4)
        assert tasks.tasks[0].title == "x"
        assert suite.far.dispatch.metadata["authorization"] == "Bearer a-machines-token"
        assert suite.far.dispatch.metadata["x-forwarded-for"] == "127.0.0.1"
        assert 2 < suite.far.dispatch.seconds < 5

        suite.far.dispatch.refusal = (grpc.StatusCode.ABORTED, "STALE_VERSION", {"version": "3"})
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await dispatch.ListTasks(dispatch_pb2.ListTasksRequest(), metadata=metadata)
        assert refused.value.code() is grpc.StatusCode.ABORTED
        assert refused.value.details() == "STALE_VERSION"
        info = reason_of(refused.value)
        assert (info.reason, info.domain, dict(info.metadata)) == ("STALE_VERSION", "crm.dispatch", {"version": "3"})

        customer = customer_pb2_grpc.CustomerServiceStub(channel)
        parts = [customer_pb2.StartImportRequest(file=customer_pb2.ImportFile(name="a.csv"))]
        parts += [customer_pb2.StartImportRequest(chunk=b"x" * 1000)] * 3
        job = await customer.StartImport(iter(parts), metadata=metadata)
        assert (job.job.name, suite.far.customer.size) == ("a.csv", 3000)
        asked = customer_pb2.DownloadImportErrorsRequest(id="j1")
        chunks = [part.chunk async for part in customer.DownloadImportErrors(asked, metadata=metadata)]
        assert b"".join(chunks).endswith(b"NUMBER_MISSING\n")
        missing_file = customer.DownloadImportErrors(
            customer_pb2.DownloadImportErrorsRequest(id="j2"), metadata=metadata
        )
        with pytest.raises(grpc.aio.AioRpcError) as missing:
            await missing_file.read()
        assert missing.value.code() is grpc.StatusCode.NOT_FOUND
    await server.stop(None)
