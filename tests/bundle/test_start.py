"""What the setup does at every start before anything else of ours writes, on a PostgreSQL of the test's own."""

import secrets
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

import psycopg
import pytest

from branch_server.setup import databases
from local_stack.postgres import SERVING, PostgresServer
from local_stack.processes import free_port
from tests.databases import quick_folder

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]
NAMES = "SHOW synchronous_standby_names"


@contextmanager
def served() -> Generator[PostgresServer]:
    """A server that keeps its promises: one that is thrown away waits for nobody."""
    with quick_folder("crm-start-") as folder:
        server = PostgresServer(folder / "data", free_port(), secrets.token_urlsafe(12), SERVING)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def becomes(connection: psycopg.Connection, wanted: str) -> None:
    """Waits until the server has read its settings again."""
    deadline = time.monotonic() + 10
    while (found := connection.execute(NAMES).fetchone()) != (wanted,):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def test_nothing_waits_for_a_backup_that_has_not_started_yet() -> None:
    """An upgrade may stop PostgreSQL before the backup could say that commits need not wait: the setting outlives the stop."""
    with served() as server, server.connect() as connection:
        connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'crm_backup'")
        connection.execute("SELECT pg_reload_conf()")
        becomes(connection, "crm_backup")
        with server.connect() as writing:
            commit = threading.Thread(target=writing.execute, args=("CREATE ROLE dispatch",), daemon=True)
            commit.start()
            commit.join(1)
            assert commit.is_alive(), "this commit should wait for the second disk"
            databases.let_commits_go(connection)
            commit.join(10)
            assert not commit.is_alive()
        becomes(connection, "")
