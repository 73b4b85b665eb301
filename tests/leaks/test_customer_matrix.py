"""Role × method × row × column at the archive's own port, against the reading."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from customer.storage import tables
from tests.chassis.issuer import serving
from tests.leaks.archive import APPOINTMENT, COLUMNS, CUSTOMER, IMPORT, OWNER, open_archive
from tests.leaks.customer_cells import Comparison
from tests.leaks.entering_cells import EnteringComparison
from tests.leaks.found import Found
from tests.leaks.policies import PEOPLE, a_policy
from tests.leaks.reading import Reading

POLICIES, LEAST = 14, 10_000
FORMS = (CUSTOMER, CUSTOMER, CUSTOMER, APPOINTMENT, APPOINTMENT, OWNER, IMPORT)


@pytest.mark.slow  # thousands of calls, and loads that are read by processes of their own
@pytest.mark.timeout(600)
async def test_nobody_gets_more_than_the_reading_says(fresh_database: Callable[..., str], tmp_path: Path) -> None:
    chance, found = random.Random(20261123), Found()
    with serving() as issuer:
        async with open_archive(fresh_database(tables.metadata), issuer, tmp_path) as archive:
            for _ in range(POLICIES):
                policy = a_policy(chance, FORMS, COLUMNS, chance.randint(2, 9))
                archive.put_in_force(policy)
                for who in chance.sample(PEOPLE, 3):
                    reading = Reading(policy, who)
                    await Comparison(archive, reading, found, chance).everything()
                    await EnteringComparison(archive, reading, found, chance).everything()
    print(f"\ncustomer: {found.cases} cases, {len(found.leaks)} leaks, {len(found.denials)} wrong denials")
    assert found.verdict() == ""
    assert found.cases >= LEAST
