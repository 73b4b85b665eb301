"""One process migrates at a time, waits briefly for locks, and holds none for long."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TypeVar

import structlog
from sqlalchemy import Column, Connection, Engine, MetaData, SmallInteger, Table, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

T = TypeVar("T")
log = structlog.get_logger()
# Any number will do, as long as every process of the suite uses the same.
_LOCK = 7318221
LOCK_WAIT = 900
"""Milliseconds that a statement waits for a lock. Everybody who comes later waits behind it, so it gives way and comes again;
two tables in one transaction (the lint allows no more) are held for less than two seconds so."""
STATEMENT = 2_000
"""Milliseconds that a statement may take inside a transaction, where it holds locks until the end."""
PATIENCE = 60.0
"""Seconds of coming again before the migration gives up: somebody holds the table for good."""
PAUSE = 0.2
TURNS = "schema_turns"
"""The table whose row is the lock where there are no advisory locks."""
_tables = MetaData()
_turns = Table(TURNS, _tables, Column("id", SmallInteger, primary_key=True, autoincrement=False))
_GIVES_WAY = {"55P03": "lock", "40P01": "deadlock"}
_TOO_LONG = "57014"


class MigrationStuck(SystemExit):
    """A revision cannot be applied without holding others up; the text says what stands in the way."""


@contextmanager
def turn(engine: Engine, connection: Connection, *, by_row: bool = False) -> Generator[None]:
    """Waits until no other process migrates this database, and keeps the others waiting.

    PostgreSQL has advisory locks for it. Elsewhere the lock of a row does, on a connection of its own: Oracle commits at
    every change of a table, which would let go of it.
    """
    if engine.dialect.name == "postgresql" and not by_row:
        # Asked for again and again instead of waited for: a waiting statement holds a snapshot, and an index that is
        # built concurrently waits for all snapshots: the two would wait for each other.
        _until(lambda: bool(connection.scalar(text(f"SELECT pg_try_advisory_lock({_LOCK})"))), connection)
        try:
            yield
        finally:
            connection.rollback()
            connection.execute(text(f"SELECT pg_advisory_unlock({_LOCK})"))
            connection.commit()
        return
    _make_turn(engine)
    with engine.connect() as holder:
        taken = select(_turns.c.id).with_for_update(skip_locked=True)
        _until(lambda: holder.scalar(taken) is not None, holder, keep=True)
        yield


def _until(mine: Callable[[], bool], connection: Connection, *, keep: bool = False) -> None:
    began = said = time.monotonic()
    while not mine():
        connection.rollback()
        if time.monotonic() - said > 10:
            said = time.monotonic()
            log.info("another process migrates", waited_seconds=round(said - began))
        time.sleep(PAUSE)
    if not keep:
        connection.commit()


def _make_turn(engine: Engine) -> None:
    """Makes the row; of two processes that do so at once one finds it made."""
    for last in (False, True):
        try:
            with engine.begin() as connection:
                if not inspect(connection).has_table(TURNS):
                    _tables.create_all(connection)
                if connection.scalar(select(_turns.c.id)) is None:
                    connection.execute(insert(_turns).values(id=1))
            return
        except (DBAPIError, IntegrityError):
            if last:
                raise
            time.sleep(PAUSE)


@contextmanager
def brief(connection: Connection) -> Generator[None]:
    """Limits what statements of this connection wait and hold; afterwards it has the limits it came with."""
    if connection.dialect.name != "postgresql":
        yield
        return
    connection.execute(text(f"SET lock_timeout = {LOCK_WAIT}"))
    connection.execute(text(f"SET statement_timeout = {STATEMENT}"))
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(text("RESET lock_timeout"))
        connection.execute(text("RESET statement_timeout"))
        connection.commit()


@contextmanager
def unhurried(connection: Connection) -> Generator[None]:
    """Lifts the limits for a statement that keeps nobody from reading and writing, however long it takes."""
    if connection.dialect.name != "postgresql":
        yield
        return
    connection.execute(text("SET lock_timeout = 0"))
    connection.execute(text("SET statement_timeout = 0"))
    try:
        yield
    finally:
        connection.execute(text(f"SET lock_timeout = {LOCK_WAIT}"))
        connection.execute(text(f"SET statement_timeout = {STATEMENT}"))


def patiently(attempt: Callable[[], T], clear: Callable[[], object], patience: float = PATIENCE) -> T:
    """Runs what may have to give way to others, again and again; `clear` ends a transaction that failed.

    Raises `MigrationStuck` when somebody keeps a table for good, or when a statement itself holds one too long.
    """
    until = time.monotonic() + patience
    while True:
        try:
            return attempt()
        except DBAPIError as error:
            state = str(getattr(error.orig, "sqlstate", "") or "")
            clear()
            if state == _TOO_LONG:
                raise MigrationStuck(
                    f"database: a statement of a revision takes more than {STATEMENT / 1000:g} s and holds locks meanwhile. "
                    f"Split it (docs/migrations.md): {_first_line(error)}"
                ) from error
            if state not in _GIVES_WAY:
                raise
            if time.monotonic() > until:
                raise MigrationStuck(
                    f"database: for {patience:g} s somebody has kept a table that a revision must change. "
                    f"End the session that holds it (pg_stat_activity, the oldest xact_start) and start again: {_first_line(error)}"
                ) from error
            log.info("migration gives way and comes again", why=_GIVES_WAY[state])
            time.sleep(PAUSE)


def _first_line(error: DBAPIError) -> str:
    return " ".join(str(error.statement or error).split())[:160]
