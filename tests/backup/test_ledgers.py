"""The server's disk is lost under load, database and broker both; after the restore both ledgers agree."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest

from local_stack.layout import PROJECT
from tests.faults.ledger import compare
from tests.faults.load import Completer, Orders
from tests.faults.work import held_tasks
from tests.rig import Rig, running

pytestmark = pytest.mark.stack
QUIET_WITHIN = 240.0
MANAGERS = tuple(f"m{number:03d}" for number in range(1, 9))
COMPLETIONS = 15


def environment(rig: Rig, second_disk: Path) -> dict[str, str]:
    """What the stack was started with."""
    return {
        **os.environ,
        "PYTHONPATH": str(PROJECT),
        "CRM_HOME": str(rig.home),
        "CRM_PORT": str(rig.port("gateway")),
        "CRM_BACKUP_DIR": str(second_disk),
        "CRM_CACHE": os.environ.get("CRM_CACHE") or str(PROJECT / ".local" / "cache"),
        "CRM_ORDER_MINUTES": "100000",
    }


def lose_server(rig: Rig) -> None:
    """Kill every process at once, as a power cut does, and take the disk of database and broker away."""
    family = [psutil.Process(rig.process.pid), *psutil.Process(rig.process.pid).children(recursive=True)]
    for process in family:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    rig.process.wait(30)
    psutil.wait_procs(family[1:], timeout=30)
    shutil.rmtree(rig.home / "data" / "postgres" / "data")
    shutil.rmtree(rig.home / "data" / "nats" / "jetstream")


def commits_wait(rig: Rig) -> bool:
    """Whether a commit is acknowledged only when the second disk has it."""
    password = (rig.home / "secrets" / "postgres" / "superuser_password").read_text(encoding="utf-8").strip()
    with psycopg.connect(
        host="127.0.0.1", port=rig.port("postgres"), user="postgres", password=password, dbname="postgres"
    ) as connection:
        return connection.execute("SHOW synchronous_standby_names").fetchone() == ("crm_backup",)


def under_load(rig: Rig) -> list[str]:
    """Orders come in and are completed; then the server is lost in the middle of it. Answers what people were told is done."""
    stop = threading.Event()
    completers = [Completer(rig.url, number, rig.password) for number in MANAGERS]
    orders = Orders(rig.gnet_url, "R", per_second=10)
    workers = [threading.Thread(target=worker.run, args=(stop,)) for worker in (orders, *completers)]
    for worker in workers:
        worker.start()
    try:
        until(lambda: sum(len(completer.completed) for completer in completers) >= COMPLETIONS, 240)
        lose_server(rig)
    finally:
        stop.set()
    for worker in workers:
        worker.join(60)
    return [task_id for completer in completers for task_id in completer.completed]


@contextmanager
def started_again(rig: Rig, known: dict[str, str]) -> Generator[Rig]:
    with (rig.home / "again.log").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "local_stack", "run", "--customers", "1200"],
            env=known,
            stdout=output,
            stderr=output,
            cwd=PROJECT,
        )
    again = Rig(rig.home, process)
    try:
        until(lambda: is_up(again) or process.poll() is not None, 420)
        assert process.poll() is None, (rig.home / "again.log").read_text(errors="replace")[-3000:]
        yield again
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def is_up(rig: Rig) -> bool:
    """Whether this stack is ready; the description that a killed one left behind does not count."""
    told = rig.state()
    return told.get("pid") == rig.process.pid and told.get("phase") == "ready"


def until(check: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.5)


def quiet(rig: Rig) -> bool:
    """Whether the older system waits for no order, and every ended task was written back to it."""
    totals = httpx.get(f"{rig.gnet_url}/ledger", params={"limit": 0}, timeout=10).json()["totals"]
    ended = sum(task.state in ("completed", "cancelled") for task in held_tasks(rig))
    return not totals["orders"].get("waiting") and sum(totals["effects"].values()) >= ended


@pytest.mark.timeout(1500)
def test_after_a_restore_nothing_is_lost_and_nothing_doubled() -> None:
    with tempfile.TemporaryDirectory(prefix="crm-second-disk-", ignore_cleanup_errors=True) as name:
        second_disk = Path(name) / "backups"
        Path(name).chmod(0o755)
        with running(customers=1200, environment={"CRM_BACKUP_DIR": str(second_disk)}) as rig:
            known = environment(rig, second_disk)
            until(lambda: bool(list(second_disk.glob("full/*/record.json"))) and commits_wait(rig), 240)
            completed = under_load(rig)
            restored = subprocess.run(
                [sys.executable, "-m", "local_stack", "restore", "latest"],
                env=known,
                cwd=PROJECT,
                capture_output=True,
                text=True,
                check=False,
            )
            assert restored.returncode == 0, restored.stdout + restored.stderr
            with started_again(rig, known) as again:
                until(lambda: quiet(again), QUIET_WITHIN)
                book = httpx.get(f"{again.gnet_url}/ledger", params={"limit": 200_000}, timeout=60).json()
                verdict = compare(book["orders"], book["totals"]["deliveries"], held_tasks(again), completed)
    assert verdict.clean, str(verdict)
    assert verdict.acknowledged > 50
    assert len(completed) >= COMPLETIONS
