"""What is run is heard whichever way it is run, and what Oracle could not run is named."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as insert_or_not

from tests.chassis.toy import effects, metadata, notes, plumbing
from tests.oracle.recording import Recording, recording


@pytest.fixture
def heard() -> Iterator[Recording]:
    with recording() as listening:
        yield listening


@pytest.fixture
def connection(fresh_database: Callable[..., str], heard: Recording) -> Iterator[Connection]:
    engine = sqlalchemy.create_engine(fresh_database(metadata))
    with engine.connect() as opened:
        heard.take_faults()
        yield opened
    engine.dispose()


def test_a_portable_statement_is_kept_in_oracles_words(connection: Connection, heard: Recording) -> None:
    connection.execute(select(notes.c.id).order_by(notes.c.id).limit(3)).all()
    assert heard.take_faults() == []
    assert any("FETCH FIRST" in statement for statement in heard.take_heard())


def test_what_oracle_has_not_is_named_each_time(connection: Connection, heard: Recording) -> None:
    for _ in range(2):
        connection.execute(select(func.string_agg(notes.c.text, ","))).all()
        assert heard.take_faults()[0].startswith("function: STRING_AGG\nSELECT string_agg(")
        connection.engine.clear_compiled_cache()


def test_what_does_not_compile_is_named(connection: Connection, heard: Recording) -> None:
    connection.execute(
        insert_or_not(effects).values(id="0190a000-0000-7000-8000-0000000000b1").on_conflict_do_nothing()
    )
    (fault,) = heard.take_faults()
    assert fault.startswith(("does not compile", "on-conflict"))


def test_a_statement_finished_by_hand_is_heard(connection: Connection, heard: Recording) -> None:
    finished = insert(notes).returning(notes.c.id).compile(dialect=connection.dialect)
    assert finished.string in heard.spoken


def test_a_page_that_is_locked_is_named(connection: Connection, heard: Recording) -> None:
    connection.execute(select(notes.c.id).limit(3).with_for_update()).all()
    assert heard.take_faults()[0].startswith("locked-page")


def test_a_list_of_more_than_a_thousand_values_is_named(connection: Connection, heard: Recording) -> None:
    for many, faults in ((1_000, 0), (1_001, 1)):
        connection.execute(select(notes.c.text).where(notes.c.owner.in_([str(n) for n in range(many)]))).all()
        found = heard.take_faults()
        assert [fault.split(":")[0] for fault in found] == ["a list of 1001 values"] * faults


def test_a_long_text_that_is_compared_is_named(connection: Connection, heard: Recording) -> None:
    connection.execute(select(plumbing.changes.c.id).where(plumbing.changes.c.old_value == "x")).all()
    assert heard.take_faults()[0].startswith("long-value: old_value is compared\nSELECT")


def test_a_written_text_must_be_on_the_list(connection: Connection, heard: Recording) -> None:
    connection.execute(text("SELECT now()"))
    assert heard.take_faults() == []  # a test asked
    heard.text("SELECT now()")
    heard.text("SET LOCAL work_mem = '32MB'")
    assert heard.take_faults() == ["a text that is not on the list: SELECT now()"]
