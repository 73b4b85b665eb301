"""The drill: the newest full backup is restored aside, served, counted and looked through. What was never restored is no backup."""

import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from backup_tool import chain, cluster, manifest, recovery, streams
from backup_tool.catalogue import Catalogue, Full
from backup_tool.errors import BackupError, DamagedError
from backup_tool.full_copy import count_rows
from backup_tool.keys import Key
from backup_tool.restore import holdings
from backup_tool.settings import BackupSettings
from backup_tool.vault import unseal


@dataclass(frozen=True)
class Drill:
    """What a drill found."""

    at: datetime
    ok: bool
    full: str
    seconds: float
    rows: int
    found: str = ""


def drill(settings: BackupSettings, catalogue: Catalogue, key: Key, say: Callable[[str], object]) -> Drill:
    """Restore the newest full backup aside and prove it; a backup that fails is marked and never counted as good again."""
    began, at = time.monotonic(), datetime.now(UTC)
    fulls = [one for one in catalogue.fulls() if not one.damage]
    if not fulls:
        return Drill(at, False, "", 0.0, 0, "there is no usable full backup")
    full, rows, found = fulls[-1], 0, ""
    settings.home_dir.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix="drill-", dir=settings.home_dir, ignore_cleanup_errors=True) as name:
            Path(name).chmod(0o711)
            rows = _prove(settings, catalogue, key, full, Path(name))
        _prove_log(catalogue, key)
        for snapshot in catalogue.snapshots()[-1:]:
            streams.check(snapshot, key)
    except BackupError as error:
        found = str(error)
        if isinstance(error, DamagedError) and full.id in found:
            catalogue.mark_damaged(full, found)
    say(f"drill: {found or f'{rows} rows of {full.id} are there'}")
    return Drill(at, not found, full.id, round(time.monotonic() - began, 1), rows, found)


def _prove(settings: BackupSettings, catalogue: Catalogue, key: Key, full: Full, folder: Path) -> int:
    data, log, counted = folder / "data", folder / "log", [0]
    recovery.check_room(folder, full, ())
    recovery.unpack(catalogue, full, key, data)
    manifest.verify(data, full.id)
    recovery.lay_log(catalogue, (), key, log)
    # Only to the end of the backup itself: there, how many rows each table has is known.
    plan = chain.Plan(full, full.timeline, (), None, full.finished_at)
    options = {**recovery.options(plan, log), "recovery_target": "immediate", "recovery_target_timeline": "current"}

    def look(server: cluster.ScratchServer) -> None:
        counted[0] = _compare(server, full)
        _look_through(settings, server, full)

    recovery.recover(settings, data, options, look)
    return counted[0]


def _compare(server: cluster.ScratchServer, full: Full) -> int:
    total = 0
    for database, tables in full.rows.items():
        with server.connect(database) as connection:
            held = count_rows(connection)
        for table, (least, most) in tables.items():
            count = held.get(table)
            if count is None or not least <= count <= most:
                wanted = str(least) if least == most else f"{least} to {most}"
                raise DamagedError(
                    f"the backup {full.id} is damaged: {database}: {table} has {count} rows, {wanted} were backed up"
                )
            total += count
    return total


def _look_through(settings: BackupSettings, server: cluster.ScratchServer, full: Full) -> None:
    """Have PostgreSQL read every page of every table and index; where it can, check their structure too."""
    with server.connect() as connection:
        extended = connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'amcheck'").fetchone()
    if extended is not None:
        command = server.client(cluster.program(settings, "pg_amcheck"), "--all", "--install-missing", "-j", "2")
    else:
        command = server.client(cluster.program(settings, "pg_dumpall"), "--no-role-passwords")
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        # Not the copy's fault: the serving cluster may be as ill, and this may be the best copy there is.
        raise BackupError(f"not everything in {full.id} can be read: {done.stderr.strip()[-1500:]}")


def _prove_log(catalogue: Catalogue, key: Key) -> None:
    """Open every piece of the log that the newest full backup needs, and see that none is missing."""
    plan = chain.plan(holdings(catalogue), None)
    for piece in plan.pieces:
        if piece.sealed:
            unseal(piece.file, key, lambda _: None, sha256=piece.sha256)
