"""The log as it is written: received on the second disk before a commit is acknowledged, and sealed piece by piece."""

import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from backup_tool import cluster
from backup_tool.catalogue import Catalogue
from backup_tool.errors import BackupError
from backup_tool.full_copy import same_cluster
from backup_tool.keys import Key
from backup_tool.settings import STANDBY, BackupSettings
from backup_tool.vault import SUFFIX, seal, sync_folder

_LOST = (
    "has already been removed",
    "can no longer get changes",
    "is not in this server's history",
    "has been invalidated",
)


class Receiver:
    """Runs pg_receivewal and seals what it has closed."""

    def __init__(self, settings: BackupSettings, catalogue: Catalogue, key: Key, say: Callable[[str], object]) -> None:
        self._settings, self._catalogue, self._key, self._say = settings, catalogue, key, say
        self._process: subprocess.Popen[bytes] | None = None
        # The log has a hole, or begins anew: only another full backup makes it whole.
        self.wants_full = False
        self._began = False

    @property
    def runs(self) -> bool:
        """Whether the receiving program is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start receiving where the slot stands; what is there of an older timeline is put away first."""
        self._refuse_another_place()
        self._have_slot()
        self._leave_older_timelines()
        target = {**self._settings.connection(), "application_name": STANDBY}
        target.pop("dbname")
        connection = " ".join(f"{name}='{value}'" for name, value in target.items())
        command = [
            *("setpriv", "--pdeathsig=TERM", str(cluster.program(self._settings, "pg_receivewal"))),
            *("-D", str(self._catalogue.open), "-S", STANDBY, "--synchronous", "--no-loop", "--no-password"),
            *("--status-interval=1", "-d", connection),
        ]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=self._settings.environment()
            )

    def stop(self) -> None:
        """Stop receiving; the slot keeps the place."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        self._process = None

    def why_ended(self) -> str:
        """Answer the last words of a receiver that has ended; a lost place is given up, so that the next start begins anew."""
        if self._process is None:
            return ""
        self._process = None
        told = self._log.read_text(encoding="utf-8", errors="replace").strip()[-600:] if self._log.exists() else ""
        if any(sign in told for sign in _LOST):
            self._begin_anew()
        return told

    def seal_closed(self) -> int:
        """Seal every closed piece and answer how many; the open one stays."""
        closed = [file for file in sorted(self._catalogue.open.iterdir()) if len(file.name) == 24]
        for file in closed:
            self._seal(file)
        for file in self._catalogue.open.glob("*.history"):
            self._keep_history(file)
        return len(closed)

    def close_piece(self) -> None:
        """Have PostgreSQL begin another piece, so that what is open gets sealed."""
        with cluster.connect(self._settings) as connection:
            connection.execute("SELECT pg_switch_wal()")

    def mark(self) -> None:
        """Commit a mark: a quiet branch's log, too, tells up to when it is complete."""
        with cluster.connect(self._settings) as connection:
            connection.execute("SELECT pg_logical_emit_message(true, 'crm_backup', 'mark')")

    def lag(self) -> int | None:
        """Answer how many bytes of the log are not on the second disk; None while nothing receives."""
        with cluster.connect(self._settings) as connection:
            row = connection.execute(
                "SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), flush_lsn) FROM pg_stat_replication "
                "WHERE application_name = %s",
                [STANDBY],
            ).fetchone()
        return None if row is None or row[0] is None else max(0, int(row[0]))

    @property
    def _log(self) -> Path:
        return self._settings.home_dir / "pg_receivewal.log"

    def _refuse_another_place(self) -> None:
        """The folder must be the one it was, and this cluster's: an unmounted disk leaves an empty folder on the first one."""
        if self._began and not (self._catalogue.root / "cluster").exists():
            raise BackupError(f"{self._catalogue.root} is empty: the second disk is not mounted")
        same_cluster(self._settings, self._catalogue)
        self._catalogue.prepare()
        self._began = True

    def _have_slot(self) -> None:
        with cluster.connect(self._settings) as connection:
            row = connection.execute(
                "SELECT wal_status FROM pg_replication_slots WHERE slot_name = %s", [STANDBY]
            ).fetchone()
            if row is not None and row[0] == "lost":
                self._say("PostgreSQL has given up the log that waited for the second disk; a full backup follows")
                connection.execute("SELECT pg_drop_replication_slot(%s)", [STANDBY])
                row = None
            if row is None:
                self._put_away(lambda _: True)
                connection.execute("SELECT pg_create_physical_replication_slot(%s, true)", [STANDBY])
                self.wants_full = True

    def _leave_older_timelines(self) -> None:
        with cluster.connect(self._settings) as connection:
            row = connection.execute("SELECT pg_walfile_name(pg_current_wal_lsn())").fetchone()
        current = int(str(row[0])[:8], 16) if row else 1
        self._put_away(lambda timeline: timeline != current)
        self._catalogue.note_timeline(current, datetime.now(UTC))

    def _put_away(self, which: Callable[[int], bool]) -> None:
        for file in sorted(self._catalogue.open.iterdir()):
            if file.suffix == ".history":
                self._keep_history(file)
            elif which(int(file.name[:8], 16)):
                self._seal(file)

    def _begin_anew(self) -> None:
        self._put_away(lambda _: True)
        with cluster.connect(self._settings) as connection, suppress(Exception):
            connection.execute("SELECT pg_drop_replication_slot(%s)", [STANDBY])
        self.wants_full = True

    def _seal(self, file: Path) -> None:
        if len(file.name) == 24 and any(self._catalogue.wal.glob(f"{file.name}.*{SUFFIX}")):
            # Sealed just before we were killed.
            file.unlink()
            return
        closed = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        aside = self._catalogue.wal / f".{file.name}.sealing"
        with file.open("rb") as opened:
            sealed = seal(opened, aside, self._key)
        aside.rename(self._catalogue.sealed_name(file.name, closed, sealed.sha256))
        sync_folder(self._catalogue.wal)
        file.unlink()

    def _keep_history(self, file: Path) -> None:
        shutil.copyfile(file, self._catalogue.wal / file.name)
        file.unlink()
