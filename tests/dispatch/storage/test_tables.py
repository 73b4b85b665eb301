"""The tables as migrated are the tables as declared, and every statement is one that Oracle could read."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, select
from sqlalchemy.dialects.oracle.oracledb import OracleDialect_oracledb

from chassis import migrations
from chassis.schema_window import WINDOW
from dispatch.__main__ import MIGRATIONS
from dispatch.actions.generate_tasks import Branch, generate_tasks
from dispatch.domain.rules import RULE_NAMES, GenerationRule, OccasionDay
from dispatch.storage import generation, tables
from dispatch.storage.generation import Run
from dispatch.storage.task_lists import LIST_COLUMNS
from tests.dispatch.small_branch import DISPATCH, World

NAME_BYTES = 30


def _ours(name: str | None, *_: object) -> bool:
    return name != WINDOW


def test_migrated_is_declared(fresh_database: Callable[..., str]) -> None:
    engine = sqlalchemy.create_engine(fresh_database())
    migrations.upgrade(engine, MIGRATIONS, tables.metadata)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": _ours})
        assert compare_metadata(context, tables.metadata) == []
        rules = connection.execute(select(tables.generation_rules.c.name)).scalars().all()
    engine.dispose()
    assert sorted(rules) == list(RULE_NAMES)


def test_names_fit_into_30_bytes() -> None:
    names = set(tables.metadata.tables)
    for table in tables.metadata.tables.values():
        names |= {column.name for column in table.columns}
        names |= {str(index.name) for index in table.indexes}
        names |= {str(each.name) for each in table.constraints if each.name}
    assert {name for name in names if len(name.encode()) > NAME_BYTES} == set()


def oracle() -> Any:
    dialect = OracleDialect_oracledb()
    dialect.server_version_info = (19,)
    dialect.supports_native_boolean = False
    return dialect


def test_the_generator_compiles_for_oracle() -> None:
    rule = GenerationRule(name="birthday", enabled=True, days_ahead=0, due_working_days=0, groups="public", priority=3)
    now = datetime(2026, 11, 23, tzinfo=UTC)
    run = Run("0190a000-0000-7000-8000-0000000000b1", rule, now.date(), now.date(), now)
    days = [OccasionDay("S1123", date(2026, 11, 23), now, "(x)"), OccasionDay("L1015", date(2026, 11, 23), now, "(y)")]
    text = str(generation.occasions_statement(run, days).compile(dialect=oracle()))
    assert "SYS_GUID()" in text
    assert "FROM DUAL" in text
    for word in ("uuidv7", "::", "ON CONFLICT", "LIMIT"):
        assert word not in text


def test_the_list_compiles_for_oracle() -> None:
    text = str(select(*LIST_COLUMNS).compile(dialect=oracle()))
    assert "SYS_EXTRACT_UTC" in text
    assert "REGEXP_REPLACE" in text
    assert "epoch FROM" not in text


def test_a_run_is_one_statement_however_many_customers(world: World, branch: Branch) -> None:
    for number in range(40):
        world.customer(number, birthday_key="S1123")
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, text: str, *_: Any) -> None:
        statements.append(text)

    event.listen(world.database.engine, "before_cursor_execute", note)
    assert world.run(DISPATCH, generate_tasks, "birthday", None, branch) == 40
    event.remove(world.database.engine, "before_cursor_execute", note)
    assert len([text for text in statements if "INSERT INTO tasks" in text]) == 1
    assert len(statements) <= 8


@pytest.mark.parametrize("table", ["tasks", "customer_copies"])
def test_the_guarantee_stands_in_the_table(world: World, table: str) -> None:
    unique = {
        tuple(column.name for column in each.columns)
        for each in tables.metadata.tables[table].constraints
        if isinstance(each, sqlalchemy.UniqueConstraint | sqlalchemy.PrimaryKeyConstraint)
    }
    assert {"tasks": ("rule", "occasion_key"), "customer_copies": ("customer_id",)}[table] in unique
