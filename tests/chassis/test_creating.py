"""What whoever creates a row may fill in: the rules' own words, one case each."""

from collections.abc import Iterable
from typing import Any

import pytest
from crm.common.v1 import access_pb2

from chassis.access import GRANTS_KEY, AccessBook, RowFacts
from chassis.clock import FixedClock
from chassis.creating import refuse_closed_columns
from chassis.database import Unit
from chassis.errors import InvalidField
from chassis.identity import Actor
from tests.chassis import toy

SEE, CREATE, CHANGE = access_pb2.ACTION_SEE, access_pb2.ACTION_CREATE, access_pb2.ACTION_CHANGE
IMPORT = access_pb2.ACTION_IMPORT
ALL, OWN = access_pb2.ROW_SCOPE_ALL, access_pb2.ROW_SCOPE_OWN
HIDDEN, MASKED = access_pb2.COLUMN_RIGHT_HIDDEN, access_pb2.COLUMN_RIGHT_MASKED
READ, WRITE = access_pb2.COLUMN_RIGHT_READ, access_pb2.COLUMN_RIGHT_WRITE
# `title` is required, `phone` is sensitive, `extra` holds columns by name.
FORM, TITLE, PHONE, POWER = "toy.note", "title", "phone", "power"


def rule(*actions: int, scope: int = ALL, other: int = 0, refuse: bool = False, **columns: int) -> access_pb2.Grant:
    said: dict[str, Any] = {"actions": actions, "scope": scope, "other_columns": other}
    granted = access_pb2.Grant(role="writer", form=FORM, refuse=refuse, **said)
    for name, right in columns.items():
        granted.columns.add(column=name.replace("__", "."), right=right)  # type: ignore[arg-type]  # enum number
    return granted


def unit_under(rules: Iterable[access_pb2.Grant]) -> Unit:
    papers = {GRANTS_KEY: access_pb2.GrantsDocument(grants=rules).SerializeToString()}
    book = AccessBook(papers, sensitive=lambda _, column: column == PHONE, implied=lambda _, column: column == TITLE)
    actor = Actor("person", "m1", "Ann", frozenset({"writer"}))
    return Unit(lambda: pytest.fail("no question"), actor, FixedClock(toy.NOON), book, toy.plumbing, toy.encode)


def closed(rules: Iterable[access_pb2.Grant], **values: object) -> str:
    """Answers the column that a new row of the caller's own is refused for; nothing when it is taken."""
    unit = unit_under(rules)
    try:
        refuse_closed_columns(unit, FORM, RowFacts(("m1",)), values)
    except InvalidField as refused:
        return refused.data["field"]
    return ""


@pytest.mark.parametrize(
    ("rules", "column"),
    [
        ([rule(CREATE)], ""),
        ([rule(SEE, CREATE, power=WRITE)], ""),
        ([rule(CREATE, power=READ)], POWER),
        ([rule(CREATE, power=MASKED)], POWER),
        ([rule(CREATE, power=HIDDEN)], POWER),
        ([rule(CREATE, other=READ)], POWER),
        ([rule(CREATE, power=READ), rule(SEE, power=WRITE)], POWER),
        # What another rule lets be changed in the next moment may be filled at once, unless a refusal takes the change away.
        ([rule(CREATE, power=READ), rule(CHANGE, power=WRITE)], ""),
        ([rule(CREATE, power=READ), rule(IMPORT, power=WRITE)], ""),
        ([rule(CREATE, power=READ), rule(CHANGE, power=WRITE), rule(CHANGE, refuse=True)], POWER),
        ([rule(CREATE), rule(SEE, refuse=True, power=HIDDEN)], POWER),
        # A rule that does not reach the new row opens nothing of it.
        ([rule(CREATE, power=READ), rule(CHANGE, scope=access_pb2.ROW_SCOPE_BUREAU)], POWER),
        ([rule(SEE)], POWER),
    ],
)
def test_a_column_that_is_closed_is_not_filled(rules: list[access_pb2.Grant], column: str) -> None:
    assert closed(rules, title="x", power="much") == column


def test_what_no_row_can_be_without_goes_with_creating_unless_it_is_refused() -> None:
    assert closed([rule(CREATE, other=HIDDEN)], title="x") == ""
    assert closed([rule(CREATE, title=READ)], title="x") == ""
    assert closed([rule(CREATE), rule(CREATE, refuse=True, title=HIDDEN)], title="x") == TITLE


def test_a_sensitive_column_that_no_rule_names_is_filled_and_one_that_a_rule_masks_is_not() -> None:
    assert closed([rule(SEE, CREATE)], phone="13900000000") == ""
    assert closed([rule(SEE, CREATE, other=WRITE)], phone="13900000000") == ""
    assert closed([rule(SEE, CREATE, phone=MASKED)], phone="13900000000") == PHONE
    assert closed([rule(SEE, CREATE, other=READ)], phone="13900000000") == PHONE


@pytest.mark.parametrize("empty", ["", (), None, 0, {}, {"rooms": ""}])
def test_what_is_empty_was_not_given(empty: object) -> None:
    assert closed([rule(CREATE, power=HIDDEN)], power=empty) == ""


def test_columns_by_name_are_closed_one_by_one_or_together() -> None:
    given = {"rooms": "3", "lift": "yes"}
    assert closed([rule(CREATE, extra__lift=READ)], extra=given) == "extra.lift"
    assert closed([rule(CREATE, extra=READ, extra__rooms=WRITE)], extra=given) == "extra.lift"
    assert closed([rule(CREATE, extra=READ)], extra={"rooms": "3"}) == "extra.rooms"
    assert closed([rule(CREATE, extra__lift=READ)], extra={"rooms": "3"}) == ""


def test_the_refusal_names_the_column_and_the_form() -> None:
    with pytest.raises(InvalidField) as refused:
        refuse_closed_columns(unit_under([rule(CREATE, power=READ)]), FORM, RowFacts(), {POWER: "much"})
    assert (refused.value.reason, refused.value.data) == ("COLUMN_NOT_WRITABLE", {"field": POWER, "form": FORM})
