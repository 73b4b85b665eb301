"""Columns of a file that a rule closes: who may not write them brings no file with them."""

import dataclasses

import pytest
from crm.common.v1 import access_pb2

from chassis.identity import Actor
from customer.domain.import_job import ImportJob
from tests.customer.imports.extra_columns.fields import FORM, everything, held
from tests.customer.small_archive import CHIEF1, IMPORT, M1, World, counts, customer_row

slow = pytest.mark.slow  # every load is read by a process of its own

HIDDEN, READ, WRITE = (
    access_pb2.COLUMN_RIGHT_HIDDEN,
    access_pb2.COLUMN_RIGHT_READ,
    access_pb2.COLUMN_RIGHT_WRITE,
)
BUREAU, ALL = access_pb2.ROW_SCOPE_BUREAU, access_pb2.ROW_SCOPE_ALL


def brought_by(world: World, actor: Actor, name: str, *rows: dict[str, str]) -> ImportJob:
    """Somebody of the branch brings a file."""
    started = world.start_by(actor, name, [customer_row(**row) for row in rows])
    return world.take_up(started)


def rule(world: World, role: str, scope: int, columns: dict[str, int], *, refuse: bool = False) -> None:
    """Add a rule of the archive, and let the role bring files in."""
    rules = access_pb2.GrantsDocument.FromString(world.papers.held["access.grants"])
    said = [access_pb2.ColumnRule(column=column, right=right) for column, right in columns.items()]  # type: ignore[arg-type]  # numbers of the contract
    actions = [access_pb2.ACTION_SEE, access_pb2.ACTION_CHANGE]
    rules.grants.add(role=role, form=FORM, actions=actions, scope=scope, columns=said, refuse=refuse)  # type: ignore[arg-type]  # the same
    rules.grants.add(role=role, form="customer.import", actions=[IMPORT], scope=access_pb2.ROW_SCOPE_OWN)
    world.papers.held["access.grants"] = rules.SerializeToString()


@slow
@pytest.mark.parametrize(
    ("scope", "columns", "refuse", "taken"),
    [
        (BUREAU, {}, False, True),
        (BUREAU, {"extra.rooms": HIDDEN}, False, False),
        (ALL, {"extra.rooms": READ}, False, False),
        (ALL, {"extra": HIDDEN}, False, False),
        (ALL, {"extra": HIDDEN, "extra.rooms": WRITE}, False, True),
        (BUREAU, {"extra.hobby": HIDDEN}, False, True),
        (BUREAU, {"extra.rooms": WRITE}, True, False),
        # Columns of the form's own go by the same rules.
        (BUREAU, {"birthday": READ}, False, False),
    ],
)
def test_who_may_not_write_a_column_brings_no_file_with_it(
    world: World, scope: int, columns: dict[str, int], *, refuse: bool, taken: bool
) -> None:
    chief = dataclasses.replace(CHIEF1, id="m001")
    rule(world, "customer_manager", scope, columns, refuse=refuse)
    job = brought_by(world, chief, "in.csv", {"customer_number": "C1", "房间数": "77"})
    if taken:
        assert counts(job) == ("done", 1, 1, 0, 0, 0)
        assert held(world) == {"C1": {"rooms": "77"}}
        return
    refused_for = "birthday" if "birthday" in columns else "房间数"
    assert (job.state, job.reason, job.detail) == ("refused", "COLUMN_NOT_WRITABLE", refused_for)
    assert everything(world) == [[], [], []]
    assert not world.worker.spool.errors(job.id).exists()


@slow
def test_the_rules_in_force_when_the_file_is_loaded_decide(world: World) -> None:
    rule(world, "customer_manager", BUREAU, {})
    started = world.start_by(M1, "in.csv", [customer_row(房间数="77")])
    rule(world, "customer_manager", BUREAU, {"extra.rooms": HIDDEN})
    assert world.take_up(started).reason == "COLUMN_NOT_WRITABLE"
