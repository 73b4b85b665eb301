"""Inbound work orders, each one acknowledged on its own, beside a single-row INSERT committed on its own."""

import json
import subprocess
import tempfile
from pathlib import Path

from local_stack.postgres import binaries
from tests.bench.figures import Figure
from tests.bench.wrk import post
from tests.person import machine_token
from tests.rig import Rig

CALLERS = 8
PATH = "/tmf-api/workOrderManagement/v4/workOrder"
_INSERT = (
    "INSERT INTO bench_orders (id, external_id, title, due_at, owner_number) "
    "VALUES (uuidv7(), uuidv7()::text, '回访', now(), 'm001');\n"
)


def measure(rig: Rig) -> list[Figure]:
    """Answers both rates at the same number of callers."""
    number = _subscriber(rig)
    order = {
        "externalId": "B-@@@",
        "workOrderItem": [
            {
                "id": "1",
                "action": "add",
                "work": {
                    "name": "回访",
                    "workType": "care",
                    "workCharacteristic": [{"name": "subscriberNumber", "value": number}],
                },
            }
        ],
    }
    token = machine_token(rig.token_url, "gnet-crm", rig.client_secret("gnet-crm"))
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    body = json.dumps(order).encode()
    ours = post(rig.url.replace("localhost", "127.0.0.1"), PATH, body, headers, connections=CALLERS)
    raw = _inserts(rig)
    return [
        Figure(
            f"inbound work order, {CALLERS} at once",
            f"{ours.rate:,.0f}/s",
            f"bare INSERT: {raw:,.0f}/s",
            ours.rate / raw,
            0.25,
        ),
        Figure("inbound work order: p50 / p99", f"{ours.p50:.1f} / {ours.p99:.1f} ms"),
    ]


def _subscriber(rig: Rig) -> str:
    with rig.database("customer") as connection:
        row = connection.execute("SELECT number FROM subscribers LIMIT 1").fetchone()
    assert row is not None
    return str(row[0])


def _inserts(rig: Rig, seconds: int = 5) -> float:
    with rig.database("dispatch") as connection:
        connection.execute(
            "CREATE TABLE bench_orders (id uuid PRIMARY KEY, external_id text UNIQUE, title text, due_at timestamptz, owner_number text)"
        )
        password = (rig.home / "secrets" / "dispatch" / "database_password").read_text().strip()
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
            script.write(_INSERT)
            script.flush()
            done = subprocess.run(
                [
                    str(binaries() / "pgbench"),
                    *("-n", "-f", script.name, "-c", str(CALLERS), "-T", str(seconds)),
                    *("-h", "127.0.0.1", "-p", str(rig.port("postgres")), "-U", "dispatch", "dispatch"),
                ],
                env={"PGPASSWORD": password, "PATH": str(Path("/usr/bin"))},
                capture_output=True,
                text=True,
                check=True,
            )
        connection.execute("DROP TABLE bench_orders")
    return float(next(line for line in done.stdout.splitlines() if line.startswith("tps = ")).split()[2])
