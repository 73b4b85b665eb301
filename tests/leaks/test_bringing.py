"""Role × column of files, against the reading: what a file may bring into the archive, and what refused rows tell others."""

import csv
import io
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from crm.common.v1 import access_pb2
from crm.customer.v1 import customer_pb2 as pb

from chassis.identity import Actor
from customer.storage import tables
from tests.chassis.issuer import serving
from tests.customer.small_archive import customer_row
from tests.leaks.archive import CUSTOMER, EXTRA_COLUMNS, IMPORT, Archive, open_archive
from tests.leaks.found import Found
from tests.leaks.policies import PEOPLE, ROLES, a_policy
from tests.leaks.reading import IMPORT as BRING
from tests.leaks.reading import READ, SEE, WRITE, Line, Policy, Reading

POLICIES, LEAST = 12, 300
COLUMNS = (*EXTRA_COLUMNS, "extra", "note", "phone")
FETCHING = tuple(Line(role, IMPORT, frozenset({SEE, BRING}), access_pb2.ROW_SCOPE_ALL) for role in ROLES)
SENT = {"extra.level": "等级", "extra.secret": "extra.secret", "phone": "phone"}
"""Columns of the refused files in the archive, and how their headers call them."""


@pytest.mark.slow  # files are read by processes of their own
@pytest.mark.timeout(600)
async def test_files_bring_and_tell_what_the_reading_says(fresh_database: Callable[..., str], tmp_path: Path) -> None:
    chance, found = random.Random(20261122), Found()
    with serving() as issuer:
        async with open_archive(fresh_database(tables.metadata), issuer, tmp_path) as archive:
            for _ in range(POLICIES):
                rules = a_policy(chance, (CUSTOMER,), COLUMNS, chance.randint(2, 6))
                # Whose files may be fetched at all is compared elsewhere; here everybody may.
                policy = Policy((*rules.lines, *FETCHING), rules.held)
                archive.put_in_force(policy)
                for who in chance.sample(PEOPLE, 2):
                    reading = Reading(policy, who)
                    bringing(archive, reading, found, chance)
                    await telling(archive, reading, found)
    print(f"\nfiles: {found.cases} cases, {len(found.leaks)} leaks, {len(found.denials)} wrong denials")
    assert found.verdict() == ""
    assert found.cases >= LEAST


def bringing(archive: Archive, reading: Reading, found: Found, chance: random.Random) -> None:
    """A file with one column more: taken, or refused whole, and nothing of it anywhere."""
    column = chance.choice((*EXTRA_COLUMNS, "note"))
    name, value = f"brought-{chance.randrange(10**9)}", str(chance.randrange(10**9))
    row = customer_row(customer_number=name, name=name, community="U3", **{column: value})
    del row["phone"], row["address"], row["id_card"], row["birthday"], row["birthday_calendar"], row["joined_on"]
    who = reading.who
    started = archive.world.start_by(Actor("person", who.number, who.name, who.positions), f"{name}.csv", [row])
    job = archive.world.take_up(started)
    may = reading.opens(CUSTOMER, column, WRITE)
    found.said(f"{who.number} brings {column}", may, str(job.state) == "done")
    if not may:
        stored = str(archive.world.rows(tables.customers)) + str(archive.world.rows(tables.plumbing.changes))
        spooled = [path.name for path in archive.world.worker.spool.folder.glob(f"{job.id}*")]
        found.value(f"{who.number} leaves of {column}", (False, [], column), (value in stored, spooled, job.detail))


async def telling(archive: Archive, reading: Reading, found: Found) -> None:
    """Refused rows of others: each cell as far as the rules of who fetches them go."""
    who = reading.who
    caller = archive.by(who.number, *who.positions)
    for job, owner in archive.jobs.items():
        parts, refused = await caller.ask("DownloadImportErrors", pb.DownloadImportErrorsRequest(id=job))
        assert parts is not None, refused
        text = b"".join(part.chunk for part in parts).decode("utf-8-sig")
        if not text:
            continue  # nothing of it was refused
        header, row = csv.reader(io.StringIO(text))
        for column, title in SENT.items():
            told = owner == who.number or reading.opens(CUSTOMER, column, READ)
            found.said(f"{who.number} is told {column} of another's file", told, row[header.index(title)] != "")
