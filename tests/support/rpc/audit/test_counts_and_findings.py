"""What is counted from entries over a real channel, and what is conspicuous in them."""

from datetime import timedelta
from typing import Any

from crm.support.v1 import audit_pb2 as pb

from chassis.database import Database
from support.domain.audit import AuditKind
from tests.support.audit_trail import DAY, note, record, views
from tests.support.branch import NOON
from tests.support.refusals import refused
from tests.support.rpc.audit.reach import unit

NIGHT = NOON.replace(hour=15)  # 23:00 in the branch


async def test_counts(stub: Any, admin: Any, database: Database) -> None:
    yesterday = NOON - timedelta(days=1)
    record(
        database,
        *[note("m001", record_id="r1")] * 3,
        note("m001", record_id="r2"),
        note("m001", kind=AuditKind.SIGN_IN),
        note("m001", kind=AuditKind.EXPORT),
        note("m001", kind=AuditKind.UNMASK),
        note("z01", yesterday, kind=AuditKind.PAGE_VIEW),
        note("nobody", yesterday, kind=AuditKind.SIGN_IN_FAILED),
    )

    async def counts(by: str) -> list[pb.AuditCount]:
        return list((await stub.CountAuditEntries(pb.CountAuditEntriesRequest(by=by), metadata=admin)).counts)

    of_m001: dict[str, Any] = {"sign_ins": 1, "record_views": 4, "records": 2, "disclosures": 2}
    assert await counts("person") == [
        pb.AuditCount(key="m001", name="王敏", **of_m001),
        pb.AuditCount(key="nobody", failed=1),
        pb.AuditCount(key="z01", name="林晓芳", page_views=1),
    ]
    assert await counts("day") == [
        pb.AuditCount(key=DAY, **of_m001),
        pb.AuditCount(key="2026-11-21", failed=1, page_views=1),
    ]
    by_unit = {each.key: each for each in await counts("unit")}
    assert set(by_unit) == {unit(database, "B01-C01"), unit(database, "B01"), ""}
    assert by_unit[unit(database, "B01-C01")].record_views == 4
    assert (await refused(counts("hour")))[1:] == (
        "FIELD_INVALID",
        {"field": "by", "allowed": "person unit day"},
    )


async def test_findings(stub: Any, admin: Any, as_: Any, database: Database) -> None:
    failed = [note("nobody", kind=AuditKind.SIGN_IN_FAILED)] * 3
    record(
        database,
        *views("m001", 6),
        *[note("z01", record_id="r1")] * 9,  # one record, however often, is no mass
        *views("c01", 2, NIGHT),
        *views("c01", 2, NIGHT + timedelta(hours=4)),  # 03:00 of the day after: the same night
        *views("z01", 3, NIGHT),
        *failed,
        *[note("m001", kind=AuditKind.SIGN_IN_FAILED)] * 2,
    )

    async def findings(who: Any, **days: str) -> list[pb.AuditFinding]:
        return list((await stub.ListAuditFindings(pb.ListAuditFindingsRequest(**days), metadata=who)).findings)

    mass = pb.AuditFinding(kind="MASS_VIEWS", staff_number="m001", name="王敏", day=DAY, count=6, threshold=5)
    many = pb.AuditFinding(kind="MANY_FAILED_SIGN_INS", staff_number="nobody", day=DAY, count=3, threshold=2)
    night = pb.AuditFinding(kind="NIGHT_VIEWS", staff_number="c01", name="赵永华", day=DAY, count=4, threshold=3)
    assert await findings(admin) == [many, mass, night]
    assert await findings(admin, to_day="2026-11-21") == []
    assert await findings(as_("c01", "bureau_chief")) == [mass, night]
    assert await findings(as_("m001", "customer_manager")) == [mass]
