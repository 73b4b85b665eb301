"""The restore: the cluster as it was at a moment, and the broker in step with it.

The database is the only truth. After every restore each service's relay is told that the broker's store was lost: it sends the
events of seven days again, and the inboxes, restored with the database, drop what they know. So an older broker loses
nothing. A newer one, after a restore to the past, would tell of what is no longer true: its streams are replaced by the
newest snapshot that is not younger than the database.
"""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from backup_tool import chain, cluster, recovery, streams
from backup_tool.catalogue import Catalogue, Snapshot, new_id
from backup_tool.errors import BackupError, WrongKeyError
from backup_tool.keys import Key
from backup_tool.settings import BackupSettings
from backup_tool.vault import write_whole

Say = Callable[[str], object]
SENT_AGAIN = "before a restore"


@dataclass
class Report:
    """What a restore did."""

    at: str
    full: str
    pieces: int
    seconds: float = 0.0
    last_commit: str = ""
    timeline: int = 0
    relays: list[str] = field(default_factory=list[str])
    folders: list[str] = field(default_factory=list[str])
    kept_aside: str = ""


def holdings(catalogue: Catalogue) -> chain.Holdings:
    """Read what lies in the folder of backups."""
    return chain.Holdings(catalogue.fulls(), catalogue.pieces(), catalogue.timelines())


def read_moment(text: str, settings: BackupSettings) -> datetime | None:
    """Read what a person typed: `latest`, or a moment; without a zone it is the branch's. None stands for latest."""
    if text.strip().lower() == "latest":
        return None
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise BackupError(f"AT={text!r} is no moment; write AT=latest or AT='2026-11-22 10:15:00+08'") from error
    return at if at.tzinfo else at.replace(tzinfo=settings.branch_zone)


def restore_cluster(settings: BackupSettings, catalogue: Catalogue, key: Key, at: datetime | None, say: Say) -> Report:
    """Put the cluster of a moment in the place of the data folder; the folder that was there is kept beside it."""
    if not settings.postgres_data:
        raise BackupError("CRM_POSTGRES_DATA must name PostgreSQL's data folder")
    data = Path(settings.postgres_data)
    if data.is_mount():
        raise BackupError(f"{data} is a mount itself, so that it cannot be moved aside; mount the folder above it")
    began = time.monotonic()
    chosen = chain.plan(holdings(catalogue), at)
    if chosen.full.key != key.name:
        raise WrongKeyError(
            f"the backup {chosen.full.id} was sealed with the key {chosen.full.key}; the one at hand is {key.name}. "
            "Lay the copy of the right key that you keep elsewhere into the folder of secrets"
        )
    say(f"full backup {chosen.full.id} and {len(chosen.pieces)} pieces of the log after it")
    fresh, log = data.with_name(f".{data.name}-restoring"), data.with_name(f".{data.name}-restoring-log")
    report = Report(at.isoformat() if at else "latest", chosen.full.id, len(chosen.pieces))
    owner = recovery.owner_of(data)
    try:
        for folder in (fresh, log):
            recovery.remove_tree(folder)
        recovery.check_room(data.parent, chosen.full, chosen.pieces)
        recovery.unpack(catalogue, chosen.full, key, fresh)
        say(f"unpacked after {time.monotonic() - began:.1f} s")
        recovery.lay_log(catalogue, chosen.pieces, key, log)
        options = recovery.options(chosen, log)
        recovery.recover(settings, fresh, options, lambda server: _settle(server, catalogue, report, say))
        say(
            f"recovered after {time.monotonic() - began:.1f} s; the last commit in it is of {report.last_commit or 'long ago'}"
        )
        report.kept_aside = _swap(data, fresh)
        recovery.give(data, owner)
    finally:
        for folder in (fresh, log):
            recovery.remove_tree(folder)
    report.seconds = round(time.monotonic() - began, 1)
    return report


def _settle(server: cluster.ScratchServer, catalogue: Catalogue, report: Report, say: Say) -> None:
    with server.connect() as connection:
        # Nobody receives the log yet; the guard turns it on again.
        connection.execute("ALTER SYSTEM RESET synchronous_standby_names")
        row = connection.execute("SELECT pg_walfile_name(pg_current_wal_lsn())").fetchone()
        report.timeline = int(str(row[0])[:8], 16) if row else 0
        names = cluster.databases(connection)
        report.last_commit = _last_commit(server.log())
    history = server.data / "pg_wal" / f"{report.timeline:08X}.history"
    if history.exists():
        write_whole(catalogue.wal / history.name, history.read_text(encoding="utf-8"))
    catalogue.note_timeline(report.timeline, datetime.now(UTC))
    for name in names:
        with server.connect(name) as connection:
            if _send_again(connection):
                report.relays.append(name)
    say(f"events of the last seven days will be sent again by {', '.join(report.relays) or 'nobody'}")


def _last_commit(log: str) -> str:
    marks = [line.split("log time ", 1)[1] for line in log.splitlines() if "last completed transaction was at" in line]
    return marks[-1].strip() if marks else ""


def _send_again(connection: psycopg.Connection[Any]) -> bool:
    """Have a service's relay see another stream than the one it sent to: it then sends again what may be lost there."""
    known = connection.execute(
        "SELECT 1 FROM information_schema.columns WHERE table_name = 'relay' AND column_name = 'stream_created'"
    ).fetchone()
    if known is None:
        return False
    connection.execute(
        "UPDATE relay SET stream_created = %s, holder = NULL WHERE stream_created IS NOT NULL", [SENT_AGAIN]
    )
    return True


def _swap(data: Path, fresh: Path) -> str:
    """Move the restored folder to its place; answer where the one before lies now."""
    aside = ""
    if data.exists():
        kept = data.with_name(f"{data.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
        data.rename(kept)
        aside = str(kept)
    fresh.rename(data)
    return aside


def restore_streams(
    settings: BackupSettings, catalogue: Catalogue, key: Key, at: datetime | None, say: Say
) -> list[str]:
    """Bring the broker, which must run while no service does, in step with a database of a moment; answer what was restored."""
    return asyncio.run(_restore_streams(settings, catalogue, key, at, say))


async def _restore_streams(
    settings: BackupSettings, catalogue: Catalogue, key: Key, at: datetime | None, say: Say
) -> list[str]:
    client = await streams.connect(settings, restoring=True)
    try:
        there = [name for name in await streams.names(client) if name not in streams.PASSING]
    finally:
        await client.close()
    if at is None and there:
        say(f"the broker has kept its store ({len(there)} streams); it stays as it is")
        return []
    snapshot = _newest(catalogue, at)
    if there:
        # Evidence, and a way back: what the broker holds now is not thrown away.
        aside = await streams.take(settings, catalogue, key, say)
        say(f"the broker's streams as they were are kept as {aside.id}")
        client = await streams.connect(settings, restoring=True)
        try:
            await streams.remove(client, there)
        finally:
            await client.close()
    if snapshot is None:
        say(
            "there is no snapshot of the broker for this moment; its streams begin empty and are filled from the databases"
        )
        return []
    left_out = (streams.FROM_DATABASE, *((streams.SIGN_INS,) if at else ()))
    restored = await streams.put_back(settings, snapshot, key, left_out)
    say(f"the broker's streams of {snapshot.id} are back: {', '.join(restored)}")
    return restored


def _newest(catalogue: Catalogue, at: datetime | None) -> Snapshot | None:
    fitting = [one for one in catalogue.snapshots() if at is None or one.taken_at <= at]
    return fitting[-1] if fitting else None


def note(catalogue: Catalogue, report: Report) -> Path:
    """Keep the report of a restore."""
    file = catalogue.root / "restores" / f"{new_id(datetime.now(UTC))}.json"
    write_whole(file, json.dumps(asdict(report), indent=1))
    return file
