"""Real servers for tests: a PostgreSQL and a nats-server of their own, thrown away at the end."""

import itertools
import re
import secrets
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy

from local_stack.nats import NatsServer
from local_stack.postgres import SERVING, THROW_AWAY, PostgresServer
from local_stack.processes import free_port
from tests.oracle.recording import Recording, recording

MetadataSource = sqlalchemy.MetaData | Callable[[], sqlalchemy.MetaData]
FreshDatabase = Callable[..., str]
SPEAK_ORACLE = {"chassis", "customer", "dispatch", "support"}
"""Folders whose tests run nothing that Oracle could not run as well."""


@pytest.fixture(scope="session", autouse=True)
def _recording() -> Iterator[Recording]:  # pyright: ignore[reportUnusedFunction]  # pytest calls it
    with recording() as heard:
        yield heard


@pytest.fixture(autouse=True)
def _speaks_oracle(request: pytest.FixtureRequest, _recording: Recording) -> Iterator[None]:  # pyright: ignore[reportUnusedFunction]  # pytest calls it
    """Fails a test that ran a statement which is not portable, so that its place is known."""
    yield
    faults = _recording.take_faults()
    if faults and request.path.relative_to(Path(__file__).parent).parts[0] in SPEAK_ORACLE:
        pytest.fail("Oracle 19c could not run:\n" + "\n".join(dict.fromkeys(faults)), pytrace=False)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL for the whole run of this worker, without any promise about a power cut."""
    # Not below pytest's own folder: as root the server runs as another user, and every run that begins closes that folder to others.
    with tempfile.TemporaryDirectory(prefix="crm-postgres-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = PostgresServer(
            folder / "data", free_port(), secrets.token_urlsafe(12), {**SERVING, **THROW_AWAY, "max_wal_size": "4GB"}
        )
        server.start()
        yield server
        server.abandon()


@pytest.fixture(scope="session")
def fresh_database(postgres_server: PostgresServer) -> Callable[[MetadataSource | None], str]:
    """Make databases: `fresh_database(metadata)` returns the URL of a new one with these tables, empty.

    The tables are created once per worker in a template, every further database is a copy of its files.
    Without an argument the database has no tables (for migrations).
    """
    templates: dict[int, str] = {}
    numbers = itertools.count(1)

    def create(source: MetadataSource | None = None) -> str:
        name = f"t{next(numbers)}"
        template = "template0" if source is None else templates.get(id(source))
        if template is None:
            template = templates[id(source)] = f"template_{name}"
            _make_template(postgres_server, template, source)
        with postgres_server.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")  # pyright: ignore[reportCallIssue, reportArgumentType]  # names made above
        return postgres_server.url(name)

    return create


def _make_template(server: PostgresServer, name: str, source: MetadataSource | None) -> None:
    assert re.fullmatch(r"\w+", name)
    metadata = source if isinstance(source, sqlalchemy.MetaData) or source is None else source()
    with server.connect() as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")  # pyright: ignore[reportCallIssue, reportArgumentType]  # checked above
    if metadata is not None:
        engine = sqlalchemy.create_engine(server.url(name), poolclass=sqlalchemy.NullPool)
        metadata.create_all(engine)
        engine.dispose()


@pytest.fixture(scope="module")
def nats_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    """A nats-server with JetStream of this test module's own; it may be stopped and started again."""
    server = NatsServer(tmp_path_factory.mktemp("nats"), free_port(), secrets.token_urlsafe(12))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def nats_server(nats_process: NatsServer) -> str:
    """Return the URL of this test module's nats-server, token included."""
    return nats_process.url
