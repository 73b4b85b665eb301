"""The backup of a stack on one machine: a child when CRM_BACKUP_DIR names a folder, and `make backup`, `make restore`."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import LiteralString

from psycopg import sql

from backup_tool.keys import KEY_FILE, new_key
from backup_tool.role import GRANTS, ROLE, connect_grant
from local_stack.layout import Home, Ports, keep_secret
from local_stack.nats import NatsServer
from local_stack.postgres import PostgresServer, binaries

FOLDER = "CRM_BACKUP_DIR"


def folder(home: Home) -> Path:
    """Answer where the backups lie: CRM_BACKUP_DIR, else a folder of the stack's own (the same disk: no protection from its loss)."""
    return Path(os.environ.get(FOLDER) or home.root / "backups").absolute()


def wanted() -> bool:
    """Say whether the stack is backed up as it runs."""
    return bool(os.environ.get(FOLDER))


def postgres_settings() -> Mapping[str, str]:
    """Answer what PostgreSQL is told beside the usual: without a receiver of its log no commit waits for one."""
    # Given up rather than the disk filled, when the second disk stays away: a full backup begins the log anew.
    limit = {"max_slot_wal_keep_size": "2GB"}
    return limit if wanted() else {**limit, "synchronous_standby_names": ""}


def environment(home: Home, ports: Ports, postgres_data: Path) -> Mapping[str, str]:
    """Answer the settings of the backup tool on this stack."""
    secrets = home.secrets("backup")
    keep_secret(secrets / "database_password")
    keep_secret(secrets / KEY_FILE, new_key() if not (secrets / KEY_FILE).exists() else None)
    for user, name in (("operations", "nats_password"), ("restore", "nats_restore_password")):
        keep_secret(secrets / name, keep_secret(home.secrets(user) / "nats_password"))
    keep_secret(secrets / "keycloak_admin_password", keep_secret(home.secrets("keycloak") / "admin_password"))
    services = ("gateway", "dispatch", "customer", "support")
    passed = {key: value for key, value in os.environ.items() if key.startswith("CRM_BACKUP_") or key == "CRM_ZONE"}
    return {
        **passed,
        "CRM_BACKUP_DIR": str(folder(home)),
        "CRM_SECRETS_DIR": str(secrets),
        "CRM_HOME_DIR": str(home.data("backup")),
        "CRM_DATABASE_URL": f"postgresql://{ROLE}@127.0.0.1:{ports.postgres}/postgres",
        "CRM_NATS_URL": f"nats://127.0.0.1:{ports.nats}",
        "CRM_KEYCLOAK_URL": f"http://127.0.0.1:{ports.keycloak}/auth",
        "CRM_POSTGRES_BIN": str(binaries()),
        "CRM_POSTGRES_DATA": str(postgres_data),
        "CRM_BACKUP_FOLDERS": ",".join(f"{name}={home.data(name)}" for name in services),
    }


def prepare(home: Home, server: PostgresServer) -> None:
    """Have the tool's role with its rights, and the door of every database open to it."""
    password = keep_secret(home.secrets("backup") / "database_password")
    with server.connect() as connection:
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone()
        verb: LiteralString = "ALTER" if known else "CREATE"
        statement = sql.SQL(verb + " ROLE {} LOGIN PASSWORD {}")
        connection.execute(statement.format(sql.Identifier(ROLE), sql.Literal(password)))
        for grant in GRANTS:
            connection.execute(grant.encode())
        rows = connection.execute("SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate")
        for row in rows.fetchall():
            connection.execute(connect_grant(str(row[0])).encode())


def command(*arguments: str) -> list[str]:
    """Answer the command line of the tool."""
    return [sys.executable, "-m", "backup_tool", *arguments]


def call(home: Home, ports: Ports, server: PostgresServer, *arguments: str) -> int:
    """Call the tool once on this stack and answer its exit status."""
    known = {**os.environ, **environment(home, ports, server.data)}
    return subprocess.run(command(*arguments), env=known, check=False).returncode


def restore(home: Home, ports: Ports, server: PostgresServer, at: str) -> int:
    """Restore a stack that is stopped: the cluster, then the broker, which is started for that alone; answer the exit status."""
    status = call(home, ports, server, "restore", "--at", at, "--cluster-only")
    if status:
        return status
    passwords = {user: keep_secret(home.secrets(user) / "nats_password") for user in ("operations", "restore")}
    broker = NatsServer(home.data("nats"), ports.nats, passwords)
    broker.start()
    try:
        return call(home, ports, server, "restore", "--at", at, "--streams-only")
    finally:
        broker.stop()
