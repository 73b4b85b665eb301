"""The closed variant at work: a manager's day, what it takes of the machine, parts replaced while people work, status."""

import json
import ssl
import subprocess
import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx
import pytest
from crm.dispatch.v1 import dispatch_pb2

from branch_server import parts, sbom
from branch_server.places import version
from tests.compose.load import LIST, working
from tests.compose.server import Server
from tests.faults.load import result_of
from tests.person import Person

pytestmark = [pytest.mark.compose, pytest.mark.timeout(1800)]
COMPLETE = "crm.dispatch.v1.DispatchService/CompleteTask"
GET = "crm.dispatch.v1.DispatchService/GetTask"
MOST_MEMORY_MIB = 2560
# Nothing of this may be found in an image: no way to build, and no way to install.
TOOLS = ("gcc", "cc", "make", "pip", "pip3", "git", "curl")


def inside(container: str, *command: str) -> str:
    done = subprocess.run(["docker", "exec", container, *command], capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip()


def effects(server: Server, external_id: str) -> list[dict[str, Any]]:
    book = httpx.get(f"{server.gnet_url}/ledger", params={"prefix": external_id, "limit": 5}, timeout=10).json()
    return [effect for order in book["orders"] if order["external_id"] == external_id for effect in order["effects"]]


def test_everything_runs_and_status_says_so(server: Server) -> None:
    screen = server.must("status")
    wanted = {
        "backup",
        "customer",
        "dispatch",
        "door",
        "gateway",
        "keycloak",
        "nats",
        "postgres",
        "support",
        "telemetry",
    }
    healthy = {line.split()[0] for line in screen.splitlines() if " healthy " in line}
    assert healthy >= wanted, screen
    assert all(f" {version()}" in line for line in screen.splitlines() if " healthy " in line), screen
    for service in ("dispatch", "customer", "support"):
        line = next(one for one in screen.splitlines() if one.startswith(f"{service} ") and "healthy" not in one)
        assert line.split()[1].isdigit(), f"no queue depths of {service}: {line}"
    assert "GiB of" in screen
    assert "unknown" not in screen, screen


def gnet_tasks(person: Person) -> list[dispatch_pb2.Task]:
    request = dispatch_pb2.ListTasksRequest(bucket=dispatch_pb2.TASK_BUCKET_TODO, mine=True, source="gnet-crm")
    return list(person.call(LIST, request, dispatch_pb2.ListTasksResponse).tasks)


T = TypeVar("T")


def soon(what: str, ask: Callable[[], T], seconds: float = 60) -> T:
    deadline = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < deadline, what
        time.sleep(0.3)
    return found


def test_a_managers_day(server: Server) -> None:
    """Signs in at Keycloak, lists today's tasks, completes one of the older system's, sees it written back."""
    trust = ssl.create_default_context(cafile=server.authority)
    with Person(server.url, "m001", server.password, verify=trust) as person:
        task = soon("no order of the older system came", lambda: gnet_tasks(person))[0]
        code = result_of(task.kind)
        done = dispatch_pb2.CompleteTaskRequest(
            id=task.id, version=task.version, result_code=code, result_json=json.dumps({"result_code": code})
        )
        person.call(COMPLETE, done, dispatch_pb2.CompleteTaskResponse)
        told = soon("the older system was not told", lambda: effects(server, task.external_id))
        assert [effect["outcome"] for effect in told] == ["completed"]

        def written_back() -> bool:
            asked = dispatch_pb2.GetTaskRequest(id=task.id)
            found = person.call(GET, asked, dispatch_pb2.GetTaskResponse).task
            return found.write_back == dispatch_pb2.WRITE_BACK_STATE_DELIVERED

        assert soon("the manager does not see that it was written back", written_back)


def test_nobody_is_root_and_nothing_can_be_built_inside(server: Server) -> None:
    running = server.containers()
    users = {part: inside(container, "id", "-u") for part, container in running.items()}
    assert {part for part, user in users.items() if user in {"", "0"} or not user.isdigit()} == set(), users
    found = {part: inside(one, "sh", "-c", f"command -v {' '.join(TOOLS)}") for part, one in running.items()}
    assert {part: tools for part, tools in found.items() if tools} == {}
    written = {part: inside(one, "sh", "-c", "touch /etc/x 2>&1; touch /usr/x 2>&1") for part, one in running.items()}
    assert all("Read-only file system" in words for words in written.values()), written


def test_every_image_says_what_is_in_it(server: Server) -> None:
    ours = [f"crm/{part.name}:{version()}" for part in parts.present()]
    for image in [*ours, *(f"crm/{name}:{version()}" for name in ("postgres", "nats", "keycloak"))]:
        document = json.loads((sbom.SBOMS / sbom.file_name(image)).read_text(encoding="utf-8"))
        packages = {component["purl"].split("@")[0] for component in document["components"]}
        assert "pkg:deb/debian/libc6" in packages, image
        assert ("pkg:pypi/grpcio" in packages) is (image in ours), image
        assert ("pkg:pypi/psycopg" in packages) is (image in ours or "backup" in image), image


def test_it_fits_the_server(server: Server) -> None:
    shape = "{{.Name}} {{.MemUsage}}"
    command = ["docker", "stats", "--no-stream", "--format", shape, *server.containers().values()]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    used = {line.split()[0]: _mib(line.split()[1]) for line in lines}
    print("\n".join(f"{name} {mib:.0f} MiB" for name, mib in used.items()), f"\nin all {sum(used.values()):.0f} MiB")
    assert len(used) >= 9
    assert sum(used.values()) <= MOST_MEMORY_MIB, used


def _mib(text: str) -> float:
    units = {"KiB": 1 / 1024, "MiB": 1.0, "GiB": 1024.0, "B": 1 / 1024**2}
    unit = next(one for one in units if text.endswith(one))
    return float(text.removesuffix(unit)) * units[unit]


def test_parts_are_replaced_while_people_work(server: Server) -> None:
    numbers = ["m001", "m002", "m003", "m004"]
    before = server.containers()
    with working(server.url, numbers, server.password, server.authority) as ledger:
        for part in ("dispatch", "customer", "support", "gateway"):
            asked = ledger.answered
            server.must("restart", part)
            deadline = time.monotonic() + 60
            while ledger.answered < asked + 50 and time.monotonic() < deadline:
                time.sleep(0.2)
            assert ledger.answered >= asked + 50, f"hardly anybody worked while {part} was replaced"
    print(f"{ledger.answered} calls answered, the slowest after {ledger.slowest:.1f} s")
    assert ledger.failed == []
    after = server.containers()
    replaced = {part for part in before if before[part] != after.get(part)}
    assert replaced == {"dispatch", "customer", "support", "gateway"}


def test_people_at_work_notice_a_restart_that_is_none(server: Server) -> None:
    """The control: a part that is stopped before another serves is noticed, so the ledger would have said so."""
    container = server.containers()["dispatch"]
    with working(server.url, ["m001", "m002"], server.password, server.authority) as ledger:
        time.sleep(2)
        subprocess.run(["docker", "stop", "-t", "1", container], check=True, capture_output=True)
        time.sleep(6)
        subprocess.run(["docker", "start", container], check=True, capture_output=True)
        time.sleep(1)
    assert ledger.failed != []


def test_status_names_what_is_ill_and_why(server: Server) -> None:
    container = server.containers()["telemetry"]
    subprocess.run(["docker", "stop", "-t", "5", container], check=True, capture_output=True)
    try:
        done = server.command("status")
        assert done.returncode == 1
        line = next(one for one in done.stdout.splitlines() if one.startswith("telemetry ") and "exited" in one)
        assert "make logs S=telemetry" in line
    finally:
        subprocess.run(["docker", "start", container], check=True, capture_output=True)
