from collections.abc import Callable, Iterator

import pytest

from chassis.database import Database
from support.storage.schema import metadata
from tests.support import branch


@pytest.fixture
def database(fresh_database: Callable[..., str]) -> Iterator[Database]:
    opened = branch.open_database(fresh_database(metadata))
    yield opened
    opened.close()
