"""What every service goes by: the document of the rules, as it is published and how soon.

`UPDATE_GOLDEN=1 pytest tests/support/messaging` writes the document of the product's own policy again; read the
difference before committing it.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from crm.common.v1 import access_pb2
from google.protobuf import text_format

from chassis.access import GRANTS_KEY, AccessBook
from chassis.clock import FixedClock
from chassis.documents import Documents
from chassis.nats import Bus
from chassis.paging import Page
from support import rules_document
from support.actions.approvals import decide_approval, list_approvals
from support.actions.policies import save_policy_draft, submit_policy
from support.declared_forms import known_forms
from support.domain.grants import Action, Scope
from support.domain.policy import Assignment, HolderKind, Role, Rule, default_roles
from support.messaging.documents import Publisher
from support.storage.schema import metadata
from tests.support.access_branch import B01, actor, bucket, fill, frame, open_database
from tests.support.branch import NOON, TODAY, ZONE

GOLDEN = Path(__file__).parent / "access_grants.txt"
FRAME = frame(known_forms(bucket()))
REFUSED = Role(
    "no_export", "不得导出", "No export",
    rules=(Rule("", "customer.customer", (Action.EXPORT,), Scope.UNITS, (B01,), refuse=True),),
    assignments=(Assignment(HolderKind.POSITION, "supervisor", "2026-11-22"),),
)  # fmt: skip


@pytest.fixture
async def documents(nats_server: str) -> AsyncIterator[Documents]:
    bus = Bus(nats_server, "support")
    await bus.connect()
    found = Documents(bus)
    following = asyncio.create_task(found.run())
    assert await found.ready(5)
    yield found
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    with contextlib.suppress(Exception):
        await bus.jetstream.delete_key_value("settings")
    await bus.close()


def test_the_products_policy_is_published_as_the_golden_file_says() -> None:
    text = text_format.MessageToString(rules_document.default_document())
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.slow
async def test_what_a_second_administrator_agreed_to_is_with_the_services_within_two_seconds(
    documents: Documents, fresh_database: Callable[..., str]
) -> None:
    database = open_database(fresh_database(metadata))
    await database.run(actor("admin"), fill)
    running = asyncio.create_task(Publisher(database, documents, FixedClock(NOON), ZONE).run())
    book = AccessBook(documents, today=lambda: TODAY)
    try:
        await _until(lambda: book.allows(actor("s1"), "customer.customer", access_pb2.ACTION_EXPORT))
        draft = await database.run(actor("admin"), save_policy_draft, 0, (*default_roles(), REFUSED), "", FRAME)
        await database.run(actor("admin"), submit_policy, draft.policy.version, FRAME)
        [waiting], _, _ = await database.run(actor("second"), list_approvals, None, Page(), FRAME)
        await asyncio.sleep(1.2)
        assert _version(documents) == 1
        await database.run(actor("second"), decide_approval, waiting.approval.id, True, "", FRAME)
        took = await _until(lambda: _version(documents) == 2)
        assert took < 2
        grants = access_pb2.GrantsDocument.FromString(documents.get(GRANTS_KEY) or b"")
        [rule] = [grant for grant in grants.grants if grant.role == "no_export"]
        assert (rule.refuse, list(rule.unit_ids)) == (True, [B01])
        assert [(each.role, each.position, each.valid_from) for each in grants.assignments] == [
            ("no_export", "supervisor", "2026-11-22")
        ]
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        database.close()


def _version(documents: Documents) -> int:
    return access_pb2.GrantsDocument.FromString(documents.get(GRANTS_KEY) or b"").version


async def _until(reached: Callable[[], bool]) -> float:
    began = time.monotonic()
    while not reached():
        assert time.monotonic() - began < 10
        await asyncio.sleep(0.02)
    return time.monotonic() - began
