"""Real servers for tests: a PostgreSQL and a nats-server of their own, thrown away at the end."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_stack.nats import NatsServer, one_password
from local_stack.postgres import PostgresServer
from local_stack.processes import free_port
from tests.databases import Databases, quick_folder, throw_away_server
from tests.oracle import elsewhere, kept
from tests.oracle.recording import Recording, recording

SPEAK_ORACLE = {"chassis", "customer", "dispatch", "support", "telemetry"}
"""Folders whose tests run nothing that Oracle could not run as well."""


@pytest.fixture(scope="session", autouse=True)
def _recording(request: pytest.FixtureRequest) -> Iterator[Recording]:  # pyright: ignore[reportUnusedFunction]  # pytest calls it
    with recording() as heard:
        yield heard
    kept.keep(request.config, heard.for_oracle)


@pytest.fixture(autouse=True)
def _speaks_oracle(request: pytest.FixtureRequest, _recording: Recording) -> Iterator[None]:  # pyright: ignore[reportUnusedFunction]  # pytest calls it
    """Fails a test that ran a statement which is not portable, so that its place is known."""
    yield
    faults, heard = _recording.take_faults(), _recording.take_heard()
    folder = request.path.relative_to(Path(__file__).parent).parts[0]
    if folder not in kept.NOT_A_SERVICES:
        _recording.for_oracle |= heard
    if faults and folder in SPEAK_ORACLE:
        pytest.fail("Oracle 19c could not run:\n" + "\n".join(dict.fromkeys(faults)), pytrace=False)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL for the whole run of this worker."""
    with throw_away_server() as server:
        yield server


def pytest_addoption(parser: pytest.Parser) -> None:
    """Lets the storage tests run on another database, and keeps what they run for a grammar."""
    elsewhere.add_option(parser)
    kept.add_option(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Makes room for the statements that are to be kept."""
    kept.begin(config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves the storage tests alone when another database was chosen."""
    elsewhere.choose(config, items)


@pytest.fixture(scope="session")
def fresh_database(request: pytest.FixtureRequest) -> Iterator[Callable[..., str]]:
    """Make databases: `fresh_database(metadata)` returns the URL of a new one with these tables, empty;
    `fresh_database(metadata, fill)` one with what `fill(url)` puts into it (`Databases.fresh`).

    Without an argument the database has no tables (for migrations).
    """
    databases = (
        elsewhere.opened(request.config)
        if elsewhere.chosen(request.config)
        else Databases(request.getfixturevalue("postgres_server"))
    )
    yield databases.fresh
    databases.close()


@pytest.fixture(scope="module")
def nats_process() -> Iterator[NatsServer]:
    """A nats-server with JetStream of this test module's own; it may be stopped and started again."""
    with quick_folder("crm-nats-") as folder:
        server = NatsServer(folder, free_port(), one_password(secrets.token_urlsafe(12)))
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="module")
def nats_server(nats_process: NatsServer) -> str:
    """Return the URL of this test module's nats-server, for a user that may do anything."""
    return nats_process.url
