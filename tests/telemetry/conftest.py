"""Rooms over a database of their own."""

from collections.abc import Callable, Iterator

import pytest

from telemetry.storage.tables import metadata
from tests.databases import MetadataSource
from tests.telemetry.rooms import Room


@pytest.fixture
def room(fresh_database: Callable[[MetadataSource | None], str]) -> Iterator[Room]:
    found = Room(fresh_database(metadata))
    yield found
    found.database.close()
