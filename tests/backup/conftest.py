"""A cluster with the backup tool's role, a folder for backups, and the tool over both."""

import secrets
import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from backup_tool.keys import new_key
from backup_tool.role import GRANTS
from backup_tool.runs import Workshop
from backup_tool.settings import BackupSettings
from local_stack.nats import NatsServer, one_password
from local_stack.postgres import SERVING, PostgresServer, binaries
from local_stack.processes import free_port


@dataclass
class Site:
    """A branch's server: a disk with the cluster, a second disk with the backups."""

    folder: Path
    server: PostgresServer
    broker: NatsServer | None = None
    said: list[str] = field(default_factory=list[str])

    def settings(self, **more: object) -> BackupSettings:
        """Answer the tool's settings."""
        known: dict[str, object] = {
            "backup_dir": self.folder / "second-disk",
            "secrets_dir": self.folder / "secrets",
            "home_dir": self.folder / "work",
            "database_url": f"postgresql://backup@127.0.0.1:{self.server.port}/postgres",
            "nats_url": f"nats://127.0.0.1:{self.broker.port}" if self.broker else "",
            "postgres_bin": str(binaries()),
            "postgres_data": str(self.server.data),
        }
        return BackupSettings.model_validate({**known, **more})

    def workshop(self, **more: object) -> Workshop:
        """Answer the tool."""
        return Workshop.of(self.settings(**more), self.said.append)

    def write(self, *values: int) -> None:
        """Commit a row for each value: acknowledged when this returns."""
        with self.server.connect("ledger") as connection:
            for value in values:
                connection.execute("INSERT INTO entries (value) VALUES (%s)", [value])

    def held(self) -> list[int]:
        """Answer every value that is there, in order."""
        with self.server.connect("ledger") as connection:
            return [int(row[0]) for row in connection.execute("SELECT value FROM entries ORDER BY id").fetchall()]

    def lose_disk(self) -> None:
        """Kill the cluster as a power cut does, and take its disk away."""
        process = self.server.process
        assert process is not None
        process.kill()
        process.wait(10)
        # Its children notice that their parent is gone; the test waits until nobody holds the port.
        self.server.stop()
        shutil.rmtree(self.server.data)


@contextmanager
def made_site(broker: bool = False) -> Generator[Site]:
    with tempfile.TemporaryDirectory(prefix="crm-backup-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "secrets").mkdir()
        (folder / "cluster").mkdir()
        for file, text in (("database_password", secrets.token_hex(8)), ("backup_key", f"# a key\n{new_key()}\n")):
            (folder / "secrets" / file).write_text(text)
        settings = {**SERVING, "scram_iterations": "1", "max_wal_size": "256MB"}
        server = PostgresServer(folder / "cluster" / "data", free_port(), secrets.token_hex(8), settings)
        site = Site(folder, server)
        try:
            server.start()
            prepare_cluster(site)
            if broker:
                passwords = one_password(secrets.token_hex(8))
                for file, user in (("nats_password", "operations"), ("nats_restore_password", "restore")):
                    (folder / "secrets" / file).write_text(passwords[user])
                site.broker = NatsServer(folder / "broker", free_port(), passwords)
                site.broker.start()
            yield site
        finally:
            server.stop()
            if site.broker:
                site.broker.stop()


def prepare_cluster(site: Site) -> None:
    password = (site.folder / "secrets" / "database_password").read_text()
    with site.server.connect() as connection:
        connection.execute(f"CREATE ROLE backup LOGIN PASSWORD '{password}'".encode())
        for grant in GRANTS:
            connection.execute(grant.encode())
        connection.execute("CREATE DATABASE ledger")
    with site.server.connect("ledger") as connection:
        connection.execute("CREATE TABLE entries (id bigserial PRIMARY KEY, value bigint NOT NULL)")


@pytest.fixture
def site() -> Iterator[Site]:
    with made_site() as made:
        yield made


@pytest.fixture
def site_with_broker() -> Iterator[Site]:
    with made_site(broker=True) as made:
        yield made
