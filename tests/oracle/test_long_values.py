"""A long text or long bytes where Oracle takes none is found, and where it takes them they are let through."""

from typing import Any

import pytest
from sqlalchemy import column, desc, func, select, union, union_all, update

from customer.storage.tables import ExtraColumn
from tests.chassis.toy import plumbing
from tests.oracle.long_values import misused

changes, outbox = plumbing.changes, plumbing.outbox
OLD = changes.c.old_value


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (select(changes.c.id).where(OLD == "x"), ["old_value is compared"]),
        (select(changes.c.id).where(OLD.in_(["x"])), ["old_value is compared"]),
        (select(changes.c.id).where(OLD.is_distinct_from("x")), ["old_value is compared"]),
        (update(outbox).where(outbox.c.payload != b"").values(waiting=False), ["payload is compared"]),
        (select(OLD, func.count()).group_by(OLD), ["old_value is grouped by"]),
        (select(OLD).order_by(desc(OLD)), ["old_value is sorted by"]),
        (select(OLD).distinct(), ["old_value is made distinct"]),
        (union(select(OLD), select(changes.c.new_value)), ["old_value is united"]),
        (select(select(changes.c.id).where(OLD > "x").subquery().c.id), ["old_value is compared"]),
        (union_all(select(OLD), select(changes.c.new_value)), []),
        (select(OLD).where(OLD.is_not(None), OLD.contains("x")).order_by(changes.c.id), []),
        (select(changes.c.id).where(changes.c.field == "x").distinct(), []),
    ],
)
def test_what_oracle_refuses_is_found(statement: Any, found: list[str]) -> None:
    assert misused(statement) == found


def test_a_type_of_ones_own_over_a_long_text_is_one() -> None:
    held = column("extra", ExtraColumn())
    assert misused(select(held).distinct()) == ["extra is made distinct"]
