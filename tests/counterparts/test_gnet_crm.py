"""The older system on the network, in front of a far side that takes orders."""

import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from chassis.tls import trusted
from counterparts.gnet.settings import read
from counterparts.gnet_crm import build
from local_stack.processes import free_port

pytestmark = pytest.mark.slow


class Branch:
    """Takes work orders; answers badly as often as it is told to."""

    def __init__(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self.deliveries = 0
        self.answers: list[int] = []


@pytest.fixture
def branch() -> Iterator[tuple[Branch, str]]:
    far = Branch()
    lock = threading.Lock()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            with lock:
                status, document = self._answer(body)
            data = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _answer(self, body: bytes) -> tuple[int, dict[str, Any]]:
            if self.path == "/token":
                return 200, {"access_token": "t", "expires_in": 300}
            assert self.headers["authorization"] == "Bearer t"
            far.deliveries += 1
            status = far.answers.pop() if far.answers else 201
            if status != 201:
                return status, {"code": str(status)}
            order = json.loads(body)
            far.orders[order["externalId"]] = order
            return 201, {"id": f"w-{order['externalId']}", **order}

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield far, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def gnet(branch: tuple[Branch, str], tmp_path: Path) -> Iterator[httpx.Client]:
    port = free_port()
    settings = read(environment(port, branch[1], tmp_path))
    server = uvicorn.Server(uvicorn.Config(build(settings), port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10, verify=trusted()) as client:
        wait_until(lambda: alive(client))
        yield client
    server.should_exit = True
    thread.join()


def environment(port: int, gateway: str, folder: Path) -> dict[str, str]:
    (folder / "client_secret").write_text("s")
    (folder / "write_back_token").write_text("agreed")
    return {
        "CRM_HTTP_PORT": str(port),
        "CRM_GATEWAY_URL": gateway,
        "CRM_TOKEN_URL": f"{gateway}/token",
        "CRM_SECRETS_DIR": str(folder),
        "CRM_HOME_DIR": str(folder / "home"),
        "CRM_DEMO_CUSTOMERS": "600",
    }


def start(told: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "counterparts.gnet_crm"], env=os.environ | told)


def alive(client: httpx.Client) -> bool:
    try:
        return client.get("/livez").is_success
    except httpx.TransportError:
        return False


def wait_until(true: Any, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def totals(client: httpx.Client) -> dict[str, dict[str, int]]:
    return client.get("/ledger", params={"limit": 0}).json()["totals"]


def write_back(client: httpx.Client, key: str, order: str, **more: Any) -> httpx.Response:
    body = {"externalId": order, "taskId": f"task-of-{order}", "outcome": "completed", "sequence": 1, **more}
    return client.post("/write-backs", json=body, headers={"idempotency-key": key, "authorization": "Bearer agreed"})


def pushed(client: httpx.Client, count: int) -> None:
    assert client.post("/orders", json={"n": count, "prefix": "X"}).json() == {"added": count}
    wait_until(lambda: totals(client)["orders"] == {"acknowledged": count})


def test_the_first_stock_is_pushed_once_and_some_of_it_cannot_be_placed(
    gnet: httpx.Client, branch: tuple[Branch, str]
) -> None:
    assert totals(gnet)["orders"] == {}
    assert gnet.post("/begin").json() == {"added": 60}
    assert gnet.post("/begin").json() == {"added": 0}
    wait_until(lambda: totals(gnet)["orders"] == {"acknowledged": 60})
    known = [
        {each["name"]: each["value"] for each in order["workOrderItem"][0]["work"]["workCharacteristic"]}
        for order in branch[0].orders.values()
    ]
    strangers = [each for each in known if each.get("subscriberNumber", "").startswith("15599")]
    assert len(strangers) == 4
    assert set(itertools.chain.from_iterable(known)) == {
        "subscriberNumber", "accountNumber", "customerNumber", "address", "community",
    }  # fmt: skip


def test_orders_are_pushed_until_they_are_acknowledged(gnet: httpx.Client, branch: tuple[Branch, str]) -> None:
    branch[0].answers = [503, 401, 403, 502, 429]
    pushed(gnet, 5)
    assert branch[0].deliveries == 10
    assert len(branch[0].orders) == 5


def test_an_order_that_is_refused_for_good_is_not_pushed_again(gnet: httpx.Client, branch: tuple[Branch, str]) -> None:
    branch[0].answers = [400]
    gnet.post("/orders", json={"n": 3, "prefix": "X"})
    wait_until(lambda: totals(gnet)["orders"] == {"acknowledged": 2, "refused": 1})
    assert branch[0].deliveries == 3


def test_a_double_delivery_is_counted_and_changes_nothing(gnet: httpx.Client) -> None:
    pushed(gnet, 1)
    assert write_back(gnet, "k1", "X000001").json()["verdict"] == "applied"
    assert write_back(gnet, "k1", "X000001").json()["verdict"] == "duplicate"
    assert totals(gnet)["deliveries"] == {"applied": 1, "duplicate": 1}
    assert totals(gnet)["effects"] == {"completed": 1}


def test_a_second_effect_on_one_task_is_found_out(gnet: httpx.Client) -> None:
    pushed(gnet, 2)
    write_back(gnet, "k1", "X000001", sequence=2)
    assert write_back(gnet, "k2", "X000001", sequence=2).json()["verdict"] == "double"
    assert write_back(gnet, "k3", "X000001", sequence=1).json()["verdict"] == "out_of_order"
    assert write_back(gnet, "k4", "X000002").json()["verdict"] == "applied"
    assert write_back(gnet, "k5", "nobody").status_code == 404
    assert totals(gnet)["deliveries"] == {"applied": 2, "double": 1, "out_of_order": 1, "unknown_order": 1}


def test_only_who_knows_the_token_may_write_back(gnet: httpx.Client) -> None:
    pushed(gnet, 1)
    body = {"externalId": "X000001", "outcome": "completed"}
    for headers in ({}, {"authorization": "Bearer other"}):
        answer = gnet.post("/write-backs", json=body, headers={"idempotency-key": "k", **headers})
        assert answer.status_code == 401
    assert gnet.post("/write-backs", json=body, headers={"authorization": "Bearer agreed"}).status_code == 422
    assert totals(gnet)["deliveries"] == {}


@pytest.mark.parametrize(("mode", "effects"), [("fail", {}), ("hang", {}), ("lose_answer", {"completed": 1})])
def test_it_can_be_told_to_behave_badly_and_takes_the_repetition(
    gnet: httpx.Client, mode: str, effects: dict[str, int]
) -> None:
    pushed(gnet, 1)
    gnet.post("/behaviour", json={"mode": mode, "probability": 1, "seconds": 0.2})
    assert write_back(gnet, "k1", "X000001").status_code == 503
    assert totals(gnet)["effects"] == effects
    gnet.post("/behaviour", json={"mode": "ok"})
    assert write_back(gnet, "k1", "X000001").status_code == 200
    assert totals(gnet)["effects"] == {"completed": 1}


@pytest.mark.slow
def test_the_book_survives_a_kill(branch: tuple[Branch, str], tmp_path: Path) -> None:
    port = free_port()
    told = environment(port, branch[1], tmp_path)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10, verify=trusted()) as client:
        process = start(told)
        wait_until(lambda: alive(client))
        pushed(client, 2)
        write_back(client, "k1", "X000001")
        process.kill()
        process.wait()
        process = start(told)
        wait_until(lambda: alive(client))
        assert write_back(client, "k1", "X000001").json()["verdict"] == "duplicate"
        book = client.get("/ledger", params={"prefix": "X000001"}).json()
        assert [order["effects"][0]["outcome"] for order in book["orders"]] == ["completed"]
        assert "G网CRM" in client.get("/").text
        process.terminate()
        assert process.wait(10) == 0
