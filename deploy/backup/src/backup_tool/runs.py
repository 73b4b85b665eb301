"""One run of each kind, with its note in the status: what the schedule and the command line call."""

import asyncio
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from psycopg import Error as DatabaseError

from backup_tool import folders, full_copy, realm, status, streams
from backup_tool.catalogue import Catalogue, new_id
from backup_tool.drill import Drill, drill
from backup_tool.errors import BackupError
from backup_tool.keys import Key, read_key
from backup_tool.pruning import Keep, prune
from backup_tool.settings import BackupSettings
from backup_tool.vault import locked

Say = Callable[[str], object]


@dataclass(frozen=True)
class Workshop:
    """What every run needs."""

    settings: BackupSettings
    catalogue: Catalogue
    key: Key
    say: Say

    @classmethod
    def of(cls, settings: BackupSettings, say: Say) -> "Workshop":
        """Make it from the settings: the key is read, the folder is there."""
        key = read_key(settings)
        settings.home_dir.mkdir(parents=True, exist_ok=True)
        catalogue = Catalogue(settings.backup_dir)
        catalogue.prepare()
        return cls(settings, catalogue, key, say)

    def noted(self, kind: str, work: Callable[[], int]) -> bool:
        """Do a piece of work that answers how many bytes it wrote; note how it ended and answer whether well."""
        started, error, size = datetime.now(UTC), "", 0
        try:
            # One at a time: a run by hand must not remove what the schedule is reading.
            with locked(self.catalogue.root, "run"):
                size = work()
        except (BackupError, DatabaseError, OSError) as failed:
            error = str(failed).strip() or repr(failed)
            self.say(f"{kind} FAILED: {error}")
        told = status.after_run(self.catalogue, kind, started, error=error, size=size)
        asyncio.run(status.publish(self.settings, told))
        return not error

    def full(self) -> bool:
        """Take a full backup with the realm's export and the folders, and remove what may go."""
        return self.noted("full", self._full)

    def _full(self) -> int:
        taken = full_copy.take_full(self.settings, self.catalogue, self.key, self.say)
        complaints: list[str] = []
        if self.settings.keycloak_url:
            try:
                self.say(f"realm: {realm.export(self.settings, self.catalogue, self.key, taken)} people")
            except BackupError as error:
                complaints.append(str(error))
        complaints += folders.save(self.settings, self.catalogue, self.key, taken)
        if prune(self.catalogue, Keep.wanted(self.settings), datetime.now(UTC)).too_big:
            complaints.append(
                "the backups take more than CRM_BACKUP_KEEP_GIGABYTES; the last good one is kept all the same"
            )
        if complaints:
            raise BackupError("the cluster is backed up, but: " + "; ".join(complaints))
        return taken.bytes

    def streams(self) -> bool:
        """Take a snapshot of the broker."""

        def work() -> int:
            # A database that is away says nothing of whose folder this is.
            with suppress(DatabaseError):
                full_copy.same_cluster(self.settings, self.catalogue)
            snapshot = streams.run_take(self.settings, self.catalogue, self.key, self.say)
            return streams.folder_bytes(snapshot.folder)

        return self.noted("streams", work)

    def everything(self) -> bool:
        """Take a full backup and a snapshot of the broker."""
        # The broker first: a snapshot older than the cluster tells of nothing that the cluster does not know.
        snapshot = self.streams() if self.settings.nats_url else True
        return self.full() and snapshot

    def drill(self) -> Drill:
        """Run the drill."""
        with locked(self.catalogue.root, "run"):
            found = drill(self.settings, self.catalogue, self.key, self.say)
        told = status.after_drill(self.catalogue, found)
        asyncio.run(status.publish(self.settings, told))
        return found

    def clear_unfinished(self) -> None:
        """Remove what a run that was cut off left behind."""
        with locked(self.catalogue.root, "run"):
            self._clear_unfinished()

    def _clear_unfinished(self) -> None:
        for folder in [*self.catalogue.root.glob("full/*"), *self.catalogue.root.glob("streams/*")]:
            if not (folder / "record.json").exists() and folder.name < new_id(datetime.now(UTC)):
                shutil.rmtree(folder, ignore_errors=True)
        for file in self.catalogue.wal.glob(".*"):
            file.unlink(missing_ok=True)
