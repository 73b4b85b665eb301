"""What is asked of PostgreSQL in a way of its own has another way for Oracle, with the same answer."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import select

from customer.storage.dialect import has_pieces
from customer.storage.tables import customers
from tests.oracle.dialect import ORACLE
from tests.oracle.lint import findings
from tests.oracle.recording import WAYS
from tests.oracle.statements import compiled

ON_ORACLE: Any = SimpleNamespace(dialect=ORACLE)
NAMES = ["^张 张三 #zs ~zhangsan", "^李 李四 #ls ~lisi", "100% 张", None]


def test_pieces_are_found_by_like_on_oracle() -> None:
    statement = select(customers.c.id).where(has_pieces(ON_ORACLE, customers.c.name_pieces, ["张三", "#zs"]))
    assert findings(compiled(statement)) == []


def test_on_postgresql_they_are_found_by_what_the_list_of_ways_says() -> None:
    on_postgresql: Any = SimpleNamespace(dialect=SimpleNamespace(name="postgresql"))
    statement = select(customers.c.id).where(has_pieces(on_postgresql, customers.c.name_pieces, ["张三"]))
    assert set(findings(compiled(statement))) == set(WAYS)


@pytest.mark.parametrize("pieces", [["张三"], ["^李", "#ls"], ["张三", "#ls"], ["0%"], ["三"], ["100%"], ["_"]])
def test_both_ways_find_the_same(fresh_database: Callable[..., str], pieces: list[str]) -> None:
    engine = sqlalchemy.create_engine(fresh_database())
    with engine.connect() as connection:
        for name in NAMES:
            text = sqlalchemy.literal(name, sqlalchemy.UnicodeText)
            fast, plain = (has_pieces(way, text, pieces) for way in (connection, ON_ORACLE))
            answers: Any = connection.execute(select(fast.label("fast"), plain.label("plain"))).one()
            assert bool(answers.fast) == bool(answers.plain), (name, pieces)
    engine.dispose()
