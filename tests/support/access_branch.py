"""A branch with two bureaus, two administrators and people to look at, for the tests of access."""

from datetime import date, timedelta
from typing import Any

from crm.common.v1 import access_pb2
from sqlalchemy import insert, update

from chassis.clock import FixedClock
from chassis.database import Database, Unit
from chassis.identity import Actor
from support.actions.newest_rules import Frame
from support.actions.product_policy import follow_product
from support.domain.disclosure import Limits
from support.domain.policy_check import Form
from support.messaging import access_events as access_events
from support.messaging.publish import encode
from support.storage.organisation_tables import stand_ins
from support.storage.schema import plumbing
from support.storage.tables import people, person_roles, person_units, units
from tests.support.branch import NOON, TODAY, ZONE

BR, B01, B02, C01, C02, DEP = (f"00000000-0000-7000-8000-00000000000{number}" for number in range(6))
UNITS = {
    BR: ("BR", "branch", None),
    B01: ("B01", "bureau", BR),
    B02: ("B02", "bureau", BR),
    C01: ("B01-C01", "community", B01),
    C02: ("B02-C01", "community", B02),
    DEP: ("D-PUBLIC", "department", BR),
}
STAFF = {
    "admin": (BR, ("administrator",)),
    "second": (BR, ("administrator",)),
    "m001": (C01, ("customer_manager",)),
    "m002": (C02, ("customer_manager",)),
    "z01": (B01, ("seat_manager",)),
    "c01": (B01, ("bureau_chief",)),
    "c02": (B02, ("bureau_chief",)),
    "s1": (DEP, ("supervisor",)),
}
SERVICE = Actor(kind="service", id="svc-customer", name="customer", roles=frozenset({"service"}))
_PHONE = access_pb2.SENSITIVITY_PHONE


def declarations() -> dict[str, access_pb2.Declarations]:
    """What customer and dispatch would declare, as far as these tests speak of it."""

    def form(name: str, *columns: tuple[str, int]) -> access_pb2.FormDeclaration:
        return access_pb2.FormDeclaration(
            name=name,
            title_zh=name,
            title_en=name,
            actions=[access_pb2.ACTION_SEE, access_pb2.ACTION_CHANGE],
            columns=[
                access_pb2.ColumnDeclaration(column=column, sensitivity=kind)  # type: ignore[arg-type]  # enum number
                for column, kind in columns
            ],
        )

    customer = form(
        "customer.customer", ("name", 0), ("note", 0), ("phone", _PHONE), ("address", 3), ("id_card", 2),
        ("subscribers.number", _PHONE), ("subscribers.product", 0), ("contacts.phone", _PHONE), ("addresses.text", 3),
        ("extra", 0),
    )  # fmt: skip
    appointment = form("customer.appointment", ("place", 3), ("contact_phone", _PHONE))
    return {
        "declarations.customer": access_pb2.Declarations(service="customer", forms=[customer, appointment]),
        "declarations.dispatch": access_pb2.Declarations(
            service="dispatch", forms=[form("dispatch.task", ("title", 0), ("place", 3))]
        ),
    }


class Bucket(dict[str, bytes]):
    """Documents in memory."""

    def keys(self, prefix: str = "") -> list[str]:  # type: ignore[override]  # as the settings bucket answers
        return [key for key in self if key.startswith(prefix)]


def bucket() -> Bucket:
    return Bucket({key: found.SerializeToString() for key, found in declarations().items()})


def frame(forms: dict[str, Form], **limits: Any) -> Frame:
    return Frame(ZONE, forms, lambda _: Limits(**limits))


def actor(number: str, ip: str = "10.1.1.1") -> Actor:
    return Actor(kind="person", id=number, name=number.upper(), roles=frozenset(STAFF[number][1]), ip=ip)


def fill(work: Unit) -> None:
    """Bring units and people in, and the first policy."""
    work.session.execute(
        insert(units),
        [
            {"id": unit, "code": code, "name": code, "kind": kind, "parent_id": parent, "valid_from": TODAY}
            for unit, (code, kind, parent) in UNITS.items()
        ],
    )
    for place, (number, (unit, roles)) in enumerate(STAFF.items()):
        person = f"00000000-0000-7000-8000-1{place:011d}"
        work.session.execute(
            insert(people).values(
                id=person, staff_number=number, name=number.upper(), phone="15438172261", unit_id=unit, active=True,
                valid_from=date(2020, 1, 1), version=1, state="active",
            )
        )  # fmt: skip
        work.session.execute(insert(person_roles), [{"person_id": person, "role": role} for role in roles])
        if number == "z01":
            work.session.execute(insert(person_units).values(person_id=person, unit_id=B02))
    follow_product(work)


def suspend(work: Unit, number: str) -> None:
    work.session.execute(update(people).where(people.c.staff_number == number).values(active=False, state="suspended"))


def let_stand_in(work: Unit, absent: str, stand_in: str, days: int = 3) -> None:
    work.session.execute(
        insert(stand_ins).values(
            id=work.new_id(), absent_number=absent, stand_in_number=stand_in, valid_from=TODAY,
            valid_to=TODAY + timedelta(days=days), cancelled=False,
        )
    )  # fmt: skip


def open_database(url: str, clock: FixedClock | None = None, **options: Any) -> Database:
    return Database(url, clock=clock or FixedClock(NOON), plumbing=plumbing, encode=encode, pool_size=4, **options)
