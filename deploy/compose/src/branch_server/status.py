"""`make status`: one screen. What cannot be found out is said to be unknown, with the reason; nothing is guessed."""

import json
import shutil
from dataclasses import dataclass
from typing import Any

from branch_server import suite
from branch_server.places import COMPOSE
from branch_server.programs import answer

ONE_SHOT = frozenset({"databases", "realm", "demo"})
WAITING = COMPOSE / "waiting.sql"
SERVICES = ("dispatch", "customer", "support", "telemetry")
_SECONDS = 10.0


@dataclass(frozen=True)
class Row:
    """One part: how it is, and why when it is not well."""

    part: str
    state: str
    well: bool
    version: str
    why: str = ""


def screen() -> tuple[str, bool]:
    """Answers the screen, and whether every part is well."""
    rows = parts()
    width = max((len(row.part) for row in rows), default=8)
    lines = [f"{'part':<{width}}  {'state':<12} version", *(_line(row, width) for row in rows)]
    if not rows:
        lines.append("nothing runs: make up")
    lines += ["", *waiting(), "", f"{'disk left':<14} {disk()}", f"{'last backup':<14} {backup()}"]
    return "\n".join(lines), bool(rows) and all(row.well for row in rows)


def parts() -> list[Row]:
    """Answers every container of the suite, those that must run and do not included."""
    status, text = answer(suite.compose("ps", "-a", "--format", "json"), seconds=_SECONDS)
    if status != 0:
        return [Row("engine", "unknown", False, "", text)]
    found = {one["Service"]: one for one in _objects(text)}
    status, text = answer(suite.compose("config", "--services"), seconds=_SECONDS)
    wanted = text.split() if status == 0 else list(found)
    return [_row(name, found.get(name)) for name in sorted({*wanted, *found} - ONE_SHOT)]


def _row(name: str, found: dict[str, Any] | None) -> Row:
    if found is None:
        return Row(name, "missing", False, "", "it was never started: make up")
    version = str(found.get("Image", "")).partition(":")[2]
    state, health = str(found.get("State", "")), str(found.get("Health", ""))
    if state == "running" and health in ("healthy", ""):
        return Row(name, health or "running", True, version)
    if state != "running":
        return Row(name, state, False, version, f"exit status {found.get('ExitCode', '?')}; make logs S={name}")
    return Row(name, health, False, version, _complaint(str(found.get("ID", ""))))


def _complaint(container: str) -> str:
    """Answers the last words of its health check."""
    status, text = answer(["docker", "inspect", "--format", "{{json .State.Health.Log}}", container], seconds=_SECONDS)
    if status != 0:
        return f"unknown: {text}"
    log: list[dict[str, Any]] = json.loads(text) or []
    words = str(log[-1].get("Output", "")).strip() if log else ""
    return words.splitlines()[-1][:160] if words else "not asked yet"


def waiting() -> list[str]:
    """Answers a line a service: what waits in its outbox, how long the oldest has, what lies with its dead letters."""
    queues = pending()
    lines = [f"{'service':<14} {'outbox':>7} {'oldest':>8} {'dead':>6} {'to read':>8}"]
    for service in SERVICES:
        status, text = _sql(service)
        if status != 0:
            lines.append(f"{service:<14} unknown: {text.splitlines()[-1] if text else 'no answer'}")
            continue
        rows, oldest, dead = text.split("|")
        to_read = queues.get(service, 0) if isinstance(queues, dict) else "?"
        lines.append(f"{service:<14} {rows:>7} {oldest + ' s':>8} {dead:>6} {to_read:>8}")
    return lines if isinstance(queues, dict) else [*lines, f"{'to read':<14} unknown: {queues}"]


def _sql(service: str) -> tuple[int, str]:
    address = suite.settings().get(f"CRM_{service.upper()}_DATABASE_URL", "")
    if address and not address.startswith("postgresql"):
        return 1, "its tables lie in Oracle; ask the telemetry page or the database itself"
    command = suite.compose("exec", "-T", "postgres", "psql", "-U", "postgres", "-d", service, "-At", "-f", "-")
    return answer(command, WAITING.read_bytes(), _SECONDS)


def pending() -> dict[str, int] | str:
    """Answers how many events wait for each service at the broker, or why that is not known."""
    ask = ["wget", "-q", "-O", "-", "http://127.0.0.1:8222/jsz?consumers=true&accounts=true"]
    status, text = answer(suite.compose("exec", "-T", "nats", *ask), seconds=_SECONDS)
    if status != 0:
        return text.splitlines()[-1] if text else "the broker does not answer"
    counts: dict[str, int] = {}
    said: dict[str, Any] = json.loads(text)
    streams = [stream for account in said.get("account_details", []) for stream in account.get("stream_detail", [])]
    consumers: list[dict[str, Any]] = [one for stream in streams for one in _list(stream, "consumer_detail")]
    for consumer in consumers:
        service = str(consumer["name"]).partition("-")[0]
        counts[service] = counts.get(service, 0) + int(consumer["num_pending"]) + int(consumer["num_ack_pending"])
    return counts


def _list(found: dict[str, Any], key: str) -> list[dict[str, Any]]:
    return found.get(key) or []


def disk() -> str:
    """Answers how much room is left where the engine keeps its volumes."""
    status, folder = answer(["docker", "info", "--format", "{{.DockerRootDir}}"], seconds=_SECONDS)
    if status != 0:
        return f"unknown: {folder}"
    try:
        room = shutil.disk_usage(folder)
    except OSError as error:
        return f"unknown: {folder} cannot be looked at ({error.strerror})"
    return f"{room.free / 2**30:.1f} GiB of {room.total / 2**30:.0f} ({folder})"


def backup() -> str:
    """Answers what the backup tool says of its last run."""
    status, text = answer(
        suite.compose("exec", "-T", "backup", "python", "-m", "backup_tool", "status"), seconds=_SECONDS
    )
    if status == 0 and text:
        return text.replace("\n", f"\n{'':<15}")
    return f"unknown: {text.splitlines()[-1] if text else 'the backup does not answer'}"


def _line(row: Row, width: int) -> str:
    return f"{row.part:<{width}}  {row.state:<12} {row.version:<10} {row.why}".rstrip()


def _objects(text: str) -> list[dict[str, Any]]:
    """Older compose answers one list, newer ones an object a line."""
    if text.startswith("["):
        return json.loads(text)
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]
