import pytest

from tests.customer.imports.extra_columns.fields import FIELDS, publish
from tests.customer.small_archive import World


@pytest.fixture
def world(world: World) -> World:
    """The archive of a branch with fields of its own."""
    publish(world, FIELDS)
    return world
