from dataclasses import replace

import pytest
from sqlalchemy import func, select

from chassis.database import Database
from chassis.errors import RequestIdReused
from chassis.paging import Page
from support.actions.import_organisation import import_organisation
from support.actions.organisation import get_me, list_staff
from support.domain.organisation_import import FailedRow, ImportResult, StaffRow, UnitRow
from support.storage import organisation, tables
from tests.support.branch import ADMIN, IMPORTER, STAFF, UNITS, ZONE


def bring_in(
    database: Database, request_id: str, units: list[UnitRow] = UNITS, staff: list[StaffRow] = STAFF
) -> ImportResult:
    return database.run_sync(IMPORTER, import_organisation, request_id, units, staff, ZONE)


def rows(database: Database) -> dict[str, int]:
    names = ("units", "people", "person_units", "person_roles", "changes", "documents", "requests", "outbox")
    with database.engine.connect() as connection:
        return {
            name: connection.execute(select(func.count()).select_from(tables.metadata.tables[name])).scalar_one()
            for name in names
        }


def test_an_empty_branch_is_filled_and_leaves_its_traces(database: Database) -> None:
    result = bring_in(database, "first")
    assert (result.read, result.created, result.updated, result.skipped, result.failed) == (8, 8, 0, 0, ())
    assert rows(database) == {
        "units": 5,
        "people": 3,
        "person_units": 1,
        "person_roles": 3,
        "changes": 8,
        "documents": 4,
        "requests": 1,
        "outbox": 0,
    }


def test_the_same_request_again_answers_the_same_and_does_nothing(database: Database) -> None:
    first = bring_in(database, "first")
    before = rows(database)
    assert bring_in(database, "first") == first
    assert rows(database) == before


def test_the_same_request_id_with_other_content_is_refused(database: Database) -> None:
    bring_in(database, "first")
    before = rows(database)
    with pytest.raises(RequestIdReused):
        bring_in(database, "first", UNITS[:1], [])
    assert rows(database) == before


def test_the_same_rows_under_another_request_are_skipped_and_publish_nothing(database: Database) -> None:
    bring_in(database, "first")
    with database.engine.connect() as connection:
        versions = connection.execute(select(tables.documents.c.doc_key, tables.documents.c.version)).all()
    result = bring_in(database, "second")
    assert (result.read, result.created, result.updated, result.skipped, result.failed) == (8, 0, 0, 8, ())
    with database.engine.connect() as connection:
        assert connection.execute(select(tables.documents.c.doc_key, tables.documents.c.version)).all() == versions


def test_refused_rows_are_named_and_the_rest_goes_in(database: Database) -> None:
    strays = [
        replace(STAFF[0], staff_number="m998", unit_code="NO"),
        replace(STAFF[0], staff_number="m999", roles=("importer",)),
    ]
    result = bring_in(database, "first", UNITS, [*STAFF, *strays])
    assert (result.read, result.created, result.updated, result.skipped) == (10, 8, 0, 0)
    assert result.failed == (
        FailedRow("staff", "m998", "unit_code", "UNIT_UNKNOWN"),
        FailedRow("staff", "m999", "roles", "ROLE_UNKNOWN"),
    )
    assert bring_in(database, "first", UNITS, [*STAFF, *strays]) == result


def test_a_change_is_traced_field_by_field(database: Database) -> None:
    bring_in(database, "first")
    moved = replace(STAFF[1], phone="15400000001", also_unit_codes=(), roles=("seat_manager", "customer_manager"))
    result = bring_in(database, "second", [], [moved])
    assert (result.updated, result.skipped) == (1, 0)
    with database.engine.connect() as connection:
        changes = connection.execute(
            select(tables.plumbing.changes).where(tables.plumbing.changes.c.cause == "second")
        ).all()
    assert {(row.field, row.actor_id) for row in changes} == {
        ("phone", "ods-files"),
        ("also_unit_ids", "ods-files"),
        ("positions", "ods-files"),
    }


def test_a_community_that_moves_to_another_bureau_moves_its_people(database: Database) -> None:
    bring_in(database, "first")
    bring_in(database, "second", [replace(UNITS[3], parent_code="B02")], [])
    units = {unit.code: unit.id for unit in database.run_sync(ADMIN, organisation.all_units).values()}
    me = database.run_sync(replace(ADMIN, id="m001"), get_me)
    assert me.view is not None
    assert me.view.reach.bureau_ids == (units["B02"],)
    assert me.view.version == 2
    assert [unit.code for unit in me.units] == ["BR", "B02", "B01-C01"]


def test_without_a_rule_no_row_of_staff_is_seen(database: Database) -> None:
    bring_in(database, "first")
    views, more, total = database.run_sync(ADMIN, list_staff, "", "", "", Page(with_total=True))
    assert (views, more, total) == ([], False, 0)
