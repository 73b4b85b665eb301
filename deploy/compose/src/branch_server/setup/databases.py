"""A role and a database for every part that has one, the first time and after an upgrade that brings a new part."""

from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from backup_tool.role import GRANTS, ROLE, connect_grant
from backup_tool.settings import STANDBY
from branch_server.setup.settings import Settings
from local_stack.postgres import SUPERUSER, ensure_database, ensure_role


def ensure(settings: Settings, names: tuple[str, ...]) -> None:
    """Has them all; passwords are those of the secrets, also when they were changed."""
    with _connect(settings) as connection:
        let_commits_go(connection)
        for name in names:
            ensure_database(connection, name, settings.secret(name, "database_password"))
            print(f"database {name}: there", flush=True)
        ensure_role(connection, ROLE, settings.secret(ROLE, "database_password"))
        for grant in (*GRANTS, *map(connect_grant, (*names, "postgres"))):
            connection.execute(grant.encode())
        print("role backup: there", flush=True)


def let_commits_go(connection: psycopg.Connection) -> None:
    """Lets commits go on while the backup does not run: it starts last, and nothing could start before it if they waited.

    Once it keeps up it has them wait again (`backup_tool.guard`).
    """
    receiving = "SELECT 1 FROM pg_stat_replication WHERE application_name = %s"
    if connection.execute(receiving, [STANDBY]).fetchone() is None:
        connection.execute("ALTER SYSTEM SET synchronous_standby_names = ''")
        connection.execute("SELECT pg_reload_conf()")


def _connect(settings: Settings) -> psycopg.Connection:
    where = make_conninfo(
        host="postgres",
        user=SUPERUSER,
        dbname="postgres",
        password=settings.secret("postgres", "superuser_password"),
        connect_timeout="10",
        **_encrypted(settings.tls_dir),
    )
    return psycopg.connect(where, autocommit=True)


def _encrypted(folder: str) -> dict[str, str]:
    if not folder:
        return {}
    files = {"sslrootcert": "ca.crt", "sslcert": "tls.crt", "sslkey": "tls.key"}
    return {"sslmode": "verify-full", **{name: str(Path(folder) / file) for name, file in files.items()}}
