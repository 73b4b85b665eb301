"""Databases of the tests' own: a server that keeps its files in memory where it can, and copies of templates."""

import itertools
import secrets
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

import psycopg
import sqlalchemy
from psycopg import sql

from local_stack.postgres import SERVING, SUPERUSER, THROW_AWAY, PostgresServer
from local_stack.processes import free_port

MetadataSource = sqlalchemy.MetaData | Callable[[], sqlalchemy.MetaData]
Fill = Callable[[str], None]
MEMORY = Path("/dev/shm")  # noqa: S108  # a private folder is made below it
COPY = 9 << 20
"""What a database without rows takes, in bytes."""
FEWEST = 32
"""A database outlives so many younger ones at least."""


def _copies(folder: Path) -> int:
    """So many databases fill a sixth of what is free: three workers and their rows leave room for others."""
    return shutil.disk_usage(folder).free // 6 // COPY


@contextmanager
def quick_folder(prefix: str) -> Generator[Path]:
    """A folder in memory, where making 300 files for a database takes a tenth of the time; on disk where there is no room."""
    spacious = MEMORY.is_dir() and _copies(MEMORY) >= FEWEST
    # Not below pytest's own folder: as root the server runs as another user, and every run that begins closes that folder to others.
    with tempfile.TemporaryDirectory(
        prefix=prefix, dir=MEMORY if spacious else None, ignore_cleanup_errors=True
    ) as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@contextmanager
def throw_away_server() -> Generator[PostgresServer]:
    """A PostgreSQL without any promise about a power cut, and with a password that is quickly checked."""
    quick = {"max_wal_size": "4GB", "scram_iterations": "1"}
    with quick_folder("crm-postgres-") as folder:
        server = PostgresServer(
            folder / "data", free_port(), secrets.token_urlsafe(12), {**SERVING, **THROW_AWAY, **quick}
        )
        server.start()
        try:
            with server.connect() as connection:
                # initdb hashed it 4096 times, and every session to come would.
                connection.execute(
                    sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(SUPERUSER), sql.Literal(server.password))
                )
            yield server
        finally:
            server.abandon()


class Databases:
    """Makes databases: the tables once in a template, every further database is a copy of its files."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._numbers = itertools.count(1)
        self._templates: dict[tuple[int, Fill | None], str] = {}
        self._made: deque[str] = deque()
        self._kept = max(_copies(server.data), FEWEST)
        self._administrator: tuple[Popen[bytes] | None, psycopg.Connection] | None = None

    def fresh(self, source: MetadataSource | None = None, fill: Fill | None = None) -> str:
        """Answers the URL of a new database with these tables and what `fill` puts into them; without tables when there is no source.

        `fill` is called once with the URL of a template, so it is a function of a module and leaves no connection open.
        """
        name = f"t{next(self._numbers)}"
        template = "template0" if source is None else self._templates.get((id(source), fill))
        if source is not None and template is None:
            template = self._templates[id(source), fill] = f"template_{name}"
            self._make_template(template, source)
            if fill is not None:
                fill(self._server.url(template))
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self._connection().execute(copy.format(sql.Identifier(name), sql.Identifier(template or "template0")))
        self._made.append(name)
        while len(self._made) > self._kept:
            self._drop(self._made.popleft())
        return self._server.url(name)

    def close(self) -> None:
        """Lets go of the server; the databases go with it."""
        if self._administrator is not None:
            self._administrator[1].close()

    def _connection(self) -> psycopg.Connection:
        if self._administrator is None or self._administrator[0] is not self._server.process:
            self.close()
            self._administrator = self._server.process, self._server.connect()
        return self._administrator[1]

    def _make_template(self, name: str, source: MetadataSource) -> None:
        metadata = source if isinstance(source, sqlalchemy.MetaData) else source()
        self._connection().execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        engine = sqlalchemy.create_engine(self._server.url(name), poolclass=sqlalchemy.NullPool)
        metadata.create_all(engine)
        engine.dispose()

    def _drop(self, name: str) -> None:
        used = self._connection().execute("SELECT 1 FROM pg_stat_activity WHERE datname = %s", [name]).fetchone()
        if not used:
            self._connection().execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
