"""The role by which the tool works in PostgreSQL: it copies, reads and switches its own setting, and changes no row."""

ROLE = "backup"

GRANTS: tuple[str, ...] = (
    "ALTER ROLE backup LOGIN REPLICATION",
    "GRANT pg_read_all_data, pg_monitor TO backup",
    "GRANT ALTER SYSTEM ON PARAMETER synchronous_standby_names TO backup",
    "GRANT EXECUTE ON FUNCTION pg_reload_conf() TO backup",
    "GRANT EXECUTE ON FUNCTION pg_switch_wal() TO backup",
)
"""Run once by the superuser after `CREATE ROLE backup PASSWORD …`; again does no harm."""


def connect_grant(database: str) -> str:
    """Answer what lets the role count the rows of a database whose doors are closed to others."""
    return f'GRANT CONNECT ON DATABASE "{database}" TO backup'
