"""The closed variant at work: a manager's day, what it takes of the machine, parts replaced while people work, status."""

import json
import os
import subprocess
import time
from dataclasses import dataclass

import pytest
from crm.telemetry.v1 import telemetry_pb2

from branch_server import parts, sbom
from branch_server.places import version
from branch_trust.parts import OURS
from tests.compose.load import working
from tests.compose.renewal import SHOWN, serials
from tests.compose.server import Server, soon
from tests.journeys.conftest import Branch
from tests.journeys.older_order import complete, gnet_tasks
from tests.person import CallRefused, Person

pytestmark = [pytest.mark.compose, pytest.mark.timeout(1800)]
MOST_MEMORY_MIB = 2560
# Nothing of this may be found in an image: no way to build, and no way to install.
TOOLS = ("gcc", "cc", "make", "pip", "pip3", "git", "curl")


def inside(container: str, *command: str) -> str:
    done = subprocess.run(["docker", "exec", container, *command], capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip()


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


def test_a_managers_day(server: Server, branch: Branch) -> None:
    """In a browser, over the containers' HTTPS: signs in at Keycloak, comes home, completes an older system's task, sees it written back."""
    with Person(server.url, "m001", server.password, verify=server.trust()) as person:
        task = soon("no order of the older system came", lambda: gnet_tasks(person))[0]
    complete(branch.enter("m001"), server, task)


HEALTH = "crm.telemetry.v1.TelemetryService/GetHealth"
OPERATED = {
    *("gateway", "dispatch", "customer", "support", "telemetry"),
    *("postgres", "nats", "keycloak", "backup"),
}


def facts(part: telemetry_pb2.Part) -> dict[tuple[str, str], float]:
    return {(fact.name, fact.subject): fact.value for fact in part.facts}


def test_the_operations_page_shows_disks_certificates_and_the_backup(server: Server) -> None:
    with Person(server.url, "operator", server.password, verify=server.trust()) as person:

        def known() -> dict[str, telemetry_pb2.Part]:
            answer = person.call(HEALTH, telemetry_pb2.GetHealthRequest(), telemetry_pb2.GetHealthResponse)
            found = {part.name: part for part in answer.parts}
            # The first backup begins when everything runs.
            return found if ("backup_age_seconds", "") in facts(found["backup"]) else {}

        found = soon("no backup is known", known, 120)
    assert found.keys() == OPERATED
    # A machine at work may be slow; that says nothing of what is looked at here.
    alerts = {(part.name, alert) for part in found.values() for alert in part.alerts if alert != "latency_p99"}
    assert alerts == set(), server.command("backups").stdout
    for part in ("postgres", "nats", "backup", "telemetry"):
        assert 0 < facts(found[part])["disk_free_bytes", ""] < facts(found[part])["disk_size_bytes", ""]
    for part in ("postgres", "nats", "keycloak", "dispatch", "gateway"):
        assert 80 < facts(found[part])["certificate_days_left", "tls.crt"] <= 90, found[part]


@dataclass(frozen=True)
class Renewal:
    """Certificates were renewed while people worked: what was shown before, who was told, what went wrong meanwhile."""

    before: dict[str, int]
    told: str
    failed: list[str]


@pytest.fixture(scope="module")
def renewal(server: Server) -> Renewal:
    before = serials(server, *SHOWN)
    with working(server.url, ["m001", "m002"], server.password, server.authority) as ledger:
        told = server.must("--folder", str(server.private), "certs", "--renew", module="branch_trust")
        time.sleep(5)
    return Renewal(before, told, ledger.failed)


def test_renewed_certificates_are_shown_and_nobody_is_cut_off(server: Server, renewal: Renewal) -> None:
    assert all(renewal.before.values()), renewal.before
    assert "postgres   was told" in renewal.told
    assert "nats       was told" in renewal.told
    # Keycloak looks once a minute: the last test of this file.
    quick = [part for part in SHOWN if part != "keycloak"]

    def renewed() -> bool:
        now = serials(server, *quick)
        return all(now[part] not in (0, renewal.before[part]) for part in quick)

    soon("not every part shows its renewed certificate", renewed, 15)
    assert renewal.failed == []


def test_nobody_is_root_and_nothing_can_be_built_inside(server: Server) -> None:
    running = server.containers()
    users = {part: inside(container, "id", "-u") for part, container in running.items()}
    assert {part for part, user in users.items() if user in {"", "0"} or not user.isdigit()} == set(), users
    found = {part: inside(one, "sh", "-c", f"command -v {' '.join(TOOLS)}") for part, one in running.items()}
    assert {part: tools for part, tools in found.items() if tools} == {}
    written = {part: inside(one, "sh", "-c", "touch /etc/x 2>&1; touch /usr/x 2>&1") for part, one in running.items()}
    assert all("Read-only file system" in words for words in written.values()), written


def test_every_image_says_what_is_in_it(server: Server) -> None:
    images = server.images()
    ours = {f"crm/{part.name}" for part in parts.present()}
    assert {image.partition(":")[0] for image in images} >= {*ours - {"crm/setup", "crm/counterparts"}, "crm/backup"}
    wanted = {
        "crm/gateway": "pkg:npm/antd@",
        "crm/keycloak": "pkg:maven/org.keycloak/keycloak-services@26.",
        "crm/nats": "pkg:golang/github.com/nats-io/nats-server/v2@v2.",
        "crm/postgres": "pkg:deb/debian/postgresql-18@18",
        "crm/backup": "pkg:pypi/psycopg@",
    }
    for image in images:
        name = image.partition(":")[0]
        document = json.loads((sbom.SBOMS / sbom.file_name(image)).read_text(encoding="utf-8"))
        addresses = [str(component["purl"]) for component in document["components"]]
        for start in ("pkg:deb/debian/libc6@", wanted.get(name, "pkg:pypi/grpcio@")):
            assert any(address.startswith(start) for address in addresses), f"{image} does not name {start}"
        jars = sum(address.startswith("pkg:maven/") for address in addresses)
        assert (jars > 300) is (name == "crm/keycloak"), f"{image}: {jars} jars"
        assert document["metadata"]["component"]["bom-ref"] == image_id(image), f"the list is of another {image}"


def image_id(image: str) -> str:
    command = ["docker", "image", "inspect", "--format", "{{.Id}}", image]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


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
    # A replaced part is what a start would make: the next one leaves it alone.
    server.must("up")
    assert server.containers() == after


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


def test_a_second_disk_that_takes_nothing_is_named(server: Server) -> None:
    """The folder of backups is no longer its user's: what is full, gone or failing looks the same to who writes there."""
    with Person(server.url, "operator", server.password, verify=server.trust()) as person:

        def alerts() -> list[str] | None:
            try:
                answer = person.call(HEALTH, telemetry_pb2.GetHealthRequest(), telemetry_pb2.GetHealthResponse)
            except CallRefused:
                # It was just started again by the test before.
                return None
            return next(list(part.alerts) for part in answer.parts if part.name == "backup")

        soon("the backup is not well", lambda: alerts() == [], 120)
        os.chown(server.second_disk, 0, 0)
        try:
            soon("the operations page says nothing", lambda: alerts() == ["backup_failed"], 60)
        finally:
            os.chown(server.second_disk, OURS, OURS)
        soon("the alert does not end", lambda: alerts() == [], 120)


def test_keycloak_shows_its_renewed_certificate_without_a_restart(server: Server, renewal: Renewal) -> None:
    container = server.containers()["keycloak"]
    shape = "{{.RestartCount}} {{.State.Running}}"
    seen = subprocess.run(["docker", "inspect", "-f", shape, container], capture_output=True, text=True, check=True)
    assert seen.stdout.split() == ["0", "true"]
    shown = soon(
        "Keycloak shows its old certificate",
        lambda: serials(server, "keycloak")["keycloak"] not in (0, renewal.before["keycloak"]),
        90,
    )
    assert shown


def test_memory_is_added_and_only_what_stands_on_the_database_starts_again(server: Server) -> None:
    """As docs/operations.md says it is done."""
    before = server.containers()
    with server.settings.open("a", encoding="utf-8") as opened:
        opened.write("CRM_POSTGRES_BUFFERS=160MB\nCRM_POSTGRES_MEMORY=1400m\n")
    with working(server.url, ["m001", "m002"], server.password, server.authority) as ledger:
        server.must("up")
    print(f"{len(ledger.failed)} of {ledger.answered} calls failed, within {ledger.troubled_seconds:.0f} s")
    after = server.containers()
    assert inside(after["postgres"], "psql", "-U", "postgres", "-Atc", "SHOW shared_buffers").strip() == "160MB"
    anew = {part for part in before if before[part] != after.get(part)}
    assert anew == {"postgres", "keycloak", "telemetry", "backup"}
    with working(server.url, ["m001"], server.password, server.authority) as ledger:
        soon("nobody works", lambda: ledger.answered > 20)
    assert ledger.failed == []
