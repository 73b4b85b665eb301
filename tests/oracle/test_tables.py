"""Every table, index and sequence of the services is one that Oracle 19c can make, and is what the golden files say.

`UPDATE_GOLDEN=1 pytest tests/oracle/test_tables.py` writes the files anew; read the difference before committing it.
"""

import os
from pathlib import Path

import pytest
from sqlalchemy import Column, DateTime, Integer, MetaData, Sequence, Table

from tests.oracle.lint import findings
from tests.oracle.services import METADATA
from tests.oracle.statements import ddl, wrong_tables

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("service", METADATA)
def test_the_tables_are_ones_oracle_can_make(service: str) -> None:
    faults = {statement: found for statement in ddl(METADATA[service]) if (found := findings(statement))}
    assert faults == {}


@pytest.mark.parametrize("service", METADATA)
def test_the_tables_keep_their_meaning(service: str) -> None:
    assert [fault for table in METADATA[service].sorted_tables for fault in wrong_tables(table)] == []


@pytest.mark.parametrize("service", METADATA)
def test_the_tables_are_the_golden_ones(service: str) -> None:
    file, script = GOLDEN / f"{service}.sql", ";\n\n".join(ddl(METADATA[service])) + ";\n"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(script, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == script


def test_a_wrong_table_is_found() -> None:
    metadata = MetaData()
    Sequence("numbers", metadata=metadata)
    table = Table(
        "wrong", metadata, Column("at", DateTime(timezone=True)), Column("a_name_of_more_than_thirty_bytes", Integer)
    )
    assert list(wrong_tables(table)) == ["wrong.at loses its zone", "a_name_of_more_than_thirty_bytes is too long"]
    sequence, create = ddl(metadata)
    assert sequence == "CREATE SEQUENCE numbers"
    assert [found.rule for found in findings(create)] == ["long-name", "type-name"]
