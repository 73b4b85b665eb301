"""A schema on a real Oracle, for whoever has one: emptied before each test, so it must be the tests' own.

One schema serves all tests, one after the other. It is taken only when it is empty, or bears the mark of a run before.
"""

from collections.abc import Iterable
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import Connection, MetaData, text

from tests.databases import MetadataSource

MARK = "crm_tests_own_this"
_MINE = """SELECT object_type, object_name FROM user_objects
WHERE object_type IN ('TABLE', 'SEQUENCE', 'VIEW') AND object_name NOT LIKE 'BIN$%' AND secondary = 'N'"""
_DROP = {
    "TABLE": 'DROP TABLE "{}" CASCADE CONSTRAINTS PURGE',
    "SEQUENCE": 'DROP SEQUENCE "{}"',
    "VIEW": 'DROP VIEW "{}"',
}


class OracleSchema:
    """Hands the one schema to one test after the other."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
        self._held: tuple[int, Any] | None = None
        with self._engine.begin() as connection:
            there = set(self._names(connection))
            if there and ("TABLE", MARK.upper()) not in there:
                raise pytest.UsageError(
                    f"--database: the schema has {len(there)} tables that are not of these tests, and the tests would drop them. "
                    "Give the tests a user of their own (docs/oracle.md)"
                )
            self._clear(connection, there)
            if not there:
                connection.execute(text(f"CREATE TABLE {MARK} (id NUMBER(1))"))

    def fresh(self, source: MetadataSource | None = None, fill: Any = None) -> str:
        """Answers the address of the schema with these tables, empty; without tables when there is no source."""
        wanted = None if source is None else (id(source), fill)
        with self._engine.begin() as connection:
            if wanted is None or wanted != self._held or fill is not None:
                self._clear(connection, self._names(connection))
                self._make(connection, source)
            else:
                self._empty(connection, source)
        self._held = wanted
        if fill is not None:
            fill(self._url)
        return self._url

    def close(self) -> None:
        """Leaves an empty schema behind."""
        with self._engine.begin() as connection:
            self._clear(connection, self._names(connection))
            connection.execute(text(f"DROP TABLE {MARK} PURGE"))
        self._engine.dispose()

    @staticmethod
    def _names(connection: Connection) -> list[tuple[str, str]]:
        return [(row[0], row[1]) for row in connection.execute(text(_MINE))]

    @staticmethod
    def _clear(connection: Connection, names: Iterable[tuple[str, str]]) -> None:
        for kind, name in names:
            if name != MARK.upper():
                connection.exec_driver_sql(_DROP[kind].format(name))

    @staticmethod
    def _make(connection: Connection, source: MetadataSource | None) -> None:
        if source is not None:
            metadata = source if isinstance(source, MetaData) else source()
            metadata.create_all(connection, checkfirst=False)

    @staticmethod
    def _empty(connection: Connection, source: MetadataSource | None) -> None:
        assert source is not None
        metadata = source if isinstance(source, MetaData) else source()
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
