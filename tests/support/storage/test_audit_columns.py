"""What is put together of entries goes by columns that are open, in words that both databases know."""

from collections.abc import Callable

import pytest
from sqlalchemy import ColumnElement, false, func, select, true
from sqlalchemy.dialects import oracle, postgresql

from support.storage import audit_questions
from support.storage.audit_tables import audit_entries

NAME = audit_entries.c.name


class Closed:
    """Rules under which the column is open on the rows of one condition."""

    actor = None

    def __init__(self, within: ColumnElement[bool]) -> None:
        self.access, self.within = self, within

    def opens(self, *_: object) -> bool:
        return False

    def rows(self, *_: object) -> ColumnElement[bool]:
        return self.within


@pytest.mark.parametrize("dialect", [oracle.dialect, postgresql.dialect])
@pytest.mark.parametrize(
    ("within", "told"),
    [
        (true(), "audit_entries.name"),
        (false(), "CASE WHEN (audit_entries.name IS NULL) THEN audit_entries.name END"),
        (NAME.is_not(None), "CASE WHEN (audit_entries.name IS NOT NULL) THEN audit_entries.name END"),
    ],
)
def test_no_condition_is_just_true_or_false(
    within: ColumnElement[bool], told: str, dialect: Callable[[], object]
) -> None:
    opened = vars(audit_questions)["_open"](Closed(within), NAME)
    question = str(select(func.max(opened)).compile(dialect=dialect()))  # type: ignore[arg-type]  # a dialect
    assert question.replace("\n", "").partition(" AS ")[0] == f"SELECT max({told})"
