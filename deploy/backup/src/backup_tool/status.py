"""What the last runs did: `status.json` beside the backups, and the same in the broker's bucket `operations`."""

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nats.errors import Error as NatsError
from nats.js.api import KeyValueConfig
from nats.js.errors import NotFoundError

from backup_tool import chain, streams
from backup_tool.catalogue import Catalogue
from backup_tool.drill import Drill
from backup_tool.errors import BackupError
from backup_tool.restore import holdings
from backup_tool.settings import BackupSettings
from backup_tool.vault import locked, write_whole

FILE = "status.json"
BUCKET, ENTRY = "operations", "backup.status"
SILENT = timedelta(minutes=3)
"""Who backs up says how things stand every half a minute."""
Status = dict[str, Any]


def read(catalogue: Catalogue) -> Status:
    """Read the status; empty when nothing ran yet."""
    try:
        return json.loads((catalogue.root / FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    except OSError as error:
        raise BackupError(f"{catalogue.root} cannot be read ({error.strerror}); is the second disk there?") from error


def last_run(catalogue: Catalogue, kind: str) -> datetime | None:
    """Answer when a run of a kind ended last, well or not."""
    runs: dict[str, Status] = read(catalogue).get("runs") or {}
    return datetime.fromisoformat(runs[kind]["finished_at"]) if kind in runs else None


def last_drill(catalogue: Catalogue) -> datetime | None:
    """Answer when the last drill began."""
    drill: Status = read(catalogue).get("drill") or {}
    return datetime.fromisoformat(drill["at"]) if drill else None


def drilled(catalogue: Catalogue) -> str:
    """Answer which full backup the last drill was of; empty when there was none."""
    drill: Status = read(catalogue).get("drill") or {}
    return str(drill.get("full", ""))


def failed_drill(catalogue: Catalogue) -> str:
    """Answer what the last drill found wrong; empty when it was good or there was none."""
    drill: Status = read(catalogue).get("drill") or {}
    return "" if not drill or drill["ok"] else str(drill["found"])


def after_run(catalogue: Catalogue, kind: str, started: datetime, *, error: str = "", size: int = 0) -> Status:
    """Note how a run ended; a good run leaves the word of the last failure of its kind behind."""
    run = {"started_at": _iso(started), "finished_at": _iso(datetime.now(UTC)), "ok": not error, "error": error}

    def change(known: Status) -> Status:
        runs: dict[str, Status] = {**known.get("runs", {}), kind: run}
        failed = [f"{name}: {one['error']}" for name, one in runs.items() if not one["ok"]]
        told = {"kind": kind, **run, "ok": not failed, "error": "; ".join(failed)}
        return {**told, "size_bytes": size or known.get("size_bytes", 0), "runs": runs}

    return _change(catalogue, change)


def after_drill(catalogue: Catalogue, drill: Drill) -> Status:
    """Note what a drill found."""
    found = {
        "at": _iso(drill.at),
        "ok": drill.ok,
        "seconds": drill.seconds,
        "rows": drill.rows,
        "full": drill.full,
        "found": drill.found,
    }
    return _change(catalogue, lambda _: {"drill": found})


def now(catalogue: Catalogue, *, lag: int | None, waiting: bool, alerts: list[str]) -> Status:
    """Note how things stand: the log, the window, room on the second disk, what is wrong."""
    room = shutil.disk_usage(catalogue.root)
    stand = {
        "wal_lag_bytes": lag,
        "receiving": lag is not None,
        "commits_wait": waiting,
        "alerts": alerts,
        "disk_free_bytes": room.free,
        "disk_size_bytes": room.total,
    }
    return _change(catalogue, lambda _: {**stand, "seen_at": _iso(datetime.now(UTC))})


def unwritten(last: Status, folder: Path, error: Exception) -> Status:
    """Answer the status of a second disk that takes nothing: what was told last, and that it failed."""
    why = f"{folder} could not be written ({error}): the second disk is full, gone or failing"
    return {**last, "ok": False, "error": why, "seen_at": _iso(datetime.now(UTC))}


def _change(catalogue: Catalogue, change: Callable[[Status], Status]) -> Status:
    """Change the status; two who change it at once both are heard."""
    spans = chain.windows(holdings(catalogue))
    with locked(catalogue.root, "status"):
        known = read(catalogue)
        status = {
            **known,
            **change(known),
            "oldest_restorable": _iso(spans[0].first) if spans else None,
            "newest_restorable": _iso(spans[-1].last) if spans else None,
            "windows": [[_iso(span.first), _iso(span.last)] for span in spans],
            "full_backups": len([one for one in catalogue.fulls() if not one.damage]),
        }
        write_whole(catalogue.root / FILE, json.dumps(status, indent=1, ensure_ascii=False))
    return status


async def publish(settings: BackupSettings, status: Status) -> None:
    """Put the status where the operations page reads it; a broker that is away hears of it the next time."""
    if not settings.nats_url:
        return
    with suppress(BackupError, NatsError, TimeoutError, OSError):
        client = await streams.connect(settings)
        try:
            jetstream = client.jetstream(timeout=5)
            try:
                bucket = await jetstream.key_value(BUCKET)
            except NotFoundError:
                bucket = await jetstream.create_key_value(KeyValueConfig(bucket=BUCKET, history=5))
            await bucket.put(ENTRY, json.dumps(status, ensure_ascii=False).encode())
        finally:
            await client.close()


def told(status: Status) -> str:
    """Say the status to a person."""
    if not status:
        return "nothing has been backed up yet"
    drill: dict[str, Any] = status.get("drill") or {}
    lines = [
        f"last run      {status.get('kind', '-')}, finished {_here(status.get('finished_at'))}: "
        + ("good" if status.get("ok") else f"FAILED: {status.get('error', '')}"),
        f"restorable    {_spans(status)} ({status.get('full_backups', 0)} full backups)",
        f"log           {_log(status)}",
        f"drill         {_here(drill.get('at')) if drill else 'never'}"
        + (
            f": good, {drill['rows']} rows in {drill['seconds']} s"
            if drill.get("ok")
            else f": {drill.get('found', '-')}"
        ),
    ]
    alerts: list[str] = list(status.get("alerts") or [])
    seen = status.get("seen_at")
    if seen and datetime.now(UTC) - datetime.fromisoformat(seen) > SILENT:
        alerts.append(
            f"nothing was written since {_here(seen)}: nobody backs up, or the second disk is full, gone or failing"
        )
    return "\n".join([*lines, *(f"ALERT         {alert}" for alert in alerts)])


def _spans(status: Status) -> str:
    spans: list[list[str]] = status.get("windows") or []
    return " and ".join(f"{_here(first)} to {_here(last)}" for first, last in spans) or "nothing"


def _here(text: str | None) -> str:
    """Say a moment in the zone of this process."""
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S%z") if text else "-"


def _log(status: Status) -> str:
    if not status.get("receiving"):
        return "not received"
    waits = (
        "commits wait for the second disk" if status.get("commits_wait") else "commits do NOT wait for the second disk"
    )
    return f"{status.get('wal_lag_bytes')} bytes behind; {waits}"


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
