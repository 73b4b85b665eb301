"""The control: an engine that is broken on purpose is caught by the same comparison in every service, else it is worth nothing."""

import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from crm.common.v1 import access_pb2
from sqlalchemy import MetaData, true

import chassis.access
from chassis import masking
from chassis.access import AccessBook
from chassis.declarations import Form
from chassis.rights import Rule
from customer.actions import get_import
from customer.domain.import_job import ImportJob
from customer.rpc import shown as customer_shown
from customer.storage import tables as customer_tables
from dispatch.domain.work_order import WorkOrder
from dispatch.rpc.shown import Shown as TaskShown
from dispatch.storage import tables as dispatch_tables
from dispatch.storage import work_orders
from support.rpc import audit_messages, audit_servicer, organisation_messages
from support.storage import audit_questions, schema
from tests.chassis.issuer import Issuer, serving
from tests.leaks import (
    archive,
    customer_cells,
    entering_cells,
    office,
    order_cells,
    staff_cells,
    task_cells,
    tasks,
    trail_cells,
)
from tests.leaks.found import Found
from tests.leaks.policies import PEOPLE, a_policy
from tests.leaks.reading import Reading

Compare = Callable[[], Awaitable[int]]
Opened = Callable[[str, Issuer, Path], Any]
_granted: Any = vars(chassis.access)["_granted"]
_change_of: Any = organisation_messages.change_of


def _without_refusals(grants: Sequence[Rule], refusals: Sequence[Rule], columns: Any) -> Any:
    del refusals
    return _granted(grants, (), columns)


def _nothing(*_: Any) -> None: ...


def _everywhere(*_: Any) -> Any:
    return true()


def _yes(*_: Any, **__: Any) -> bool:
    return True


def _as_it_is(_: Any, column: Any) -> Any:
    return column


def _entry_as_it_stands(view: Any) -> Any:
    return vars(audit_messages)["_packed"](view.entry)


def _any_file(unit: Any, job_id: str, *_: Any, **__: Any) -> Any:
    return unit.session.get_one(ImportJob, job_id)


def _any_order(unit: Any, order_id: str, *_: Any, **__: Any) -> Any:
    return unit.session.get_one(WorkOrder, order_id)


def _as_it_stands(change: Any, *_: Any) -> Any:
    return change


def _task_as_it_stands(_: Any, change: Any, *__: Any) -> Any:
    return change


def _staff_as_it_stands(row: Any, _: Any, columns: Any) -> Any:
    return _change_of(row, Form("none"), columns)


def _too_little(value: str) -> str:
    return value[:-1] + "*"


# What breaks in the engine that all services share, and how each tells its history; a sensitive kind that each service has.
SHARED: dict[str, tuple[Any, str, Any]] = {
    "masks are skipped": (masking, "apply", _nothing),
    "search goes without the column": (AccessBook, "_open", _everywhere),
    "lists forget refusals": (chassis.access, "_granted", _without_refusals),
    "new rows go without the column": (AccessBook, "fills", _yes),
}
# What breaks in one service alone.
OWN: dict[str, dict[str, tuple[Any, str, Any]]] = {
    "customer": {"files are everybody's": (get_import, "job_within_reach", _any_file)},
    "dispatch": {"orders are everybody's": (work_orders, "find", _any_order)},
    "support": {
        "counts go without the column": (audit_questions, "_open", _as_it_is),
        "entries are told as they stand": (audit_messages.masking, "tell", _nothing),
        "a file tells entries as they stand": (audit_servicer.messages, "taken_out", _entry_as_it_stands),
        "subnets are for everybody": (AccessBook, "opens", _yes),
    },
}
HISTORY: dict[str, tuple[Any, str, Any]] = {
    "customer": (customer_shown, "shown_change", _as_it_stands),
    "dispatch": (TaskShown, "change", _task_as_it_stands),
    "support": (organisation_messages, "change_of", _staff_as_it_stands),
}
PHONE, ADDRESS = access_pb2.SENSITIVITY_PHONE, access_pb2.SENSITIVITY_ADDRESS
KINDS: dict[str, int] = {"customer": PHONE, "dispatch": ADDRESS, "support": PHONE}


@asynccontextmanager
async def _customers(url: str, issuer: Issuer, folder: Path) -> AsyncGenerator[Compare]:
    async with archive.open_archive(url, issuer, folder) as opened:

        async def compare() -> int:
            chance, found = random.Random(7), Found()
            for _ in range(6):
                forms = (archive.CUSTOMER, archive.CUSTOMER, archive.APPOINTMENT, archive.IMPORT)
                policy = a_policy(chance, forms, archive.COLUMNS, 24)
                opened.put_in_force(policy)
                for who in chance.sample(PEOPLE, 3):
                    comparison = customer_cells.Comparison(opened, Reading(policy, who), found, chance)
                    await comparison.lists()
                    for key in list(opened.truth)[:2]:
                        await comparison.history(key)
                    await entering_cells.EnteringComparison(opened, comparison.reading, found, chance).everything()
            return len(found.leaks)

        yield compare


@asynccontextmanager
async def _tasks(url: str, issuer: Issuer, folder: Path) -> AsyncGenerator[Compare]:
    async with tasks.open_tasks(url, issuer, folder) as opened:
        order_cells.add_orders(opened)

        async def compare() -> int:
            chance, found = random.Random(7), Found()
            for _ in range(6):
                policy = a_policy(chance, (tasks.TASK, tasks.TASK, tasks.ORDER), tasks.COLUMNS, 20)
                opened.put_in_force(policy)
                for who in chance.sample(PEOPLE, 3):
                    comparison = task_cells.Comparison(opened, Reading(policy, who), found, chance)
                    await comparison.lists()
                    for key in list(comparison.truth)[:4]:
                        await comparison.one(key)
                    await comparison.creating()
                    await order_cells.OrderComparison(opened, comparison.reading, found, chance).everything()
            return len(found.leaks)

        yield compare


@asynccontextmanager
async def _office(url: str, issuer: Issuer, folder: Path) -> AsyncGenerator[Compare]:
    async with office.open_office(url, issuer, folder) as opened:
        truth, trail = await staff_cells.Truth.asked_of(opened), await trail_cells.Trail.asked_of(opened)

        async def compare() -> int:
            chance, found = random.Random(7), Found()
            for _ in range(3):
                forms = (office.STAFF, office.STAFF, office.ORGANISATION, *office.RECORDS)
                policy = a_policy(chance, forms, office.COLUMNS, 40)
                opened.put_in_force(policy)
                for who in chance.sample(PEOPLE, 2):
                    comparison = staff_cells.StaffComparison(opened, Reading(policy, who), found, chance, truth)
                    await comparison.listed()
                    await comparison.members()
                    await comparison.history()
                    await comparison.taking_on()
                    of_trail = trail_cells.TrailComparison(opened, comparison.reading, found, chance, trail)
                    await of_trail.everything()
            return len(found.leaks)

        yield compare


SERVICES: dict[str, tuple[Opened, MetaData]] = {
    "customer": (_customers, customer_tables.metadata),
    "dispatch": (_tasks, dispatch_tables.metadata),
    "support": (_office, schema.metadata),
}


@pytest.mark.slow  # thousands of calls, and loads that are read by processes of their own
@pytest.mark.timeout(600)
@pytest.mark.parametrize("service", sorted(SERVICES))
async def test_a_broken_engine_is_caught(
    service: str, fresh_database: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    caught: dict[str, int] = {}
    opened, metadata = SERVICES[service]
    with serving() as issuer:
        async with opened(fresh_database(metadata), issuer, tmp_path) as compare:
            assert await compare() == 0
            for name, broken in {**SHARED, **OWN[service], "history is told as it stands": HISTORY[service]}.items():
                with monkeypatch.context() as patched:
                    patched.setattr(*broken)
                    caught[name] = await compare()
            with monkeypatch.context() as patched:
                patched.setitem(masking.MASKS, KINDS[service], _too_little)
                caught["values are masked too little"] = await compare()
    print(f"\ncontrol of {service}: leaks found by breakage: {caught}")
    assert all(caught.values()), caught
