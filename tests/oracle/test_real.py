"""The schema that `make test-oracle` prepares, tried on H2: emptied for each test, and never somebody else's."""

import itertools
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy
from sqlalchemy import Engine, func, insert, inspect, select, text

from tests.chassis import toy
from tests.oracle.real import MARK, OracleSchema

pytestmark = pytest.mark.h2
CATALOGUE = """CREATE VIEW user_objects AS SELECT 'TABLE' AS object_type, table_name AS object_name, 'N' AS secondary
FROM information_schema.tables WHERE table_schema = 'PUBLIC' AND table_type = 'BASE TABLE'"""
NUMBERS = itertools.count(1)


@pytest.fixture
def server(fresh_database: Callable[..., str]) -> Iterator[Engine]:
    engine = sqlalchemy.create_engine(fresh_database())
    with engine.begin() as connection:
        connection.execute(text(CATALOGUE))
    yield engine
    engine.dispose()


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - {"user_objects"}


def test_each_test_finds_its_tables_empty(server: Engine) -> None:
    schema = OracleSchema(str(server.url))
    for _ in range(2):
        engine = sqlalchemy.create_engine(schema.fresh(toy.metadata))
        with engine.begin() as connection:
            assert connection.scalar(select(func.count()).select_from(toy.effects)) == 0
            connection.execute(insert(toy.effects).values(id=f"0190a000-0000-7000-8000-{next(NUMBERS):012x}"))
        engine.dispose()
    assert tables(server) == {*toy.metadata.tables, MARK}
    schema.fresh()
    assert tables(server) == {MARK}
    schema.close()
    assert tables(server) == set()


def test_tables_of_somebody_else_are_left_alone(server: Engine) -> None:
    with server.begin() as connection:
        connection.execute(text("CREATE TABLE accounts (id NUMBER(1))"))
    with pytest.raises(pytest.UsageError, match="has 1 tables that are not of these tests"):
        OracleSchema(str(server.url))
    assert tables(server) == {"accounts"}


def test_what_a_run_left_behind_that_was_cut_off_is_cleared(server: Engine) -> None:
    OracleSchema(str(server.url)).fresh(toy.metadata)
    OracleSchema(str(server.url)).close()
    assert tables(server) == set()
