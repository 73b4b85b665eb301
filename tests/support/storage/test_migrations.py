"""The revisions make the tables as declared, and carry along what was there."""

from collections.abc import Callable

from sqlalchemy import create_engine, inspect, text

from chassis import migrations
from chassis.schema_window import WINDOW
from support.__main__ import MIGRATIONS
from support.actions.policies import compare_policies, get_policy
from support.actions.product_policy import follow_product
from support.declared_forms import known_forms
from support.domain.policy import Assignment
from support.storage.schema import metadata
from tests.support.access_branch import actor, bucket, frame, open_database

ADMIN, FRAME = actor("admin"), frame(known_forms(bucket()))


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


def test_rules_made_by_hand_are_in_the_first_policy_and_the_products_own_only_once(
    fresh_database: Callable[..., str],
) -> None:
    database = open_database(fresh_database())
    migrations.upgrade(database.engine, MIGRATIONS, metadata, "0002")
    rows = [
        ("administrator", "support.staff", "see", "all", "default"),
        ("operator", "customer.import", "import", "all", "own"),
        ("operator", "customer.import", "approve", "all", "own"),
        ("night_watch", "dispatch.task", "see", "bureau", "own"),
    ]
    with database.engine.begin() as connection:
        for row in rows:
            connection.execute(
                text("INSERT INTO grants (role, form, action, scope, origin) VALUES (:a, :b, :c, :d, :e)"),
                dict(zip("abcde", row, strict=True)),
            )
    migrations.upgrade(database.engine, MIGRATIONS, metadata)
    assert not inspect(database.engine).has_table("grants")
    database.run_sync(ADMIN, follow_product)
    told = database.run_sync(ADMIN, compare_policies, "template", "", FRAME)
    assert [(each.role, each.form, each.item, each.new) for each in told if each.form] == [
        ("operator", "customer.import", "import", "all"),
        ("operator", "customer.import", "approve", "all"),
        ("night_watch", "dispatch.task", "see", "bureau"),
    ]
    roles = {role.name: role for role in database.run_sync(ADMIN, get_policy, "").policy.roles}
    assert (roles["night_watch"].built_in, roles["night_watch"].assignments) == (False, ())
    assert not any(isinstance(each, Assignment) for role in roles.values() for each in role.assignments)
    database.close()
