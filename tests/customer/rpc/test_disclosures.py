"""One value seen in full, and rows taken out as a file: asked of support, recorded there, and nothing beyond the rules."""

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import python_calamine
from crm.common.v1 import access_pb2, export_pb2
from crm.customer.v1 import customer_pb2 as pb
from crm.support.v1 import access_events_pb2
from crm.support.v1 import access_pb2 as support_pb

from chassis.access import AccessBook
from chassis.disclosure import DisclosureRefused
from chassis.exports import KEPT, Exports
from chassis.ids import new_id
from customer.domain.extra import NO_EXTRAS
from customer.rpc.shown import FORMS
from customer.rpc.taking_out import sources
from customer.storage import tables
from tests import far_support
from tests.customer.rpc.test_reach import refused
from tests.customer.small_archive import CHIEF1, CHIEF2, M1, SEE, World
from tests.far_support import FarSupport

pytestmark = pytest.mark.slow

UNMASK, EXPORT = access_pb2.ACTION_UNMASK, access_pb2.ACTION_EXPORT
READY, WAITING = export_pb2.ExportJob.STATE_READY, export_pb2.ExportJob.STATE_WAITING
FORM = "customer.customer"


def rule(
    world: World, *, actions: tuple[int, ...] = (SEE, UNMASK, EXPORT), columns: dict[str, int] | None = None
) -> None:
    """Chiefs see their bureau's customers masked, unmask them and take them out."""
    grant = access_pb2.Grant(
        role="bureau_chief", form=FORM, actions=actions, scope=access_pb2.ROW_SCOPE_BUREAU,  # type: ignore[arg-type]  # enum numbers
        columns=[access_pb2.ColumnRule(column=c, right=r) for c, r in (columns or {}).items()],  # type: ignore[arg-type]  # enum number
    )  # fmt: skip
    importer = access_pb2.Grant(
        role="importer", form="customer.import", actions=[SEE, access_pb2.ACTION_IMPORT], scope=access_pb2.ROW_SCOPE_ALL
    )
    world.papers.held["access.grants"] = access_pb2.GrantsDocument(grants=[grant, importer]).SerializeToString()


@pytest.fixture
def one(world: World) -> str:
    """A customer in bureau 1 whose note looks like a formula, and one in bureau 2; answers the first one's id."""
    rule(world)
    world.customers(
        {"customer_number": "C1", "seat_number": "z01"},
        {
            "customer_number": "C2",
            "name": "李四",
            "community": "B02-C01",
            "owner_number": "m002",
            "phone": "13900000002",
        },
    )
    with world.database.engine.begin() as connection:
        connection.execute(tables.customers.update().values(note="=1+1"))
    return str(world.rows(tables.customers, tables.customers.c.customer_number)[0].id)


def ask(customer: str, column: str = "phone", reason: str = "客户来电核对") -> pb.UnmaskRequest:
    return pb.UnmaskRequest(form=FORM, id=customer, column=column, reason=reason)


async def test_a_value_is_shown_once_support_has_recorded_why(calling: Any, one: str, support: FarSupport) -> None:
    answer = await calling(CHIEF1).Unmask(ask(one, "id_card"))
    assert (answer.value, answer.left_today) == ("620101198005120011", 19)
    (asked,) = support.asked
    assert (asked.kind, asked.staff_number, asked.form, asked.record_id, asked.record_label, asked.column, asked.reason) == (
        support_pb.DISCLOSURE_KIND_UNMASK, "c01", FORM, one, "C1", "id_card", "客户来电核对",
    )  # fmt: skip
    assert set(asked.facts.owners) == {"m001", "z01"}


@pytest.mark.parametrize(
    ("reason", "kind", "code"),
    [
        ("UNMASK_LIMIT_REACHED", "exhausted", "RESOURCE_EXHAUSTED"),
        ("REASON_TOO_SHORT", "invalid", "INVALID_ARGUMENT"),
        ("PERMISSION_DENIED", "denied", "PERMISSION_DENIED"),
        ("WHATEVER", "unavailable", "UNAVAILABLE"),
    ],
)
async def test_what_support_refuses_is_not_shown(
    calling: Any, one: str, support: FarSupport, reason: str, kind: Any, code: str
) -> None:
    support.refusal = DisclosureRefused(reason, kind, {"limit": "20"})
    answered = await refused(calling(CHIEF1).Unmask(ask(one)))
    assert answered == (code, "SUPPORT_UNAVAILABLE" if code == "UNAVAILABLE" else reason)


async def test_hidden_or_out_of_reach_is_as_if_it_were_not_there(
    calling: Any, world: World, one: str, support: FarSupport
) -> None:
    assert await refused(calling(CHIEF2).Unmask(ask(one))) == ("NOT_FOUND", "NOT_FOUND")
    assert (await refused(calling(M1).Unmask(ask(one))))[0] == "PERMISSION_DENIED"
    rule(world, columns={"phone": access_pb2.COLUMN_RIGHT_HIDDEN})
    assert await refused(calling(CHIEF1).Unmask(ask(one))) == ("NOT_FOUND", "NOT_FOUND")
    assert (await refused(calling(CHIEF1).Unmask(ask(one, "name"))))[1] == "COLUMN_UNKNOWN"
    assert support.asked == []


@pytest.fixture
async def exports(world: World, support: FarSupport) -> Any:
    """The exports behind the calls: the same table, folder and name."""
    access = AccessBook(world.papers, sensitive=FORMS.sensitive)
    async with far_support.serving(support) as disclosures:
        found = far_support.exports_of(
            world.database, access, tables.exports, disclosures, sources(lambda: NO_EXTRAS), world.folder
        )
        found.folder.mkdir(exist_ok=True)
        yield found


def files(exports: Exports) -> list[Path]:
    return list(exports.folder.glob("*.xlsx"))


async def started(calling: Any, *columns: str, number: str = "request-1") -> Any:
    wanted = pb.StartExportRequest(request_id=number, columns=columns, reason="月度核对")
    return (await calling(CHIEF1).StartExport(wanted)).job


async def job(calling: Any, export: str) -> Any:
    return (await calling(CHIEF1).GetExport(pb.GetExportRequest(id=export))).job


async def sheet(calling: Any, export: str, path: Path) -> list[list[Any]]:
    parts = [part.chunk async for part in calling(CHIEF1).DownloadExport(pb.DownloadExportRequest(id=export))]
    return read_back(path, b"".join(parts))


def read_back(path: Path, content: bytes) -> list[list[Any]]:
    path.write_bytes(content)
    return python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()


async def test_a_file_shows_what_the_page_shows(calling: Any, world: World, one: str, exports: Exports) -> None:
    rule(world, columns={"address": 1})
    begun = await started(calling, "customer_number", "note", "phone", "address", "id_card")
    assert (begun.rows, begun.requested_by) == (1, "c01")
    assert await exports.write_next()
    assert (await job(calling, begun.id)).state == READY
    watermark, titles, *rows = await sheet(calling, begun.id, world.folder / "out.xlsx")
    assert str(watermark[0]).startswith("周海 (c01) · 2026-11-23")
    assert begun.id in watermark[0]
    assert titles == ["客户编号", "备注", "联系电话", "地址", "证件号码"]
    assert rows == [["C1", "=1+1", "138****0001", "", "620*************11"]]
    assert (await started(calling, "customer_number")).id == begun.id
    other = calling(CHIEF2)
    assert (await refused(other.GetExport(pb.GetExportRequest(id=begun.id))))[0] == "NOT_FOUND"
    assert list((await other.ListExports(pb.ListExportsRequest())).jobs) == []


async def test_above_the_threshold_a_second_person_decides(
    calling: Any, world: World, one: str, exports: Exports, support: FarSupport
) -> None:
    support.answer = support_pb.AuthoriseDisclosureResponse(
        granted=False, approval_id="0190a000-0000-7000-8000-0000000000ff"
    )
    yes, no = await started(calling), await started(calling, number="request-2")
    assert yes.state == WAITING
    assert not await exports.write_next()
    for export, approved in ((yes, True), (no, False)):
        event = access_events_pb2.ApprovalDecided(
            kind="export", form=FORM, subject_id=export.id, approved=approved, comment="太多了"
        )
        world.run(CHIEF2, exports.decided, event)
    assert await exports.write_next()
    assert not await exports.write_next()
    assert (await job(calling, yes.id)).state == READY
    refused_one = await job(calling, no.id)
    assert (refused_one.state, refused_one.reason) == (export_pb2.ExportJob.STATE_REFUSED, "太多了")


async def test_a_permission_withdrawn_before_writing_fails_it(
    calling: Any, world: World, one: str, exports: Exports
) -> None:
    begun = await started(calling)
    rule(world, actions=(SEE,))
    assert await exports.write_next()
    rule(world)
    ended = await job(calling, begun.id)
    assert (ended.state, ended.reason) == (export_pb2.ExportJob.STATE_FAILED, "PERMISSION_DENIED")
    assert files(exports) == []


async def test_a_file_that_a_restore_brought_back_after_its_time_is_gone_at_the_next_start(exports: Exports) -> None:
    exports.folder.mkdir(parents=True, exist_ok=True)
    old, young = exports.folder / f"{new_id()}.xlsx", exports.folder / f"{new_id()}.xlsx"
    for file, age in ((old, KEPT + timedelta(minutes=1)), (young, KEPT - timedelta(hours=1))):
        file.write_bytes(b"rows")
        written = time.time() - age.total_seconds()
        os.utime(file, (written, written))
    assert exports.remove_forgotten() == 1
    assert files(exports) == [young]


async def test_a_file_is_gone_after_its_time(calling: Any, world: World, one: str, exports: Exports) -> None:
    begun = await started(calling)
    await exports.write_next()
    world.clock.advance(KEPT + timedelta(minutes=1))
    assert await exports.remove_old() == 1
    assert (await job(calling, begun.id)).state == export_pb2.ExportJob.STATE_EXPIRED
    assert files(exports) == []
