"""A dispatch of one's own: a fresh database with the default rules and a clock that stands still."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from crm.common.v1 import access_pb2
from sqlalchemy import insert

from chassis.access import AccessBook
from chassis.clock import FixedClock
from chassis.database import Database
from dispatch.actions.generate_tasks import Branch
from dispatch.domain.calendar import Calendar, DayFacts
from dispatch.messaging.publish import encode
from dispatch.rpc.shown import FORMS
from dispatch.storage import tables
from tests.dispatch.small_branch import ALL_GROUPS, GRANTS, MORNING, PEOPLE, ZONE, Papers, World


@pytest.fixture
def papers() -> Papers:
    held = Papers()
    for actor in PEOPLE:
        held.staff(actor)
    grants = [access_pb2.Grant(role=r, form=f, actions=a, scope=s) for r, f, a, s in GRANTS]
    held.held["access.grants"] = access_pb2.GrantsDocument(version=1, grants=grants).SerializeToString()
    return held


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(MORNING)


@pytest.fixture
def calendar() -> Calendar:
    """National Day 2026 (1 to 7 October), made up for on 26 September and 10 October."""
    days = {date(2026, 10, n): DayFacts(working=False, holiday="国庆节", holiday_start=n == 1) for n in range(1, 8)}
    made_up = {date(2026, 9, 26): DayFacts(working=True), date(2026, 10, 10): DayFacts(working=True)}
    return Calendar({**days, **made_up})


@pytest.fixture
def branch(calendar: Calendar) -> Branch:
    return Branch(calendar, ZONE)


@pytest.fixture
def database_url(fresh_database: Callable[..., str]) -> str:
    return fresh_database(tables.metadata)


@pytest.fixture
def world(database_url: str, clock: FixedClock, papers: Papers) -> Iterator[World]:
    access = AccessBook(papers, sensitive=FORMS.sensitive)
    database = Database(database_url, clock=clock, plumbing=tables.plumbing, encode=encode, access=access, pool_size=4)
    with database.engine.begin() as connection:
        rules = {"version": 1, "enabled": True, "due_working_days": 0, "groups": ALL_GROUPS, "priority": 3}
        defaults = {"appointment": 2, "birthday": 0, "holiday": 7, "store_anniversary": 0}
        connection.execute(
            insert(tables.generation_rules),
            [{**rules, "name": name, "days_ahead": days} for name, days in defaults.items()],
        )
    yield World(database, clock, access, papers)
    database.close()
