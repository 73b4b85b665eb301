from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chassis.access import AccessBook
from chassis.clock import FixedClock
from chassis.database import Database
from customer.messaging.directory import Directory
from customer.messaging.extra_fields import ExtraFields
from customer.messaging.publish import encode
from customer.rpc.shown import FORMS
from customer.storage import tables
from tests.customer.small_archive import MORNING, Papers, World, make_worker


@pytest.fixture
def papers() -> Papers:
    held = Papers()
    held.publish_all()
    return held


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(MORNING)


@pytest.fixture
def world(fresh_database: Callable[..., str], clock: FixedClock, papers: Papers, tmp_path: Path) -> Iterator[World]:
    database = Database(
        fresh_database(tables.metadata),
        clock=clock,
        plumbing=tables.plumbing,
        encode=encode,
        access=AccessBook(papers, sensitive=FORMS.sensitive),
        pool_size=4,
    )
    directory = Directory(papers)
    extras = ExtraFields(papers).known
    yield World(database, clock, papers, directory, make_worker(database, directory, tmp_path, extras), tmp_path)
    database.close()
