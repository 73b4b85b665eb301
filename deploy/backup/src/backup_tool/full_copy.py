"""A full backup of the serving cluster, taken while it serves: one sealed file that carries its own checksums and log."""

import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, Any

import psycopg

from backup_tool import cluster
from backup_tool.catalogue import Catalogue, Full, new_id, read_lsn
from backup_tool.errors import BackupError
from backup_tool.keys import Key
from backup_tool.settings import BackupSettings
from backup_tool.vault import seal

CLUSTER = "cluster.gz.age"
# PostgreSQL's statistics come this late at the latest.
_STATISTICS_AFTER = 11.0
Rows = dict[str, dict[str, tuple[int, int]]]
Counters = dict[str, tuple[int, int]]


def take_full(settings: BackupSettings, catalogue: Catalogue, key: Key, say: Callable[[str], object]) -> Full:
    """Take a full backup; it is in the catalogue when this returns, and not at all when it raises."""
    same_cluster(settings, catalogue)
    catalogue.prepare()
    started = datetime.now(UTC)
    identity = new_id(started)
    began = _transactions(settings)
    counted = _counted(settings)
    with tempfile.TemporaryFile("w+", encoding="utf-8") as told, _log_kept(settings):
        sealed = _copy(settings, catalogue, key, identity, told)
        told.seek(0)
        start, end, timeline = _places(told.read())
    finished = datetime.now(UTC)
    if not _stood_still(began, _transactions(settings)):
        time.sleep(_STATISTICS_AFTER)
    rows = _bounds(settings, counted)
    with cluster.connect(settings) as connection:
        version = connection.info.server_version
    full = Full(
        id=identity,
        started_at=started,
        finished_at=finished,
        timeline=timeline,
        start_lsn=start,
        end_lsn=end,
        bytes=sealed.bytes,
        plain_bytes=sealed.plain_bytes,
        sha256=sealed.sha256,
        key=key.name,
        server_version=version,
        rows=rows,
    )
    catalogue.record(full)
    say(f"full backup {identity}: {sealed.plain_bytes >> 20} MB, {sealed.bytes >> 20} MB sealed")
    return full


@contextmanager
def _log_kept(settings: BackupSettings) -> Generator[None]:
    """Have PostgreSQL keep the log from now on until the block ends: a copy takes long, and its end needs the log of its beginning."""
    with cluster.connect(settings) as connection:
        connection.execute("SELECT pg_create_physical_replication_slot('crm_full_' || pg_backend_pid(), true, true)")
        yield


def same_cluster(settings: BackupSettings, catalogue: Catalogue) -> None:
    """Refuse a folder that holds the backups of another cluster: their logs would be mixed."""
    with cluster.connect(settings) as connection:
        row = connection.execute("SELECT system_identifier FROM pg_control_system()").fetchone()
    mine, file = str(row[0]) if row else "", catalogue.root / "cluster"
    if not file.exists():
        catalogue.root.mkdir(mode=0o750, parents=True, exist_ok=True)
        file.write_text(mine, encoding="utf-8")
    known = file.read_text(encoding="utf-8").strip()
    if known != mine:
        raise BackupError(
            f"{catalogue.root} holds the backups of another database cluster ({known}, this one is {mine}); "
            "choose another folder, or move the old one away when it is no longer needed"
        )


def _copy(settings: BackupSettings, catalogue: Catalogue, key: Key, identity: str, told: IO[str]) -> Any:
    known = settings.connection()
    target = " ".join(f"{name}='{value}'" for name, value in known.items() if name != "dbname")
    command = [
        *(str(cluster.program(settings, "pg_basebackup")), "-d", f"{target} application_name=crm_full_backup"),
        *("-D", "-", "-F", "tar", "-X", "fetch", "-c", "fast", "-v", "--manifest-checksums=SHA256", "--no-password"),
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=told, stdin=subprocess.DEVNULL, env=settings.environment()
    )
    source = process.stdout
    if source is None:
        raise BackupError("pg_basebackup could not be read")
    file = catalogue.root / "full" / identity / CLUSTER
    try:
        sealed = seal(source, file, key)
    except BaseException:
        process.kill()
        raise
    finally:
        source.close()
        status = process.wait()
    if status != 0:
        file.unlink()
        file.parent.rmdir()
        told.seek(0)
        raise BackupError(f"pg_basebackup failed:\n{told.read().strip()[-2000:]}")
    return sealed


def _places(told: str) -> tuple[int, int, int]:
    start = re.search(r"start point: (\S+) on timeline (\d+)", told)
    end = re.search(r"end point: (\S+)", told)
    if start is None or end is None:
        raise BackupError(f"pg_basebackup did not say where the log begins and ends:\n{told[-1000:]}")
    return read_lsn(start[1]), read_lsn(end[1]), int(start[2])


def count_rows(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Count every table of a database that a person or a service filled."""
    tables = connection.execute(
        "SELECT quote_ident(schemaname), quote_ident(relname) FROM pg_stat_user_tables ORDER BY 1, 2"
    )
    names = [f"{row[0]}.{row[1]}" for row in tables.fetchall()]
    return {name: _count(connection, name) for name in names}


def _count(connection: psycopg.Connection[Any], table: str) -> int:
    # The name was quoted by PostgreSQL itself.
    row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()  # noqa: S608
    return int(row[0]) if row else 0


def _counted(settings: BackupSettings) -> dict[str, tuple[Counters, dict[str, int]]]:
    found: dict[str, tuple[Counters, dict[str, int]]] = {}
    for database in _reachable(settings):
        with cluster.connect(settings, database) as connection:
            found[database] = _counters(connection), count_rows(connection)
    return found


def _reachable(settings: BackupSettings) -> list[str]:
    with cluster.connect(settings) as connection:
        rows = connection.execute(
            "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate "
            "AND has_database_privilege(datname, 'CONNECT') ORDER BY 1"
        )
        return [str(row[0]) for row in rows.fetchall()]


def _counters(connection: psycopg.Connection[Any]) -> Counters:
    rows = connection.execute(
        "SELECT quote_ident(schemaname) || '.' || quote_ident(relname), n_tup_ins, n_tup_del FROM pg_stat_user_tables"
    )
    return {str(row[0]): (int(row[1]), int(row[2])) for row in rows.fetchall()}


def _transactions(settings: BackupSettings) -> tuple[int, int]:
    """Answer the oldest transaction that runs and the next that will begin, of the whole cluster."""
    with cluster.connect(settings) as connection:
        row = connection.execute(
            "SELECT pg_snapshot_xmin(now)::text, pg_snapshot_xmax(now)::text FROM pg_current_snapshot() AS now"
        ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 1)


def _stood_still(before: tuple[int, int], after: tuple[int, int]) -> bool:
    """Say whether nothing was written between: no transaction ran, and none began."""
    return before[0] == before[1] == after[1]


def _bounds(settings: BackupSettings, counted: dict[str, tuple[Counters, dict[str, int]]]) -> Rows:
    """Answer how many rows each table had at least and at most meanwhile: what was counted, less or more what went and came."""
    bounds: Rows = {}
    for database, (before, rows) in counted.items():
        with cluster.connect(settings, database) as connection:
            after = _counters(connection)
        bounds[database] = {
            table: (
                count - max(0, after.get(table, (0, 0))[1] - before.get(table, (0, 0))[1]),
                count + max(0, after.get(table, (0, 0))[0] - before.get(table, (0, 0))[0]),
            )
            for table, count in rows.items()
            if table in after
        }
    return bounds
