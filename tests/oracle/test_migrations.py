"""Every revision of every service runs on Oracle's mode, forth and back, and ends at the tables as declared.

Run by `make check-oracle-h2`, or on a real server by `make test-oracle`.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import Engine, inspect

from chassis import migrations
from chassis.schema_turns import TURNS
from chassis.schema_window import WINDOW
from tests.oracle.services import METADATA

pytestmark = pytest.mark.h2
PLUMBING = {"alembic_version", WINDOW, TURNS}
Fresh = Callable[..., str]


def _folder(service: str) -> Path:
    return Path(import_module(f"{service}.__main__").MIGRATIONS)


def _tables(engine: Engine) -> dict[str, tuple[object, ...]]:
    """Answers what the tables are: columns with type and whether they may be empty, indexes."""
    look = inspect(engine)
    return {
        table: (
            sorted((each["name"], str(each["type"]), each["nullable"]) for each in look.get_columns(table)),
            sorted(str(each["name"]) for each in look.get_indexes(table)),
        )
        for table in look.get_table_names()
        if table not in PLUMBING
    }


@pytest.mark.parametrize("service", METADATA)
def test_forth_and_back(fresh_database: Fresh, service: str) -> None:
    metadata, folder = METADATA[service], _folder(service)
    migrated, declared = (sqlalchemy.create_engine(fresh_database(each)) for each in (None, metadata))
    assert migrated.dialect.name == "oracle"
    migrations.upgrade(migrated, folder, metadata)
    migrations.upgrade(migrated, folder, metadata)
    made = _tables(migrated)
    assert made == _tables(declared)
    revisions = sorted(path.stem[:4] for path in folder.glob("0*.py"))
    for revision in [*reversed(revisions[:-1]), "base"]:
        migrations.downgrade(migrated, folder, metadata, revision)
    assert _tables(migrated) == {}
    migrations.upgrade(migrated, folder, metadata)
    assert _tables(migrated) == made
    for engine in (migrated, declared):
        engine.dispose()
