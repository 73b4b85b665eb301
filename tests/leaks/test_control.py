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
from customer.rpc import shown as customer_shown
from customer.storage import tables as customer_tables
from dispatch.rpc.shown import Shown as TaskShown
from dispatch.storage import tables as dispatch_tables
from support.rpc import organisation_messages
from support.storage import schema
from tests.chassis.issuer import Issuer, serving
from tests.leaks import archive, customer_cells, office, staff_cells, task_cells, tasks
from tests.leaks.policies import PEOPLE, a_policy
from tests.leaks.reading import Found, Reading

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
                policy = a_policy(chance, (archive.CUSTOMER, archive.CUSTOMER, archive.APPOINTMENT), archive.COLUMNS, 8)
                opened.put_in_force(policy)
                for who in chance.sample(PEOPLE, 3):
                    comparison = customer_cells.Comparison(opened, Reading(policy, who), found, chance)
                    await comparison.lists()
                    for key in list(opened.truth)[:2]:
                        await comparison.history(key)
            return len(found.leaks)

        yield compare


@asynccontextmanager
async def _tasks(url: str, issuer: Issuer, folder: Path) -> AsyncGenerator[Compare]:
    async with tasks.open_tasks(url, issuer, folder) as opened:

        async def compare() -> int:
            chance, found = random.Random(7), Found()
            for _ in range(6):
                policy = a_policy(chance, (tasks.TASK,), tasks.COLUMNS, 8)
                opened.put_in_force(policy)
                for who in chance.sample(PEOPLE, 3):
                    comparison = task_cells.Comparison(opened, Reading(policy, who), found, chance)
                    await comparison.lists()
                    for key in list(comparison.truth)[:4]:
                        await comparison.one(key)
            return len(found.leaks)

        yield compare


@asynccontextmanager
async def _office(url: str, issuer: Issuer, folder: Path) -> AsyncGenerator[Compare]:
    async with office.open_office(url, issuer, folder) as opened:
        truth = await staff_cells.Truth.asked_of(opened)

        async def compare() -> int:
            chance, found = random.Random(7), Found()
            for _ in range(6):
                forms = (office.STAFF, office.STAFF, office.ORGANISATION)
                policy = a_policy(chance, forms, office.COLUMNS, 12)
                opened.put_in_force(policy)
                for who in chance.sample(PEOPLE, 3):
                    comparison = staff_cells.StaffComparison(opened, Reading(policy, who), found, chance, truth)
                    await comparison.listed()
                    await comparison.members()
                    await comparison.history()
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
            for name, broken in {**SHARED, "history is told as it stands": HISTORY[service]}.items():
                with monkeypatch.context() as patched:
                    patched.setattr(*broken)
                    caught[name] = await compare()
            with monkeypatch.context() as patched:
                patched.setitem(masking.MASKS, KINDS[service], _too_little)
                caught["values are masked too little"] = await compare()
    print(f"\ncontrol of {service}: leaks found by breakage: {caught}")
    assert all(caught.values()), caught
