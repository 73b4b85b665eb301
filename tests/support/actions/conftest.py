"""A branch with two administrators and the product's policy in force."""

from collections.abc import Callable, Iterator

import pytest

from chassis.database import Database
from support.storage.schema import metadata
from tests.support.access_branch import fill, open_database
from tests.support.policy_desk import ADMIN


@pytest.fixture
def branch(fresh_database: Callable[..., str]) -> Iterator[Database]:
    opened = open_database(fresh_database(metadata))
    opened.run_sync(ADMIN, fill)
    yield opened
    opened.close()
