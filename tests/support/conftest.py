from collections.abc import Callable, Iterator

import pytest

from chassis.database import Database
from support.storage.schema import metadata
from tests.support import branch
from tests.support.organisation_desk import Desk, open_desk, staffed


@pytest.fixture
def database(fresh_database: Callable[..., str]) -> Iterator[Database]:
    opened = branch.open_database(fresh_database(metadata))
    yield opened
    opened.close()


@pytest.fixture
def desk(fresh_database: Callable[..., str]) -> Iterator[Desk]:
    opened = open_desk(fresh_database(metadata, staffed))
    yield opened
    opened.database.close()
