from datetime import UTC, datetime
from typing import Any

import pytest
from crm.common.v1 import access_pb2
from crm.gateway.v1 import gateway_events_pb2 as events
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.access import GRANTS_KEY, AccessBook
from chassis.clock import FixedClock
from chassis.database import Database
from chassis.nats import On
from chassis.paging import Page
from support.actions.sign_ins import list_sign_ins
from support.domain.sign_in import SignIn
from support.messaging.publish import encode
from support.messaging.subscribe import subscriptions
from support.storage.tables import plumbing
from tests.support.branch import ADMIN, NOON

IN, OUT = datetime(2026, 11, 22, 0, 30, tzinfo=UTC), datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
STARTED = events.SessionStarted(
    session_id="s1",
    staff_number="m001",
    name="王敏",
    ip="10.1.2.3",
    user_agent="Firefox",
    started_at=Timestamp(seconds=int(IN.timestamp())),
)
ENDED = events.SessionEnded(
    session_id="s1", staff_number="m001", ended_by="logout", ended_at=Timestamp(seconds=int(OUT.timestamp()))
)
WHOLE = SignIn("s1", "m001", "王敏", "10.1.2.3", "Firefox", IN, OUT, "logout")


def seeing(database: Database) -> Database:
    """The same database for somebody with the rules of an administrator."""
    grant = access_pb2.Grant(
        role="administrator",
        form="support.sign_in",
        actions=[access_pb2.ACTION_SEE],
        scope=access_pb2.ROW_SCOPE_ALL,
    )
    access = AccessBook({GRANTS_KEY: access_pb2.GrantsDocument(grants=[grant]).SerializeToString()})
    return Database(database.engine.url, clock=FixedClock(NOON), plumbing=plumbing, encode=encode, access=access)


def listening(word: str) -> On[Any]:
    return next(on for on in subscriptions() if on.subject == f"crm.gateway.session.{word}.v1")


@pytest.mark.parametrize("order", [[STARTED, ENDED], [ENDED, STARTED], [STARTED, STARTED, ENDED, ENDED]])
def test_a_stay_is_whole_in_whatever_order_its_events_come(
    database: Database, order: list[events.SessionStarted | events.SessionEnded]
) -> None:
    for event in order:
        on = listening("started" if isinstance(event, events.SessionStarted) else "ended")
        database.run_sync(ADMIN, on.action, on.parse(event.SerializeToString()))
    reader = seeing(database)
    [view], more, total = reader.run_sync(ADMIN, list_sign_ins, "", Page(with_total=True))
    assert (view.stay, more, total) == (WHOLE, False, 1)
    assert database.run_sync(ADMIN, list_sign_ins, "", Page()) == ([], False, None)
    reader.close()


def test_pages_neither_skip_nor_repeat(database: Database) -> None:
    started = listening("started")
    for number in range(7):
        event = events.SessionStarted(
            session_id=f"s{number}",
            staff_number="m001",
            started_at=Timestamp(seconds=int(IN.timestamp()) + number // 3),
        )
        database.run_sync(ADMIN, started.action, event)
    reader = seeing(database)
    found: list[str] = []
    page = Page(size=2)
    while True:
        stays, more, _ = reader.run_sync(ADMIN, list_sign_ins, "m001", page)
        found += [view.stay.id for view in stays]
        if not more:
            break
        page = Page(size=2, after=(stays[-1].stay.signed_in_at.isoformat(), stays[-1].stay.id))
    assert found == ["s6", "s5", "s4", "s3", "s2", "s1", "s0"]
    reader.close()
