"""The control: an engine that is broken on purpose is caught by the same comparison, else the comparison is worth nothing."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import true

import chassis.access
from chassis import masking
from chassis.access import AccessBook
from chassis.rights import Rule
from customer.rpc import shown
from customer.storage import tables
from tests.chassis.issuer import serving
from tests.leaks.archive import APPOINTMENT, COLUMNS, CUSTOMER, Archive, open_archive
from tests.leaks.customer_cells import Comparison
from tests.leaks.policies import PEOPLE, a_policy
from tests.leaks.reading import Found, Reading

_granted: Any = vars(chassis.access)["_granted"]


def _without_refusals(grants: Sequence[Rule], refusals: Sequence[Rule], columns: Any) -> Any:
    del refusals
    return _granted(grants, (), columns)


def _nothing(*_: Any) -> None: ...


def _everywhere(*_: Any) -> Any:
    return true()


def _as_it_stands(change: Any, *_: Any) -> Any:
    return change


def _too_little(value: str) -> str:
    return value[:-1] + "*"


BROKEN: dict[str, tuple[Any, str, Any]] = {
    "masks are skipped": (masking, "apply", _nothing),
    "search goes without the column": (AccessBook, "_open", _everywhere),
    "lists forget refusals": (chassis.access, "_granted", _without_refusals),
    "history is told as it stands": (shown, "shown_change", _as_it_stands),
    "phone numbers are masked too little": (masking, "phone", _too_little),
}


@pytest.mark.slow  # thousands of calls, and loads that are read by processes of their own
@pytest.mark.timeout(600)
async def test_a_broken_engine_is_caught(
    fresh_database: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    caught: dict[str, int] = {}
    with serving() as issuer:
        async with open_archive(fresh_database(tables.metadata), issuer, tmp_path) as archive:
            assert await _compared(archive) == 0
            for name, (owner, attribute, wrong) in BROKEN.items():
                with monkeypatch.context() as broken:
                    broken.setattr(owner, attribute, wrong)
                    if attribute == "phone":
                        broken.setitem(masking.MASKS, 1, wrong)
                    caught[name] = await _compared(archive)
    print(f"\ncontrol: leaks found by breakage: {caught}")
    assert all(caught.values()), caught


async def _compared(archive: Archive) -> int:
    chance, found = random.Random(7), Found()
    for _ in range(6):
        policy = a_policy(chance, (CUSTOMER, CUSTOMER, APPOINTMENT), COLUMNS, 8)
        archive.put_in_force(policy)
        for who in chance.sample(PEOPLE, 3):
            comparison = Comparison(archive, Reading(policy, who), found, chance)
            await comparison.lists()
            for key in list(archive.truth)[:2]:
                await comparison.history(key)
    return len(found.leaks)
