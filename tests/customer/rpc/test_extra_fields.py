"""Fields that the branch has added: written, kept, shown and traced as far as each one is open."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
import python_calamine
from crm.common.v1 import access_pb2
from crm.customer.v1 import customer_pb2 as pb
from crm.support.v1 import parameters_pb2
from google.protobuf import text_format
from google.protobuf.message import Message

from chassis import masking
from chassis.database import Unit
from chassis.export_files import write_xlsx
from chassis.exports import Source
from customer.messaging.extra_fields import KEY, ExtraFields
from customer.rpc.taking_out import probed, sources
from customer.storage import tables
from tests.customer.rpc.test_customers import create, refused
from tests.customer.small_archive import ALL, CHIEF1, IMPORT, IMPORTER, M1, SEE, World

pytestmark = pytest.mark.slow

FORM = "customer.customer"
FIELDS = [
    parameters_pb2.ExtraField(form=FORM, name="hobby", kind="choice", choices=["钓鱼", "象棋"]),
    parameters_pb2.ExtraField(form=FORM, name="rooms", kind="number", title_zh="房间数", title_en="Rooms"),
    parameters_pb2.ExtraField(form=FORM, name="moved_in", kind="date"),
    parameters_pb2.ExtraField(form=FORM, name="remark", kind="text"),
    parameters_pb2.ExtraField(form="customer.household", name="elsewhere", kind="text"),
]
FIELDS_OF_CUSTOMERS = [
    pb.ExtraField(
        name=field.name,
        kind=field.kind,
        choices=field.choices,
        title_zh=field.title_zh,
        title_en=field.title_en,
        right=access_pb2.COLUMN_RIGHT_WRITE,
    )
    for field in FIELDS[:4]
]


@pytest.fixture(autouse=True)
def _fields(world: World) -> None:
    world.papers.held[KEY] = parameters_pb2.ExtraFieldsDocument(version=1, fields=FIELDS).SerializeToString()


def close(world: World, column: str, right: Any, role: str = "bureau_chief") -> None:
    """Let a role see a column only this far."""
    rules = access_pb2.GrantsDocument.FromString(world.papers.held["access.grants"])
    for grant in rules.grants:
        if grant.role == role and grant.form == FORM:
            grant.columns.add(column=column, right=right)
    world.papers.held["access.grants"] = rules.SerializeToString()


def let_export(world: World) -> None:
    rules = access_pb2.GrantsDocument.FromString(world.papers.held["access.grants"])
    for grant in rules.grants:
        if grant.role == "bureau_chief" and grant.form == FORM:
            grant.actions.append(access_pb2.ACTION_EXPORT)
    world.papers.held["access.grants"] = rules.SerializeToString()


async def update(calling: Any, by: Any, customer: pb.Customer, extra: dict[str, str], *fields: str) -> pb.Customer:
    request = pb.UpdateCustomerRequest(
        id=customer.id, version=customer.version, customer=pb.Customer(extra=extra), fields=fields
    )
    return (await calling(by).UpdateCustomer(request)).customer


async def get(calling: Any, customer_id: str) -> pb.Customer:
    return (await calling(M1).GetCustomer(pb.GetCustomerRequest(id=customer_id))).customer


async def fields_shown(calling: Any, by: Any, customer_id: str) -> dict[str, pb.ExtraField]:
    """The fields that come with a customer."""
    whole = await calling(by).GetCustomer(pb.GetCustomerRequest(id=customer_id))
    return {field.name: field for field in whole.extra_fields}


def text_of(message: Message) -> str:
    return text_format.MessageToString(message, as_utf8=True)


async def test_values_are_kept_changed_one_by_one_and_traced(calling: Any, world: World) -> None:
    first = await create(calling, extra={"hobby": "钓鱼", "rooms": "3"})
    assert dict(first.extra) == {"hobby": "钓鱼", "rooms": "3"}
    second = await update(calling, M1, first, {"rooms": "4", "remark": "有电梯"}, "extra.rooms", "extra.hobby")
    # What is not named stays out, what is named and empty goes.
    assert (dict(second.extra), second.version) == ({"rooms": "4"}, 2)
    third = await update(calling, M1, second, {"moved_in": "2020-02-29"}, "extra")
    assert dict(third.extra) == {"rooms": "4", "moved_in": "2020-02-29"}
    whole = (await calling(M1).GetCustomer(pb.GetCustomerRequest(id=first.id))).customer
    listed = (await calling(M1).ListCustomers(pb.ListCustomersRequest())).customers[0]
    assert dict(whole.extra) == dict(listed.extra) == dict(third.extra)
    history = (await calling(M1).ListCustomerChanges(pb.ListCustomerChangesRequest(id=first.id))).changes
    assert {(line.field, line.old_value, line.new_value) for line in history[:3]} == {
        ("extra.moved_in", "", "2020-02-29"),
        ("extra.rooms", "3", "4"),
        ("extra.hobby", "钓鱼", ""),
    }
    assert '"extra.hobby": "钓鱼"' in history[3].new_value
    assert (await update(calling, M1, third, {"rooms": "4"}, "extra")).version == third.version


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("hobby", "围棋", "NOT_A_CHOICE"),
        ("rooms", "three", "NUMBER_INVALID"),
        ("moved_in", "2021-02-29", "DATE_INVALID"),
        ("moved_in", "20210228", "DATE_INVALID"),
        ("remark", "长" * 501, "TOO_LONG"),
        ("elsewhere", "x", "EXTRA_FIELD_UNKNOWN"),
        ("shoe_size", "44", "EXTRA_FIELD_UNKNOWN"),
    ],
)
async def test_a_wrong_value_or_field_is_refused_by_name(
    calling: Any, world: World, name: str, value: str, reason: str
) -> None:
    customer = await create(calling)
    code, why, data = await refused(update(calling, M1, customer, {name: value}, f"extra.{name}"))
    assert (code, why, data["field"]) == ("INVALID_ARGUMENT", reason, f"extra.{name}")
    assert world.rows(tables.customers)[0].extra_json is None
    assert len(world.rows(tables.plumbing.changes)) == 1


async def test_one_field_is_closed_by_name_in_record_list_history_and_writing(calling: Any, world: World) -> None:
    customer = await create(calling, extra={"hobby": "钓鱼", "rooms": "3", "remark": "秘密"})
    close(world, "extra.remark", access_pb2.COLUMN_RIGHT_HIDDEN)
    close(world, "extra.rooms", access_pb2.COLUMN_RIGHT_READ)
    close(world, "extra.hobby", access_pb2.COLUMN_RIGHT_MASKED)
    seen = (await calling(CHIEF1).GetCustomer(pb.GetCustomerRequest(id=customer.id))).customer
    assert dict(seen.extra) == {"hobby": "**", "rooms": "3"}
    assert "extra.remark" in seen.columns.hidden
    assert "extra.hobby" in seen.columns.masked
    assert "extra.rooms" in seen.columns.read_only
    rights = {name: field.right for name, field in (await fields_shown(calling, CHIEF1, customer.id)).items()}
    assert rights == {
        "hobby": access_pb2.COLUMN_RIGHT_MASKED,
        "moved_in": access_pb2.COLUMN_RIGHT_WRITE,
        "rooms": access_pb2.COLUMN_RIGHT_READ,
    }
    assert await fields_shown(calling, M1, customer.id) == {field.name: field for field in FIELDS_OF_CUSTOMERS}
    listed = (await calling(CHIEF1).ListCustomers(pb.ListCustomersRequest())).customers[0]
    assert dict(listed.extra) == dict(seen.extra)
    (line,) = (await calling(CHIEF1).ListCustomerChanges(pb.ListCustomerChangesRequest(id=customer.id))).changes
    assert "秘密" not in line.new_value
    assert "钓鱼" not in line.new_value
    for name in ("remark", "rooms", "hobby"):
        _, why, data = await refused(
            update(calling, CHIEF1, seen, {name: "1"} if name == "rooms" else {}, f"extra.{name}")
        )
        assert (why, data["field"]) == ("COLUMN_NOT_WRITABLE", f"extra.{name}")
    mine = (await calling(M1).GetCustomer(pb.GetCustomerRequest(id=customer.id))).customer
    assert dict(mine.extra) == {"hobby": "钓鱼", "rooms": "3", "remark": "秘密"}


async def test_all_of_them_are_closed_by_the_group_but_for_one_named(calling: Any, world: World) -> None:
    customer = await create(calling, extra={"rooms": "3", "remark": "秘密"})
    close(world, "extra", access_pb2.COLUMN_RIGHT_HIDDEN)
    close(world, "extra.rooms", access_pb2.COLUMN_RIGHT_READ)
    seen = (await calling(CHIEF1).GetCustomer(pb.GetCustomerRequest(id=customer.id))).customer
    assert dict(seen.extra) == {"rooms": "3"}


async def test_a_file_leaves_them_as_they_are(calling: Any, world: World) -> None:
    customer = await create(calling, extra={"rooms": "3"})
    job = world.customers({"customer_number": customer.customer_number, "name": "李四改"})
    assert job.updated == 1
    seen = (await calling(M1).GetCustomer(pb.GetCustomerRequest(id=customer.id))).customer
    assert (seen.name, dict(seen.extra)) == ("李四改", {"rooms": "3"})


async def test_what_a_removed_field_held_is_told_to_nobody(calling: Any, world: World) -> None:
    customer = await create(calling, extra={"rooms": "3", "remark": "绝密"})
    await update(calling, M1, customer, {"remark": "更密", "rooms": "4"}, "extra")
    left = [field for field in FIELDS if field.name != "remark"]
    world.papers.held[KEY] = parameters_pb2.ExtraFieldsDocument(version=2, fields=left).SerializeToString()
    answers = [
        await calling(M1).GetCustomer(pb.GetCustomerRequest(id=customer.id)),
        await calling(M1).ListCustomers(pb.ListCustomersRequest()),
        await calling(M1).ListCustomerChanges(pb.ListCustomerChangesRequest(id=customer.id)),
        await update(calling, M1, await get(calling, customer.id), {"rooms": "5"}, "extra.rooms"),
    ]
    assert [str(answer) for answer in answers if "密" in text_of(answer) or "remark" in text_of(answer)] == []
    assert all("rooms" in text_of(answer) for answer in answers), "the other field is told as before"
    let_export(world)
    taking_out, probing = sources(ExtraFields(world.papers).known)[FORM], probed(ExtraFields(world.papers).known)[FORM]
    rows = world.database.run_sync(CHIEF1, lambda unit: list(taking_out.rows(unit, "{}", 10)))
    previewed, _ = world.database.run_sync(CHIEF1, lambda unit: probing.some(unit, 10))
    packed: list[Any] = [message for message, _ in [*rows, *previewed]]
    told = [dict(message.extra) for message in packed]
    assert told == [{"rooms": "5"}, {"rooms": "5"}]
    # It was left out and not taken away: the field comes back with its values.
    world.papers.held[KEY] = parameters_pb2.ExtraFieldsDocument(version=3, fields=FIELDS).SerializeToString()
    assert dict((await get(calling, customer.id)).extra) == {"rooms": "5", "remark": "更密"}


async def errors_for(calling: Any, by: Any, job_id: str) -> list[list[str]]:
    request = pb.DownloadImportErrorsRequest(id=job_id)
    data = b"".join([answer.chunk async for answer in calling(by).DownloadImportErrors(request)])
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


async def test_refused_rows_tell_others_nothing_that_a_rule_closes(calling: Any, world: World) -> None:
    sent = {"customer_number": "C1", "owner_number": "m999", "房间数": "7731", "extra.remark": "绝密"}
    job = world.customers(sent)
    rules = access_pb2.GrantsDocument.FromString(world.papers.held["access.grants"])
    rules.grants.add(role="bureau_chief", form="customer.import", actions=[SEE, IMPORT], scope=ALL)
    world.papers.held["access.grants"] = rules.SerializeToString()
    close(world, "extra.rooms", access_pb2.COLUMN_RIGHT_HIDDEN)
    close(world, "birthday", access_pb2.COLUMN_RIGHT_MASKED)
    whole, others = await errors_for(calling, IMPORTER, job.id), await errors_for(calling, CHIEF1, job.id)
    assert whole == world.errors(job)
    closed = {"房间数", "birthday", "birthday_calendar"}
    header, row = whole
    told = ["" if title in closed else cell for title, cell in zip(header, row, strict=True)]
    assert others == [header, told]
    assert {"7731", "绝密", "OWNER_UNKNOWN"} - {*others[1]} == {"7731"}
    # What a removed field held is told to who sent it only.
    world.papers.held[KEY] = parameters_pb2.ExtraFieldsDocument(version=2, fields=FIELDS[:2]).SerializeToString()
    assert "绝密" not in {*(await errors_for(calling, CHIEF1, job.id))[1]}


async def test_a_file_that_is_taken_out_has_a_column_for_each(calling: Any, world: World) -> None:
    await create(calling, extra={"hobby": "钓鱼", "rooms": "3", "remark": "绝密"})
    await create(calling, customer_number="C2", request_id="second-one")
    let_export(world)
    close(world, "extra.remark", access_pb2.COLUMN_RIGHT_HIDDEN)
    close(world, "extra.hobby", access_pb2.COLUMN_RIGHT_MASKED)
    source, extras = sources(ExtraFields(world.papers).known)[FORM], ExtraFields(world.papers).known
    assert source.below is not None
    assert source.below() == {field.path: field.title_zh or field.name for _, field in sorted(extras().items())}
    path, columns = world.folder / "out.xlsx", ["customer_number", "extra", "name"]

    def rows(unit: Unit) -> int:
        return write_xlsx(path, source.form, columns, "谁", taken(unit, source), source.below and source.below())

    assert world.database.run_sync(CHIEF1, rows) == 2
    _, header, *lines = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert header == ["客户编号", "hobby", "moved_in", "remark", "房间数", "姓名"]
    assert sorted(line[1:5] for line in lines) == [["", "", "", ""], ["**", "", "", "3"]]


def taken(unit: Unit, source: Source) -> Iterator[tuple[Any, Any]]:
    """The records as an export takes them."""
    for message, facts in source.rows(unit, "{}", 10):
        columns = unit.columns(FORM, facts)
        masking.apply(message, columns)
        yield message, columns
