import itertools
from dataclasses import replace
from datetime import date

import pytest

from support.domain.errors import TooManyRows
from support.domain.organisation_import import FailedRow, Known, StaffRow, UnitRow, plan
from tests.support.branch import STAFF, TODAY, UNITS


def nothing_known() -> Known:
    ids = (f"id-{number}" for number in itertools.count(1))
    return Known(units={}, people={}, today=TODAY, new_id=lambda: next(ids))


def known_branch() -> Known:
    known = nothing_known()
    first = plan(UNITS, STAFF, known)
    known.units = {unit.code: unit for unit in first.new_units}
    known.people = {person.staff_number: person for person in first.new_people}
    return known


def test_an_empty_branch_takes_everything() -> None:
    decided = plan(UNITS, STAFF, nothing_known())
    result = decided.result(8)
    assert (result.read, result.created, result.updated, result.skipped, result.failed) == (8, 8, 0, 0, ())
    assert {unit.valid_from for unit in decided.new_units} == {date(2026, 11, 22)}


def test_the_same_again_is_skipped_and_a_new_name_is_a_change() -> None:
    rows = [*UNITS[:-1], replace(UNITS[-1], name="网络部")]
    result = plan(rows, STAFF, known_branch()).result(8)
    assert (result.created, result.updated, result.skipped, result.failed) == (0, 1, 7, ())


UNIT_FAULTS = [
    (UnitRow("", "x", "bureau", "BR"), "code", "CODE_INVALID"),
    (UnitRow("B 9", "x", "bureau", "BR"), "code", "CODE_INVALID"),
    (UnitRow("B09", "", "bureau", "BR"), "name", "NAME_MISSING"),
    (UnitRow("B09", "长" * 101, "bureau", "BR"), "name", "NAME_TOO_LONG"),
    (UnitRow("B09", "x", "", "BR"), "kind", "KIND_MISSING"),
    (UnitRow("B01", "鼓楼局", "department", "BR"), "kind", "KIND_CHANGED"),
    (UnitRow("B09", "x", "bureau", ""), "parent_code", "PARENT_MISSING"),
    (UnitRow("B09", "x", "bureau", "NO"), "parent_code", "PARENT_UNKNOWN"),
    (UnitRow("C09", "x", "community", "BR"), "parent_code", "PARENT_KIND_WRONG"),
    (UnitRow("BR2", "x", "branch", ""), "kind", "SECOND_BRANCH"),
    (UnitRow("BR", "x", "branch", "B01"), "parent_code", "BRANCH_HAS_NO_PARENT"),
]


@pytest.mark.parametrize(("row", "field", "reason"), UNIT_FAULTS)
def test_a_wrong_unit_is_refused_and_the_others_go_on(row: UnitRow, field: str, reason: str) -> None:
    decided = plan([row, UnitRow("B03", "高新局", "bureau", "BR")], [], known_branch())
    assert decided.failed == [FailedRow("unit", row.code, field, reason)]
    assert [unit.code for unit in decided.new_units] == ["B03"]


GOOD = StaffRow("m009", "李娜", "", "B01-C01", (), ("customer_manager",))
STAFF_FAULTS = [
    (replace(GOOD, staff_number="m 9"), "staff_number", "STAFF_NUMBER_INVALID"),
    (replace(GOOD, staff_number="a.b"), "staff_number", "STAFF_NUMBER_INVALID"),
    (replace(GOOD, name=" "), "name", "NAME_MISSING"),
    (replace(GOOD, phone="call me"), "phone", "PHONE_INVALID"),
    (replace(GOOD, unit_code="NO"), "unit_code", "UNIT_UNKNOWN"),
    (replace(GOOD, also_unit_codes=("NO",)), "also_unit_codes", "UNIT_UNKNOWN"),
    (replace(GOOD, also_unit_codes=("D-NETWORK",)), "also_unit_codes", "UNIT_KIND_WRONG"),
    (replace(GOOD, roles=("boss",)), "roles", "ROLE_UNKNOWN"),
    (replace(GOOD, roles=("service",)), "roles", "ROLE_UNKNOWN"),
]


@pytest.mark.parametrize(("row", "field", "reason"), STAFF_FAULTS)
def test_a_wrong_person_is_refused_and_the_others_go_on(row: StaffRow, field: str, reason: str) -> None:
    decided = plan([], [row, replace(GOOD, staff_number="m010")], known_branch())
    assert decided.failed == [FailedRow("staff", row.staff_number, field, reason)]
    assert [person.staff_number for person in decided.new_people] == ["m010"]


def test_what_names_a_refused_unit_is_refused_with_it() -> None:
    rows = [UnitRow("B09", "", "bureau", "BR"), UnitRow("B09-C01", "某社区", "community", "B09")]
    decided = plan(rows, [replace(GOOD, unit_code="B09-C01")], known_branch())
    assert [(row.key, row.reason) for row in decided.failed] == [
        ("B09", "NAME_MISSING"),
        ("B09-C01", "PARENT_UNKNOWN"),
        ("m009", "UNIT_UNKNOWN"),
    ]


def test_a_row_twice_counts_once() -> None:
    decided = plan([], [GOOD, GOOD], known_branch())
    assert [row.reason for row in decided.failed] == ["STAFF_NUMBER_REPEATED"]
    assert len(decided.new_people) == 1


def test_too_many_rows_are_refused_whole() -> None:
    with pytest.raises(TooManyRows):
        plan([UNITS[0]] * 10_001, [], nothing_known())
