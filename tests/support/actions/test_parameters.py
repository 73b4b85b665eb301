"""Setting, previewing and taking back, on a real database with the product's own rules in front."""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from crm.common.v1 import access_pb2
from sqlalchemy import func, select

from chassis.errors import RequestIdReused
from chassis.paging import Page
from support.actions.parameters import list_changes, list_values, preview_parameter, revert_parameter
from support.domain.errors import FieldRefused
from support.domain.parameter_errors import (
    ParameterChanged,
    ParameterUnchanged,
    ParameterUnknown,
    UnitOutOfReach,
    ValueSuperseded,
)
from support.domain.parameters import Effect, Value
from support.storage.parameters_tables import parameter_values
from support.storage.schema import metadata
from support.storage.tables import plumbing
from tests.support.access_branch import B01, B02, BR, C01, C02, DEP
from tests.support.branch import ADMIN, TODAY
from tests.support.parameter_desk import CHIEF, COLUMNS, HOURS, LIMIT, Desk, open_desk, shelf

TOMORROW, NEXT_WEEK = TODAY + timedelta(days=1), TODAY + timedelta(days=7)


@pytest.fixture
def desk(fresh_database: Callable[..., str]) -> Iterator[Desk]:
    opened = open_desk(fresh_database(metadata))
    yield Desk(opened)
    opened.close()


def count(desk: Desk) -> tuple[int, int]:
    with desk.database.engine.connect() as connection:
        return (
            connection.execute(select(func.count()).select_from(parameter_values)).scalar_one(),
            connection.execute(select(func.count()).select_from(plumbing.changes)).scalar_one(),
        )


def test_a_community_goes_before_its_bureau_before_the_branch_before_the_default(desk: Desk) -> None:
    def at(unit_id: str, on: date = TODAY) -> tuple[str, str, str]:
        view = desk.view(LIMIT, unit_id, on)
        return view.value_json, str(view.origin), view.held.unit_id if view.held else ""

    assert at(C01) == ("15", "DEFAULT", "")
    desk.set(LIMIT, 20)
    assert at(C01) == at(DEP) == at("") == ("20", "BRANCH", "")
    desk.set(LIMIT, 30, B01)
    assert (at(C01), at(B01), at(B02)) == (("30", "BUREAU", B01), ("30", "BUREAU", B01), ("20", "BRANCH", ""))
    desk.set(LIMIT, 40, C01, NEXT_WEEK)
    assert at(C01) == ("30", "BUREAU", B01)
    assert at(C01, NEXT_WEEK) == ("40", "COMMUNITY", C01)
    # Taken away, the bureau's own no longer holds for what lies below it either.
    desk.set(LIMIT, None, B01, TOMORROW)
    assert at(C01, TOMORROW) == ("20", "BRANCH", "")
    assert [(value.effective_from, value.value_json) for value in desk.view(LIMIT, C01).upcoming] == [
        (TOMORROW, ""),
        (NEXT_WEEK, "40"),
    ]


def test_the_branch_may_be_named_by_its_own_id(desk: Desk) -> None:
    desk.set(LIMIT, 20, BR)
    assert desk.view(LIMIT, BR).held == desk.view(LIMIT).held
    assert desk.view(LIMIT).value_json == "20"


@pytest.mark.parametrize(
    ("key", "value", "field", "reason"),
    [
        (LIMIT, 0, "value.value_json", "PARAMETER_TOO_SMALL"),
        (LIMIT, 91, "value.value_json", "PARAMETER_TOO_LARGE"),
        (LIMIT, "many", "value.value_json", "PARAMETER_TYPE_WRONG"),
        (LIMIT, 1.5, "value.value_json", "PARAMETER_TYPE_WRONG"),
        (HOURS, {"from": "8:30", "to": "17:30"}, "value.value_json.from", "PARAMETER_FORMAT_WRONG"),
        (HOURS, {"from": "08:30"}, "value.value_json", "PARAMETER_PART_MISSING"),
        (HOURS, {"from": "17:30", "to": "08:30"}, "value.value_json.to", "PARAMETER_NOT_RISING"),
        (COLUMNS, ["customer.customer/shoe_size"], "value.value_json.0", "COLUMN_UNKNOWN"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place_and_nothing_happens(
    desk: Desk, key: str, value: Any, field: str, reason: str
) -> None:
    with pytest.raises(FieldRefused) as refusal:
        desk.set(key, value)
    assert (refusal.value.data["field"], refusal.value.reason) == (field, reason)
    assert count(desk) == (0, 0)
    assert desk.view(key).version == 0


@pytest.mark.parametrize(
    ("unit_id", "begins", "note", "field", "reason"),
    [
        ("nowhere", TODAY, "", "value.unit_id", "UNIT_UNKNOWN"),
        (C01, TODAY, "", "value.unit_id", "PARAMETER_LEVEL_WRONG"),
        (DEP, TODAY, "", "value.unit_id", "PARAMETER_LEVEL_WRONG"),
        (B01, TODAY - timedelta(days=1), "", "value.effective_from", "DATE_IN_PAST"),
        (B01, TODAY, "长" * 501, "value.note", "TEXT_TOO_LONG"),
    ],
)
def test_a_wrong_place_or_day_is_refused(
    desk: Desk, unit_id: str, begins: date, note: str, field: str, reason: str
) -> None:
    with pytest.raises(FieldRefused) as refusal:
        desk.set(HOURS, {"from": "09:00", "to": "18:00"}, unit_id, begins, note=note)
    assert (refusal.value.data["field"], refusal.value.reason) == (field, reason)
    assert count(desk) == (0, 0)


def test_a_parameter_nobody_declares_is_not_there(desk: Desk) -> None:
    with pytest.raises(ParameterUnknown):
        desk.database.run_sync(ADMIN, list_values, "toy.nothing", shelf())


def test_a_stale_version_and_the_same_value_again_are_refused(desk: Desk) -> None:
    assert desk.set(LIMIT, 20).version == 1
    with pytest.raises(ParameterChanged) as stale:
        desk.set(LIMIT, 25, version=0)
    assert stale.value.data["version"] == "1"
    with pytest.raises(ParameterUnchanged):
        desk.set(LIMIT, 20)
    with pytest.raises(ParameterUnchanged):
        desk.set(LIMIT, None, B01)
    assert (count(desk), desk.view(LIMIT).version) == ((1, 1), 1)


def test_the_same_request_is_answered_once(desk: Desk) -> None:
    first = desk.set(LIMIT, 20, request_id="r1", version=0)
    assert desk.set(LIMIT, 20, request_id="r1", version=0) == first
    with pytest.raises(RequestIdReused):
        desk.set(LIMIT, 21, request_id="r1", version=0)
    assert count(desk) == (1, 1)


def test_a_preview_names_the_units_that_change_and_changes_nothing(desk: Desk) -> None:
    desk.set(LIMIT, 30, B01)
    before = count(desk)
    wanted = Value(LIMIT, "", TODAY, "20")
    found = desk.database.run_sync(ADMIN, preview_parameter, wanted, shelf())
    # Not B01 and what lies below it: there its own value holds.
    assert found == [Effect(unit_id, "15", "20") for unit_id in ("", B02, C02, DEP)]
    gone = desk.database.run_sync(ADMIN, preview_parameter, Value(LIMIT, B01, TOMORROW, ""), shelf())
    assert gone == [Effect(B01, "30", "15"), Effect(C01, "30", "15")]
    assert count(desk) == before


@pytest.mark.parametrize(
    ("key", "text"), [(LIMIT, "15.0"), (LIMIT, " 15"), (HOURS, '{"to": "17:30", "from": "08:30"}'), (COLUMNS, "[ ]")]
)
def test_a_value_written_another_way_changes_nothing(desk: Desk, key: str, text: str) -> None:
    assert desk.database.run_sync(ADMIN, preview_parameter, Value(key, "", TODAY, text), shelf()) == []


def test_a_value_set_again_in_other_words_is_refused(desk: Desk) -> None:
    desk.set(LIMIT, 20)
    with pytest.raises(ParameterUnchanged):
        desk.set(LIMIT, 20.0)
    desk.set(HOURS, {"from": "09:00", "to": "18:00"})
    with pytest.raises(ParameterUnchanged):
        desk.set(HOURS, {"to": "18:00", "from": "09:00"})


def test_a_change_is_taken_back_by_another_and_that_one_too(desk: Desk) -> None:
    desk.set(LIMIT, 30, B01, note="试点")
    desk.set(LIMIT, 40, B01)
    newest = desk.database.run_sync(ADMIN, list_values, LIMIT, shelf())[0]
    back = desk.database.run_sync(ADMIN, revert_parameter, newest.id, shelf())
    assert (back.value_json, back.version) == ("30", 3)
    with pytest.raises(ValueSuperseded):
        desk.database.run_sync(ADMIN, revert_parameter, newest.id, shelf())
    assert back.held is not None
    again = desk.database.run_sync(ADMIN, revert_parameter, back.held.id, shelf())
    assert again.value_json == "40"
    values = desk.database.run_sync(ADMIN, list_values, LIMIT, shelf())
    assert [value.value_json for value in values] == ["40", "30", "40", "30"]
    assert [value.note for value in values] == ["", "", "", "试点"]


def test_the_first_change_taken_back_lets_the_unit_above_hold_again(desk: Desk) -> None:
    desk.set(LIMIT, 30, B01, NEXT_WEEK)
    value = desk.database.run_sync(ADMIN, list_values, LIMIT, shelf())[0]
    view = desk.database.run_sync(ADMIN, revert_parameter, value.id, shelf())
    assert (view.upcoming, desk.view(LIMIT, B01, NEXT_WEEK).value_json) == ((), "15")


def test_every_change_is_traced_with_what_held_there(desk: Desk) -> None:
    desk.set(LIMIT, 20)
    desk.set(LIMIT, 30, B01)
    desk.set(HOURS, {"from": "09:00", "to": "18:00"}, B01)
    rows, after = desk.database.run_sync(ADMIN, list_changes, "", Page(size=2))
    assert [(row.field, row.old_value, row.new_value, row.actor_id, row.actor_ip) for row in rows] == [
        (B01, '{"from": "08:30", "to": "17:30"}', '{"from":"09:00","to":"18:00"}', "admin", "10.1.1.1"),
        (B01, "20", "30", "admin", "10.1.1.1"),
    ]
    rest, after = desk.database.run_sync(ADMIN, list_changes, "", Page(size=2, after=(after,)))
    assert ([(row.field, row.old_value, row.new_value) for row in rest], after) == ([("value", "15", "20")], "")
    only, _ = desk.database.run_sync(ADMIN, list_changes, LIMIT, Page())
    assert [row.field for row in only] == [B01, "value"]


def test_a_chief_with_a_rule_for_the_bureau_sets_it_there_and_nowhere_else(fresh_database: Callable[..., str]) -> None:
    grant = access_pb2.Grant(
        role="bureau_chief",
        form="support.parameter",
        actions=[access_pb2.ACTION_CHANGE],
        scope=access_pb2.ROW_SCOPE_BUREAU,
    )
    opened = open_desk(fresh_database(metadata), [grant])
    desk = Desk(opened)
    assert desk.set(LIMIT, 30, B01, who=CHIEF).value_json == "30"
    assert desk.set(LIMIT, 31, C01, who=CHIEF).value_json == "31"
    for unit_id in ("", B02, C02):
        with pytest.raises(UnitOutOfReach):
            desk.set(LIMIT, 99 if unit_id else 1, unit_id, who=CHIEF)
    with pytest.raises(UnitOutOfReach):
        opened.run_sync(CHIEF, preview_parameter, Value(LIMIT, "", TODAY, json.dumps(20)), shelf())
    assert count(desk)[0] == 2
    opened.close()
