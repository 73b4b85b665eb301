"""Inbound work orders, each one acknowledged on its own, beside a single-row INSERT committed on its own.

The INSERT writes the row of a task into a table with the same rows and indexes, at the same number of callers and as durably
(`synchronous_commit` as the services have it). What a narrow table would take is printed beside it.
"""

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
ITEMS = 50
PATH = "/tmf-api/workOrderManagement/v4/workOrder"
_TASK = (
    "INSERT INTO bench_tasks (id, version, kind, title, source, priority, due_at, created_at, state, external_id,"
    " work_order_id, item_id, customer_id, customer_name, bureau_id, community_id, owner_number, placement) VALUES"
    " (uuidv7(), 1, 'care', '回访', 'gnet-crm', 3, now(), now(), 'open', uuidv7()::text,"
    " uuidv7(), '1', uuidv7(), '刘芳', uuidv7(), uuidv7(), 'm001', 'BY_SUBSCRIBER_NUMBER');\n"
)
_NARROW = (
    "INSERT INTO bench_narrow (id, external_id, title, due_at, owner_number) "
    "VALUES (uuidv7(), uuidv7()::text, '回访', now(), 'm001');\n"
)
_TABLES = """
CREATE TABLE bench_tasks (LIKE tasks INCLUDING ALL);
INSERT INTO bench_tasks SELECT * FROM tasks;
CREATE TABLE bench_narrow (id uuid PRIMARY KEY, external_id text UNIQUE, title text, due_at timestamptz, owner_number text);
ANALYZE bench_tasks;
"""


def measure(rig: Rig) -> list[Figure]:
    """Answers both rates at the same number of callers."""
    number = _subscriber(rig)
    token = machine_token(rig.token_url, "gnet-crm", rig.client_secret("gnet-crm"))
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    url = rig.url.replace("localhost", "127.0.0.1")
    one = post(url, PATH, _order(number, 1), headers, connections=CALLERS)
    many = post(url, PATH, _order(number, ITEMS), headers, connections=CALLERS)
    raw, narrow = _inserts(rig)
    rate = many.rate * ITEMS
    beside = f"bare INSERT: {raw:,.0f}/s (narrow table: {narrow:,.0f}/s)"
    return [
        Figure(
            f"inbound, one item an order, {CALLERS} at once",
            f"{one.rate:,.0f}/s",
            beside,
            one.rate / raw,
            0.25,
        ),
        Figure("inbound, one item: p50 / p99", f"{one.p50:.1f} / {one.p99:.1f} ms"),
        Figure(
            f"inbound, {ITEMS} items an order, {CALLERS} at once",
            f"{rate:,.0f} tasks/s",
            beside,
            rate / raw,
            0.25,
        ),
        Figure(f"inbound, {ITEMS} items: p50 / p99", f"{many.p50:.1f} / {many.p99:.1f} ms"),
    ]


def _order(number: str, items: int) -> bytes:
    work = {"name": "回访", "workType": "care", "workCharacteristic": [{"name": "subscriberNumber", "value": number}]}
    rows = [{"id": str(item + 1), "action": "add", "work": work} for item in range(items)]
    return json.dumps({"externalId": "B-@@@", "workOrderItem": rows}).encode()


def _subscriber(rig: Rig) -> str:
    with rig.database("customer") as connection:
        row = connection.execute("SELECT number FROM subscribers LIMIT 1").fetchone()
    assert row is not None
    return str(row[0])


def _inserts(rig: Rig) -> tuple[float, float]:
    with rig.database("dispatch") as connection:
        connection.execute(_TABLES)
        rates = _pgbench(rig, _TASK), _pgbench(rig, _NARROW)
        connection.execute("DROP TABLE bench_tasks, bench_narrow")
    return rates


def _pgbench(rig: Rig, statement: str, seconds: int = 5) -> float:
    password = (rig.home / "secrets" / "dispatch" / "database_password").read_text().strip()
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(statement)
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
    return float(next(line for line in done.stdout.splitlines() if line.startswith("tps = ")).split()[2])
