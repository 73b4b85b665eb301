"""Role × method × row × column at the port of dispatch itself, against the reading."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from dispatch.storage import tables
from tests.chassis.issuer import serving
from tests.leaks.found import Found
from tests.leaks.order_cells import OrderComparison, add_orders
from tests.leaks.policies import PEOPLE, a_policy
from tests.leaks.reading import Reading
from tests.leaks.task_cells import Comparison
from tests.leaks.tasks import ALL_FORMS, COLUMNS, ORDER, TASK, open_tasks

POLICIES, LEAST = 8, 10_000
FORMS = (TASK, TASK, TASK, ORDER, *ALL_FORMS)


@pytest.mark.slow  # thousands of calls, and loads that are read by processes of their own
@pytest.mark.timeout(600)
async def test_nobody_gets_more_than_the_reading_says(fresh_database: Callable[..., str], tmp_path: Path) -> None:
    chance, found = random.Random(20261123), Found()
    with serving() as issuer:
        async with open_tasks(fresh_database(tables.metadata), issuer, tmp_path) as tasks:
            add_orders(tasks)
            for _ in range(POLICIES):
                policy = a_policy(chance, FORMS, COLUMNS, chance.randint(2, 9))
                tasks.put_in_force(policy)
                for who in chance.sample(PEOPLE, 3):
                    reading = Reading(policy, who)
                    await Comparison(tasks, reading, found, chance).everything()
                    await OrderComparison(tasks, reading, found, chance).everything()
    print(f"\ndispatch: {found.cases} cases, {len(found.leaks)} leaks, {len(found.denials)} wrong denials")
    assert found.verdict() == ""
    assert found.cases >= LEAST
