"""The environment of the backup tool, typed and frozen. Secrets come from files, never from environment values."""

import os
import ssl
from datetime import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from backup_tool.errors import BackupError

STANDBY = "crm_backup"
"""Name of the replication slot, and by which PostgreSQL knows the receiver of its log."""


class BackupSettings(BaseSettings):
    """What the tool needs to know. Each name is an environment variable with `CRM_` in front."""

    model_config = SettingsConfigDict(env_prefix="CRM_", frozen=True, extra="ignore")

    backup_dir: Path
    secrets_dir: Path
    home_dir: Path
    database_url: str
    nats_url: str = ""
    keycloak_url: str = ""
    tls_dir: str = ""
    postgres_bin: str = ""
    postgres_data: str = ""
    zone: str = "Asia/Shanghai"
    # The clock of the branch's zone; a full backup a day, a drill a week.
    backup_at: time = time(2, 30)
    drill_at: time = time(4, 0)
    drill_weekday: int = 6
    backup_streams_minutes: float = 60
    backup_folders: str = ""
    backup_keep_days: float = 14
    backup_keep_count: int = 14
    backup_keep_gigabytes: float = 0
    # So long the branch waits for a second disk that is away before it works without it.
    backup_away_seconds: float = 10
    # An open piece of the log lies unencrypted on the second disk: not longer than this.
    backup_switch_seconds: float = 300

    def secret(self, name: str) -> str:
        """Answer a secret from its file; a missing or empty one is refused."""
        value = self.secret_or_none(name)
        if not value:
            raise BackupError(f"the secret file {self.secrets_dir / name} is missing, empty or not readable")
        return value

    def secret_or_none(self, name: str) -> str | None:
        """Answer a secret from its file, None when there is none."""
        try:
            return (self.secrets_dir / name).read_text(encoding="utf-8").strip() or None
        except OSError:
            return None

    @property
    def branch_zone(self) -> ZoneInfo:
        """The zone in which the schedule is counted."""
        return ZoneInfo(self.zone)

    def connection(self) -> dict[str, str]:
        """Answer how PostgreSQL is reached, as libpq names it; the password is not among it."""
        url = urlsplit(self.database_url)
        known = {
            "host": url.hostname or "127.0.0.1",
            "port": str(url.port or 5432),
            "user": url.username or "backup",
            "dbname": url.path.lstrip("/") or "postgres",
            "connect_timeout": "3",
        }
        if self.tls_dir:
            folder = Path(self.tls_dir)
            known |= {
                "sslmode": "verify-full",
                "sslrootcert": str(folder / "ca.crt"),
                "sslcert": str(folder / "tls.crt"),
                "sslkey": str(folder / "tls.key"),
            }
        return known

    def environment(self) -> dict[str, str]:
        """Answer the environment of PostgreSQL's client programs; the password stands in no command line."""
        return {**os.environ, "LC_ALL": "C", "PGPASSWORD": self.secret("database_password")}

    def folders(self) -> dict[str, Path]:
        """Answer the folders that are saved beside the databases: `name=/path,name=/path`."""
        pairs = (entry.split("=", 1) for entry in self.backup_folders.split(",") if "=" in entry)
        return {name.strip(): Path(path.strip()) for name, path in pairs}

    def broker(self, restoring: bool = False) -> dict[str, Any]:
        """Answer how the broker is reached, as nats-py takes it; only a restore may change streams."""
        user, file = ("restore", "nats_restore_password") if restoring else ("operations", "nats_password")
        known: dict[str, Any] = {
            "servers": self.nats_url,
            "connect_timeout": 5,
            "user": user,
            "password": self.secret(file),
            # A user hears the answers to its own questions only.
            "inbox_prefix": f"_INBOX.{user}",
        }
        if (context := self.tls()) is not None:
            known["tls"] = context
        return known

    def tls(self) -> ssl.SSLContext | None:
        """Answer the context with the branch's authority and our own certificate; None without a folder for them."""
        if not self.tls_dir:
            return None
        folder = Path(self.tls_dir)
        context = ssl.create_default_context(cafile=str(folder / "ca.crt"))
        context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
        return context


def load(**overrides: Any) -> BackupSettings:
    """Read the settings; a wrong one is named."""
    try:
        return BackupSettings(**overrides)
    except ValidationError as error:
        wrong = "; ".join(f"CRM_{str(one['loc'][0]).upper()}: {one['msg']}" for one in error.errors())
        raise BackupError(f"settings: {wrong}") from error
