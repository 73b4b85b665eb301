"""A branch of two bureaus and a handful of people, and who may call what, for the tests of support."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from chassis.clock import FixedClock
from chassis.database import Database
from chassis.identity import Actor
from support.domain.organisation_import import StaffRow, UnitRow
from support.messaging import organisation as organisation  # says how its events leave
from support.messaging.publish import encode
from support.storage.tables import plumbing

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
ZONE = ZoneInfo("Asia/Shanghai")
IMPORTER = Actor(kind="system", id="ods-files", name="ods-files", roles=frozenset({"importer"}))
ADMIN = Actor(kind="person", id="admin", name="何静", roles=frozenset({"administrator"}), ip="10.1.1.1")

UNITS = [
    UnitRow("BR", "云州分公司", "branch", ""),
    UnitRow("B01", "鼓楼局", "bureau", "BR"),
    UnitRow("B02", "临江局", "bureau", "BR"),
    UnitRow("B01-C01", "翠湖社区", "community", "B01"),
    UnitRow("D-NETWORK", "网络维护部", "department", "BR"),
]
STAFF = [
    StaffRow("m001", "王敏", "15438172261", "B01-C01", (), ("customer_manager",)),
    StaffRow("z01", "林晓芳", "", "B01", ("B02",), ("seat_manager",)),
    StaffRow("c01", "赵永华", "", "B01", (), ("bureau_chief",)),
]


def open_database(url: str) -> Database:
    return Database(url, clock=FixedClock(NOON), plumbing=plumbing, encode=encode, pool_size=4)
