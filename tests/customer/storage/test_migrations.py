from collections.abc import Callable

from sqlalchemy import create_engine, inspect

from chassis import migrations
from chassis.schema_window import WINDOW
from customer.__main__ import MIGRATIONS
from customer.storage.tables import metadata


def test_the_revisions_make_the_tables_as_declared(fresh_database: Callable[..., str]) -> None:
    migrated, declared = create_engine(fresh_database()), create_engine(fresh_database(metadata))
    migrations.upgrade(migrated, MIGRATIONS, metadata)
    migrations.upgrade(migrated, MIGRATIONS, metadata)
    made, wanted = inspect(migrated), inspect(declared)
    assert set(made.get_table_names()) == {*wanted.get_table_names(), "alembic_version", WINDOW}
    for table in wanted.get_table_names():
        columns = {column["name"]: (str(column["type"]), column["nullable"]) for column in made.get_columns(table)}
        assert columns == {c["name"]: (str(c["type"]), c["nullable"]) for c in wanted.get_columns(table)}
        assert {index["name"] for index in made.get_indexes(table)} == {i["name"] for i in wanted.get_indexes(table)}
    for engine in (migrated, declared):
        engine.dispose()


def test_names_fit_an_old_oracle() -> None:
    names = [
        str(named.name)
        for table in metadata.tables.values()
        for named in (table, *table.columns, *table.indexes, *table.constraints)
    ]
    assert [name for name in names if len(name.encode()) > 30] == []
