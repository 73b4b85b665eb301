"""Entries for the tests of the audit: recorded, chained, and looked at by whoever may."""

from datetime import datetime, timedelta
from typing import Any

from crm.common.v1 import access_pb2
from sqlalchemy import func, select

from chassis.access import GRANTS_KEY, AccessBook
from chassis.clock import FixedClock
from chassis.database import Database
from chassis.database import Unit as Work
from chassis.identity import Actor
from support.actions.chain_audit import chain_audit
from support.actions.import_organisation import import_organisation
from support.domain.audit import AuditKind, AuditNote
from support.messaging.publish import encode
from support.storage.audit_queue import queue
from support.storage.audit_tables import audit_entries
from support.storage.tables import plumbing
from tests.support.branch import ADMIN, IMPORTER, NOON, STAFF, TODAY, UNITS, ZONE

OPERATOR = Actor(kind="person", id="operator", name="陈涛", roles=frozenset({"operator"}), ip="10.1.1.2")
DAY = TODAY.isoformat()


def audit_rule(role: str, scope: int, *actions: int) -> access_pb2.Grant:
    return access_pb2.Grant(role=role, form="support.audit", actions=list(actions), scope=scope)  # pyright: ignore[reportArgumentType]  # enum numbers


RULES = [
    audit_rule("administrator", access_pb2.ROW_SCOPE_ALL, access_pb2.ACTION_SEE, access_pb2.ACTION_EXPORT),
    audit_rule("bureau_chief", access_pb2.ROW_SCOPE_BUREAU, access_pb2.ACTION_SEE),
    audit_rule("customer_manager", access_pb2.ROW_SCOPE_OWN, access_pb2.ACTION_SEE),
]


def opened(url: Any, clock: FixedClock | None = None) -> Database:
    """A database whose rules let the administrator see everything, a chief the bureau, a manager themselves."""
    access = AccessBook({GRANTS_KEY: access_pb2.GrantsDocument(grants=RULES).SerializeToString()})
    return Database(url, clock=clock or FixedClock(NOON), plumbing=plumbing, encode=encode, access=access, pool_size=4)


def with_staff(database: Database) -> None:
    database.run_sync(IMPORTER, import_organisation, "r1", UNITS, STAFF, ZONE)


def note(number: str = "m001", at: datetime = NOON, kind: AuditKind = AuditKind.RECORD_VIEW, **more: str) -> AuditNote:
    usual = {"form": "customer.customer", "record_id": "r1"} if kind is AuditKind.RECORD_VIEW else {}
    return AuditNote(kind, number, at, **(usual | more))


def record(database: Database, *notes: AuditNote) -> None:
    """Records and chains."""

    def both(work: Work) -> None:
        queue(work, *notes)

    database.run_sync(ADMIN, both)
    while database.run_sync(ADMIN, chain_audit, ZONE)[0]:
        pass


def views(number: str, count: int, at: datetime = NOON) -> list[AuditNote]:
    return [note(number, at + timedelta(seconds=place), record_id=f"r{place}") for place in range(count)]


def rows(database: Database) -> list[Any]:
    with database.engine.connect() as connection:
        return list(connection.execute(select(audit_entries).order_by(audit_entries.c.day, audit_entries.c.sequence)))


def count(database: Database, table: Any) -> int:
    with database.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()
