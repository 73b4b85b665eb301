"""A branch whose parameters can be set: two bureaus, three parameters of a made-up service, the rules of the product."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from crm.common.v1 import access_pb2
from crm.support.v1 import support_pb2
from sqlalchemy import insert

from chassis.access import GRANTS_KEY, UNITS_KEY, AccessBook
from chassis.clock import FixedClock
from chassis.database import Database
from chassis.identity import Actor
from support import rules_document
from support.actions.parameters import Shelf, View, list_parameters, set_parameter
from support.declared_parameters import declared_parameters, known_columns
from support.domain.parameters import Value
from support.messaging.publish import encode
from support.storage.schema import plumbing
from support.storage.tables import units
from tests.support.access_branch import B01, B02, C01, DEP, UNITS
from tests.support.branch import ADMIN, NOON, TODAY

LIMIT, HOURS, COLUMNS = "toy.limit", "toy.hours", "toy.columns"
CHIEF = Actor(kind="person", id="c01", name="赵永华", roles=frozenset({"bureau_chief"}), bureau_ids=frozenset({B01}))
KINDS = {
    "branch": support_pb2.UNIT_KIND_BRANCH,
    "bureau": support_pb2.UNIT_KIND_BUREAU,
    "community": support_pb2.UNIT_KIND_COMMUNITY,
    "department": support_pb2.UNIT_KIND_DEPARTMENT,
}
__all__ = ["ADMIN", "B01", "B02", "C01", "CHIEF", "DEP"]


class Bucket(dict[str, bytes]):
    """The settings bucket as a dictionary."""

    def keys(self, prefix: str = "") -> list[str]:  # type: ignore[override]  # as chassis.documents has it
        """Answer the keys that begin with a prefix."""
        return [key for key in self if key.startswith(prefix)]


def declared(key: str, schema: dict[str, Any], default: object, *levels: str, **more: Any) -> Any:
    return access_pb2.ParameterDeclaration(
        key=key,
        schema_json=json.dumps({"title": key, **schema}),
        default_json=json.dumps(default),
        group="other",
        levels=levels,
        **more,
    )


def bucket() -> Bucket:
    toy = access_pb2.Declarations(
        service="toy",
        parameters=[
            declared(LIMIT, {"type": "integer", "minimum": 1, "maximum": 90}, 15, "branch", "bureau", "community"),
            declared(
                HOURS,
                {
                    "type": "object",
                    "properties": {
                        name: {"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}$"} for name in ("from", "to")
                    },
                    "required": ["from", "to"],
                    "x-ascending": ["from", "to"],
                },
                {"from": "08:30", "to": "17:30"},
                "branch",
                "bureau",
            ),
            declared(
                COLUMNS,
                {"type": "array", "items": {"type": "string", "x-column": True}},
                [],
                "branch",
                columns=["customer.customer/name"],
            ),
        ],
        forms=[
            access_pb2.FormDeclaration(
                name="customer.customer",
                columns=[access_pb2.ColumnDeclaration(column=name) for name in ("name", "extra")],
            )
        ],
    )
    return Bucket({"declarations.toy": toy.SerializeToString()})


def shelf(today: date = TODAY, held: Bucket | None = None) -> Shelf:
    found = held if held is not None else bucket()
    return Shelf(declared_parameters(found), lambda extra: known_columns(found, extra), today)


def open_desk(url: str, grants: Iterable[access_pb2.Grant] = ()) -> Database:
    document = rules_document.default_document()
    document.grants.extend(grants)
    tree = support_pb2.UnitsDocument(
        units=[
            support_pb2.Unit(id=unit_id, code=code, kind=KINDS[kind], parent_id=parent or "")
            for unit_id, (code, kind, parent) in UNITS.items()
        ]
    )
    access = AccessBook({GRANTS_KEY: document.SerializeToString(), UNITS_KEY: tree.SerializeToString()})
    opened = Database(url, clock=FixedClock(NOON), plumbing=plumbing, encode=encode, access=access, pool_size=4)
    with opened.engine.begin() as connection:
        connection.execute(
            insert(units),
            [
                {"id": unit_id, "code": code, "name": code, "kind": kind, "parent_id": parent, "valid_from": TODAY}
                for unit_id, (code, kind, parent) in UNITS.items()
            ],
        )
    return opened


class Desk:
    """The administrator at the desk."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._asked = 0

    def view(self, key: str, unit_id: str = "", today: date = TODAY) -> View:
        views = self.database.run_sync(ADMIN, list_parameters, unit_id, "", shelf(today))
        return next(view for view in views if view.declared.key == key)

    def set(
        self, key: str, value: object, unit_id: str = "", begins: date = TODAY, *, who: Actor = ADMIN, **more: Any
    ) -> View:
        """Set a value; `None` takes the unit's own away."""
        self._asked += 1
        text = "" if value is None else json.dumps(value)
        wanted = Value(key, unit_id, begins, text, note=more.get("note", ""))
        seen = more.get("version", self.view(key).version)
        request_id = more.get("request_id", f"request-{self._asked}")
        return self.database.run_sync(who, set_parameter, request_id, seen, wanted, shelf())
