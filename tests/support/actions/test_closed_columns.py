"""Columns of staff that rules close: neither typed nor brought in by a file."""

from dataclasses import replace

import pytest
from crm.common.v1 import access_pb2

from chassis.access import GRANTS_KEY
from chassis.errors import InvalidField
from support.actions.create_staff_member import create_staff_member
from support.actions.import_organisation import import_organisation
from support.actions.staff_files import import_staff
from support.domain.organisation_import import StaffRow
from tests.support.branch import ADMIN, IMPORTER, ZONE
from tests.support.organisation_desk import Desk, rules


def test_a_joiner_comes_without_what_is_closed(desk: Desk) -> None:
    desk.papers[GRANTS_KEY] = rules("positions", access_pb2.COLUMN_RIGHT_READ)
    with pytest.raises(InvalidField) as refused:
        desk.run(create_staff_member, "r1", "m900", desk.fields(positions=("administrator",)), "{}", ZONE)
    told = {"field": "positions", "form": "support.staff"}
    assert (refused.value.reason, refused.value.data) == ("COLUMN_NOT_WRITABLE", told)
    assert (desk.history(), desk.accounts()) == ([], [])
    desk.run(create_staff_member, "r2", "m900", desk.fields(positions=()), "{}", ZONE)
    assert desk.person("m900").roles == ()


def test_a_file_brings_nothing_in_that_is_closed_to_who_brings_it(desk: Desk) -> None:
    desk.papers[GRANTS_KEY] = rules("positions", access_pb2.COLUMN_RIGHT_READ)
    rows = [
        StaffRow("m900", "孙洁", "", "B01-C01", (), ("administrator",), place="3"),
        StaffRow("m901", "孙海", "", "B01-C01", (), (), place="4"),
        StaffRow("m001", "王小敏", desk.person("m001").phone, "B01-C01", (), ("administrator",), place="5"),
    ]
    result = desk.run(import_staff, "f1", "content", rows, [], ZONE, preview=False)
    wrong = [(row.key, row.field, row.reason) for row in result.failed]
    assert wrong == [("3", "roles", "COLUMN_NOT_WRITABLE"), ("5", "roles", "COLUMN_NOT_WRITABLE")]
    assert (result.created, result.updated) == (1, 0)
    assert "administrator" not in desk.person("m001").roles


def test_the_organisation_is_brought_in_by_a_person_under_their_rules_and_by_a_program_as_it_comes(desk: Desk) -> None:
    desk.papers[GRANTS_KEY] = rules("positions", access_pb2.COLUMN_RIGHT_READ)
    rows = [StaffRow("m900", "孙洁", "", "B01-C01", (), ("customer_manager",))]
    by_hand = desk.run(import_organisation, "o1", [], rows, ZONE)
    assert [(row.key, row.field, row.reason) for row in by_hand.failed] == [("m900", "roles", "COLUMN_NOT_WRITABLE")]
    by_program = desk.run(import_organisation, "o2", [], rows, ZONE, actor=IMPORTER)
    assert (by_program.created, by_program.failed) == (1, ())


def test_a_file_brings_nobody_in_where_a_rule_refuses_it(desk: Desk) -> None:
    granted = access_pb2.GrantsDocument.FromString(rules())
    granted.grants.add(
        role="administrator",
        form="support.staff",
        actions=[access_pb2.ACTION_IMPORT],
        refuse=True,
        scope=access_pb2.ROW_SCOPE_COMMUNITY,
    )
    desk.papers[GRANTS_KEY] = granted.SerializeToString()
    here = replace(ADMIN, community_ids=frozenset({desk.units["B01-C01"]}))
    rows = [
        StaffRow("m900", "孙洁", "", "B01-C01", (), (), place="3"),
        StaffRow("m901", "孙海", "", "B02", (), (), place="4"),
    ]
    result = desk.run(import_staff, "f1", "content", rows, [], ZONE, actor=here, preview=False)
    assert [(row.key, row.field, row.reason) for row in result.failed] == [("3", "unit_code", "UNIT_OUT_OF_REACH")]
    assert result.created == 1
