"""The people and rules of a small branch, and short ways to put things into a dispatch of one's own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy
from crm.common.v1 import access_pb2, person_pb2
from sqlalchemy import select

from chassis.access import AccessBook
from chassis.clock import FixedClock
from chassis.database import Database, Unit
from chassis.identity import Actor, service_actor
from dispatch.domain.copies import CustomerCopy
from dispatch.domain.task import Task
from dispatch.storage import copies, tables, tasks

ZONE = ZoneInfo("Asia/Shanghai")
MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=ZONE)  # a Monday, 农历十月十五
B1, B2 = "0190a000-0000-7000-8000-0000000000b1", "0190a000-0000-7000-8000-0000000000b2"
C1, C2 = "0190a000-0000-7000-8000-0000000000c1", "0190a000-0000-7000-8000-0000000000c2"
ALL_GROUPS = "public,business,key_account"
SEE, CREATE, CHANGE = access_pb2.ACTION_SEE, access_pb2.ACTION_CREATE, access_pb2.ACTION_CHANGE
DELETE, APPROVE = access_pb2.ACTION_DELETE, access_pb2.ACTION_APPROVE

M1 = Actor("person", "m001", "王敏", frozenset({"customer_manager"}), "10.0.0.1", frozenset({B1}), frozenset({C1}))
M2 = Actor("person", "m002", "李强", frozenset({"customer_manager"}), "10.0.0.2", frozenset({B2}), frozenset({C2}))
SEAT = Actor("person", "z01", "赵静", frozenset({"seat_manager"}), "10.0.0.3")
CHIEF = Actor("person", "c01", "周海", frozenset({"bureau_chief"}), "10.0.0.4", frozenset({B1}))
DISPATCHER = Actor("person", "dispatcher", "孙洁", frozenset({"dispatcher"}), "10.0.0.5")
GNET = Actor("system", "gnet-crm", "gnet-crm", frozenset({"external_system"}), "10.0.1.1")
FIXED = Actor("system", "fixed-line-dispatch", "fixed-line-dispatch", frozenset({"external_system"}), "10.0.1.2")
DISPATCH = service_actor("dispatch")
PEOPLE = (M1, M2, SEAT, CHIEF, DISPATCHER)

GRANTS = (
    ("customer_manager", "dispatch.task", (SEE, CREATE, CHANGE), access_pb2.ROW_SCOPE_OWN),
    ("seat_manager", "dispatch.task", (SEE, CHANGE), access_pb2.ROW_SCOPE_OWN),
    ("bureau_chief", "dispatch.task", (SEE, CREATE, CHANGE), access_pb2.ROW_SCOPE_BUREAU),
    ("bureau_chief", "dispatch.assignment", (CHANGE,), access_pb2.ROW_SCOPE_BUREAU),
    ("bureau_chief", "dispatch.write_back", (SEE,), access_pb2.ROW_SCOPE_BUREAU),
    ("dispatcher", "dispatch.task", (SEE, CREATE, CHANGE), access_pb2.ROW_SCOPE_ALL),
    ("dispatcher", "dispatch.assignment", (CHANGE,), access_pb2.ROW_SCOPE_ALL),
    ("dispatcher", "dispatch.write_back", (SEE, CHANGE), access_pb2.ROW_SCOPE_ALL),
    ("dispatcher", "dispatch.generation_rule", (SEE, CHANGE, APPROVE), access_pb2.ROW_SCOPE_ALL),
    ("external_system", "dispatch.work_order", (SEE, CREATE, CHANGE, DELETE), access_pb2.ROW_SCOPE_OWN),
)


T = TypeVar("T")


@dataclass
class Papers:
    """Published documents, in memory."""

    held: dict[str, bytes] = field(default_factory=dict[str, bytes])

    def get(self, key: str) -> bytes | None:
        return self.held.get(key)

    def staff(self, actor: Actor, *, active: bool = True) -> None:
        person = person_pb2.PersonDocument(
            staff_number=actor.id,
            name=actor.name,
            active=active,
            roles=sorted(actor.roles),
            bureau_ids=sorted(actor.bureau_ids),
            community_ids=sorted(actor.community_ids),
        )
        self.held[f"person.{actor.id}"] = person.SerializeToString()


@dataclass
class World:
    """The service below its door, and short ways to put things in and look at them."""

    database: Database
    clock: FixedClock
    access: AccessBook
    papers: Papers

    def run(self, actor: Actor, action: Callable[..., T], *args: object, **kwargs: object) -> T:
        return self.database.run_sync(actor, action, *args, **kwargs)

    def customer(self, number: int, **facts: object) -> CustomerCopy:
        values: dict[str, object] = {
            "customer_id": f"0190c000-0000-7000-8000-{number:012d}",
            "version": 1,
            "customer_number": f"K{number:06d}",
            "name": f"客户{number}",
            "customer_group": "public",
            "bureau_id": B1,
            "community_id": C1,
            "owner_number": "m001",
            "seat_number": None,
            "birthday_key": None,
            "store_key": None,
            "store_opened_on": None,
        }
        copy = CustomerCopy(**{**values, **facts})  # type: ignore[arg-type]  # the values above, some replaced
        self.run(DISPATCH, copies.keep_customers, [copy])
        return copy

    def task(self, **facts: object) -> Task:
        def write(unit: Unit) -> Task:
            values: dict[str, object] = {
                "id": unit.new_id(),
                "kind": "care",
                "title": "回访",
                "source": "manual",
                "priority": 3,
                "due_at": MORNING.replace(hour=18),
                "created_at": unit.now(),
                "owner_number": "m001",
                "bureau_id": B1,
            }
            task = Task(**{**values, **facts})  # type: ignore[arg-type]  # the values above, some replaced
            tasks.add(unit, [task])
            return task

        return self.run(DISPATCH, write)

    def rows(self, table: sqlalchemy.Table) -> list[sqlalchemy.Row[tuple[object, ...]]]:
        with self.database.engine.connect() as connection:
            return list(connection.execute(select(table)))

    def events(self) -> list[str]:
        """Subjects in the outbox, oldest first, without what all have alike."""
        return [
            row.subject.removeprefix("crm.dispatch.task.")
            for row in sorted(self.rows(tables.plumbing.outbox), key=lambda r: r.id)
        ]
