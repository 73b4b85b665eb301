"""That there must be a second administrator is switched off by two of them, whichever way one of them tries alone."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from chassis.access import GRANTS_KEY, AccessBook
from chassis.database import Database
from chassis.ids import new_id
from chassis.paging import Page
from support import rules_document
from support.access_parameters import DECLARED, EXPORT_APPROVAL_ROWS, SECOND_ADMINISTRATOR
from support.actions.approvals import decide_approval, list_approvals
from support.actions.parameters import Shelf, View, list_changes, list_parameters, list_values, revert_parameter
from support.actions.parameters import set_parameter as set_it
from support.actions.product_policy import follow_product
from support.declared_forms import known_forms
from support.domain.access_errors import OwnApproval
from support.domain.approval import ApprovalState
from support.domain.parameter_errors import ParameterAwaited
from support.domain.parameters import Declared, Value
from support.storage.schema import metadata
from tests.support.access_branch import actor, bucket, fill, frame, open_database
from tests.support.branch import TODAY

FRAME = frame(known_forms(bucket()))
ADMIN, SECOND = actor("admin"), actor("second")
SHELF = Shelf(
    {
        each.key: Declared(
            each.key, "support", each.schema_json, each.default_json, each.group, tuple(each.levels), (), each.key
        )
        for each in DECLARED
    },
    lambda _: lambda _: True,
    TODAY,
)


@pytest.fixture
def branch(fresh_database: Callable[..., str]) -> Iterator[Database]:
    book = AccessBook({GRANTS_KEY: rules_document.default_document().SerializeToString()})
    database = open_database(fresh_database(metadata), access=book)
    database.run_sync(ADMIN, fill)
    database.run_sync(ADMIN, follow_product)
    yield database
    database.close()


def view(branch: Database, key: str = SECOND_ADMINISTRATOR) -> View:
    found = branch.run_sync(ADMIN, list_parameters, "", "", SHELF)
    return next(each for each in found if each.declared.key == key)


def switch(branch: Database, to: bool, days: int = 0, *, by: str = "admin") -> View:
    wanted = Value(SECOND_ADMINISTRATOR, "", TODAY + timedelta(days=days), json.dumps(to), note="小分公司")
    return branch.run_sync(actor(by), set_it, new_id(), view(branch).version, wanted, SHELF)


def waiting(branch: Database) -> list[str]:
    found = branch.run_sync(SECOND, list_approvals, ApprovalState.WAITING, Page(20), FRAME)[0]
    return [each.approval.id for each in found if each.mine_to_decide]


def test_one_alone_asks_and_nothing_changes(branch: Database) -> None:
    asked = switch(branch, False)
    assert (asked.value_json, asked.held, asked.upcoming) == ("true", None, ())
    assert waiting(branch) == [asked.approval_id]
    assert view(branch).approval_id == asked.approval_id
    assert branch.run_sync(ADMIN, list_values, SECOND_ADMINISTRATOR, SHELF) == []
    with pytest.raises(OwnApproval):
        branch.run_sync(ADMIN, decide_approval, asked.approval_id, True, "", FRAME)
    with pytest.raises(ParameterAwaited):
        switch(branch, False)
    assert view(branch).value_json == "true"


def test_a_second_one_agrees_and_it_is_off_with_both_in_the_history(branch: Database) -> None:
    asked = switch(branch, False)
    branch.run_sync(SECOND, decide_approval, asked.approval_id, True, "", FRAME)
    after = view(branch)
    assert (after.value_json, after.approval_id) == ("false", "")
    assert after.held is not None
    assert (after.held.set_by, after.held.note) == ("admin", "小分公司")
    [line] = branch.run_sync(ADMIN, list_changes, SECOND_ADMINISTRATOR, Page(20))[0]
    assert (line.old_value, line.new_value, line.actor_id, line.cause) == ("true", "false", "second", asked.approval_id)


def test_a_second_one_refuses_and_it_stays_on(branch: Database) -> None:
    asked = switch(branch, False)
    branch.run_sync(SECOND, decide_approval, asked.approval_id, False, "不行", FRAME)
    assert (view(branch).value_json, view(branch).approval_id) == ("true", "")
    assert switch(branch, False).approval_id != asked.approval_id, "it may be asked for again"


def test_neither_a_later_day_nor_taking_a_change_back_goes_around_it(branch: Database) -> None:
    later = switch(branch, False, days=30)
    assert later.approval_id
    assert later.upcoming == ()
    branch.run_sync(SECOND, decide_approval, later.approval_id, True, "", FRAME)
    assert [each.value_json for each in view(branch).upcoming] == ["false"]
    now = switch(branch, False)
    branch.run_sync(SECOND, decide_approval, now.approval_id, True, "", FRAME)
    on = switch(branch, True)
    assert (on.value_json, on.approval_id) == ("true", ""), "one alone may switch it on"
    assert on.held is not None
    back = branch.run_sync(ADMIN, revert_parameter, on.held.id, SHELF)
    assert (back.value_json, bool(back.approval_id)) == ("true", True)


def test_what_was_agreed_late_holds_from_then(branch: Database) -> None:
    asked = switch(branch, False)
    with branch.engine.begin() as connection:
        old = "UPDATE approvals SET summary = replace(summary, :today, '2020-01-01')"
        connection.execute(text(old), {"today": TODAY.isoformat()})
    branch.run_sync(SECOND, decide_approval, asked.approval_id, True, "", FRAME)
    held = view(branch).held
    assert held is not None
    assert held.effective_from == TODAY


def test_other_parameters_ask_nobody(branch: Database) -> None:
    wanted = Value(EXPORT_APPROVAL_ROWS, "", TODAY, "9")
    after = branch.run_sync(ADMIN, set_it, new_id(), 0, wanted, SHELF)
    assert (after.value_json, after.approval_id, waiting(branch)) == ("9", "", [])
