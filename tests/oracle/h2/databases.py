"""Databases of the tests' own on H2."""

import itertools
from collections import deque
from typing import Any

import sqlalchemy

from tests.databases import MetadataSource
from tests.oracle.h2 import server
from tests.oracle.h2.dialect import SCHEME, register

KEPT = 16
_numbers = itertools.count(1)


class H2Databases:
    """Makes databases in memory; the older ones are thrown away."""

    def __init__(self) -> None:
        register()
        self._made: deque[str] = deque()

    def fresh(self, source: MetadataSource | None = None, fill: Any = None) -> str:
        """Answers the address of a new database with these tables, empty; without tables when there is no source."""
        name = f"t{next(_numbers)}"
        url = f"{SCHEME}:///{name}"
        if source is not None:
            engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
            metadata = source if isinstance(source, sqlalchemy.MetaData) else source()
            metadata.create_all(engine, checkfirst=False)
            engine.dispose()
            if fill is not None:
                fill(url)
        self._made.append(name)
        while len(self._made) > KEPT:
            server.drop(self._made.popleft())
        return url

    def close(self) -> None:
        """Throws away what is left."""
        while self._made:
            server.drop(self._made.popleft())
