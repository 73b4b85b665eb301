"""A branch with staff and an administrator who may change it, for the tests of the organisation."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import sqlalchemy
from crm.common.v1 import access_pb2
from sqlalchemy import select

from chassis.access import GRANTS_KEY, AccessBook
from chassis.clock import FixedClock
from chassis.database import Database
from chassis.identity import Actor
from support.actions.import_organisation import import_organisation
from support.actions.organisation import list_units
from support.actions.settings import prepare
from support.domain.organisation import Person
from support.domain.staff import StaffFields
from support.messaging.publish import encode
from support.storage import organisation
from support.storage.organisation_tables import account_changes
from support.storage.tables import plumbing
from tests.support.branch import ADMIN, IMPORTER, NOON, STAFF, TODAY, UNITS, ZONE

T = TypeVar("T")
FORMS = ("support.organisation", "support.staff")
ACTIONS = [number for number in access_pb2.Action.values() if number]


def rules(column: str = "phone", right: access_pb2.ColumnRight.ValueType = access_pb2.COLUMN_RIGHT_WRITE) -> bytes:
    phone = [access_pb2.ColumnRule(column=column, right=right)]
    grants = [
        access_pb2.Grant(
            role="administrator", form=form, actions=ACTIONS, scope=access_pb2.ROW_SCOPE_ALL, columns=phone
        )
        for form in FORMS
    ]
    return access_pb2.GrantsDocument(grants=grants).SerializeToString()


@dataclass
class Desk:
    """The administrator's desk: short ways to change the branch and to look at what that left."""

    database: Database
    clock: FixedClock
    units: dict[str, str]
    papers: dict[str, bytes]

    def run(self, action: Callable[..., T], *args: object, actor: Actor = ADMIN, **kwargs: object) -> T:
        return self.database.run_sync(actor, action, *args, **kwargs)

    def person(self, number: str) -> Person:
        return self.run(organisation.people_by_number, [number])[number]

    def fields(self, **said: Any) -> StaffFields:
        values: dict[str, Any] = {"name": "孙洁", "unit_id": self.units["B01-C01"], "positions": ("customer_manager",)}
        return StaffFields(**{**values, **said})

    def rows(self, table: sqlalchemy.Table) -> list[Any]:
        with self.database.engine.connect() as connection:
            return list(connection.execute(select(table).order_by(*table.primary_key.columns)))

    def forget(self) -> None:
        """Takes away what the setting up has left."""
        with self.database.engine.begin() as connection:
            for table in (plumbing.changes, plumbing.outbox, account_changes):
                connection.execute(table.delete())

    def history(self) -> list[tuple[str, str, str | None, str | None]]:
        lines = [(row.form, row.field, row.old_value, row.new_value) for row in self.rows(plumbing.changes)]
        return sorted(lines, key=str)

    def accounts(self) -> list[tuple[str, bool, bool]]:
        """Whose account waits for a change, whether sessions end, and whether a password is set."""
        rows = self.rows(account_changes)
        return [(row.staff_number, bool(row.log_out), bool(row.credential)) for row in rows if row.waiting]

    def events(self, kind: type[Any]) -> list[Any]:
        rows = [row for row in self.rows(plumbing.outbox) if row.type == kind.DESCRIPTOR.full_name]
        return [kind.FromString(bytes(row.payload)) for row in rows]


def empty_desk(url: str, today: date = TODAY) -> Desk:
    """A branch on its first day: rules and calendar, and nobody in it."""
    desk = _desk(url, today)
    desk.run(prepare, today)
    return desk


def staffed(url: str) -> None:
    """Puts the branch with its staff into a database: what `open_desk` expects."""
    desk = empty_desk(url)
    desk.run(import_organisation, "first", UNITS, STAFF, ZONE, actor=IMPORTER)
    desk.forget()
    desk.database.close()


def open_desk(url: str, today: date = TODAY) -> Desk:
    """The desk over a database that was `staffed`."""
    desk = _desk(url, today)
    desk.units.update({unit.code: unit.id for unit in desk.run(list_units, ())})
    return desk


def _desk(url: str, today: date) -> Desk:
    clock = FixedClock(NOON)
    papers = {GRANTS_KEY: rules()}
    access = AccessBook(papers, today=lambda: today)
    return Desk(
        Database(url, clock=clock, plumbing=plumbing, encode=encode, access=access, pool_size=4), clock, {}, papers
    )
