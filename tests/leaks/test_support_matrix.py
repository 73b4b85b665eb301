"""Role × method × row × column at support's own port, against the reading."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from support.storage.schema import metadata
from tests.chassis.issuer import serving
from tests.leaks.found import Found
from tests.leaks.office import COLUMNS, FORMS, open_office
from tests.leaks.policies import PEOPLE, a_policy
from tests.leaks.reading import Reading
from tests.leaks.record_cells import RecordComparison
from tests.leaks.staff_cells import StaffComparison, Truth
from tests.leaks.trail_cells import Trail, TrailComparison

POLICIES, LEAST = 9, 10_000


@pytest.mark.slow  # thousands of calls
@pytest.mark.timeout(600)
async def test_nobody_gets_more_than_the_reading_says(fresh_database: Callable[..., str], tmp_path: Path) -> None:
    chance, found = random.Random(20261123), Found()
    with serving() as issuer:
        async with open_office(fresh_database(metadata), issuer, tmp_path) as office:
            truth, trail = await Truth.asked_of(office), await Trail.asked_of(office)
            for _ in range(POLICIES):
                policy = a_policy(chance, FORMS, COLUMNS, chance.randint(4, 14))
                office.put_in_force(policy)
                for who in chance.sample(PEOPLE, 3):
                    reading = Reading(policy, who)
                    await StaffComparison(office, reading, found, chance, truth).everything()
                    await RecordComparison(office, reading, found, chance).everything()
                    await TrailComparison(office, reading, found, chance, trail).everything()
    print(f"\nsupport: {found.cases} cases, {len(found.leaks)} leaks, {len(found.denials)} wrong denials")
    assert found.verdict() == ""
    assert found.cases >= LEAST
