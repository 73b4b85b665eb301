"""Files loaded into the archive: every outcome counted, every change traced and announced."""

import json

import pytest
from crm.customer.v1 import customer_events_pb2

from customer.storage import tables
from tests.customer.small_archive import B1, C1, World, counts, customer_row

pytestmark = pytest.mark.slow  # every load is read by a process of its own


def test_new_customers_appear_with_history_and_one_event(world: World) -> None:
    job = world.customers({"customer_number": "C1"}, {"customer_number": "C2", "name": "单雄信"})
    assert counts(job) == ("done", 2, 2, 0, 0, 0)
    first, second = world.rows(tables.customers, tables.customers.c.customer_number)
    assert (first.bureau_id, first.community_id, first.version, str(first.birthday)) == (B1, C1, 1, "solar 1980-05-12")
    assert second.name_key == "shanxiongxin"
    changes = world.rows(tables.plumbing.changes)
    assert [(change.record_id, change.field, change.cause, change.actor_id) for change in changes] == [
        (first.id, "*", job.id, "ods-files"),
        (second.id, "*", job.id, "ods-files"),
    ]
    assert json.loads(changes[0].new_value)["name"] == "张伟"
    (outgoing,) = world.rows(tables.plumbing.outbox)
    event = customer_events_pb2.CustomersChanged.FromString(outgoing.payload)
    assert outgoing.subject == "crm.customer.customer.changed.v1"
    assert [(facts.customer_number, facts.version, facts.birthday.month) for facts in event.customers] == [
        ("C1", 1, 5),
        ("C2", 1, 5),
    ]


def test_the_same_file_again_changes_nothing(world: World) -> None:
    rows = [{"customer_number": "C1"}, {"customer_number": "C2"}]
    world.customers(*rows)
    before = [world.rows(table) for table in (tables.customers, tables.plumbing.changes, tables.plumbing.outbox)]
    assert counts(world.customers(*rows)) == ("done", 2, 0, 0, 2, 0)
    assert [
        world.rows(table) for table in (tables.customers, tables.plumbing.changes, tables.plumbing.outbox)
    ] == before


def test_a_difference_is_one_line_of_history_a_field(world: World) -> None:
    world.customers({"customer_number": "C1"}, {"customer_number": "C2"})
    job = world.customers({"customer_number": "C1", "name": "张伟大", "phone": ""}, {"customer_number": "C2"})
    assert counts(job) == ("done", 2, 0, 1, 1, 0)
    changed = [change for change in world.rows(tables.plumbing.changes) if change.cause == job.id]
    assert sorted((change.field, change.old_value, change.new_value) for change in changed) == [
        ("name", "张伟", "张伟大"),
        ("phone", "13800000001", None),
    ]
    assert len({change.id for change in changed}) == 2
    row = world.rows(tables.customers, tables.customers.c.customer_number)[0]
    assert (row.version, row.name_key, row.phone_tail) == (2, "zhangweida", None)
    event = customer_events_pb2.CustomersChanged.FromString(world.rows(tables.plumbing.outbox)[-1].payload)
    assert [(facts.name, facts.version) for facts in event.customers] == [("张伟大", 2)]


def test_a_column_the_file_lacks_stays_as_it_is(world: World) -> None:
    world.customers({"customer_number": "C1"})
    row = customer_row(customer_number="C1", name="李四")
    del row["phone"], row["birthday"], row["birthday_calendar"]
    assert counts(world.load("customer", [row])) == ("done", 1, 0, 1, 0, 0)
    (stored,) = world.rows(tables.customers)
    assert (stored.name, stored.phone, stored.phone_tail, str(stored.birthday)) == (
        "李四",
        "13800000001",
        "0001",
        "solar 1980-05-12",
    )


def test_refused_rows_stand_in_the_error_file_with_the_reason(world: World) -> None:
    job = world.customers(
        {"customer_number": "C1"},
        {"customer_number": "C2", "community": "B09-C09", "owner_number": "m999"},
        {"customer_number": "C1", "name": "李四"},
        {"customer_number": "", "kind": "公司"},
        {"customer_number": "C5", "name": "=HYPERLINK(1)"},
        {"customer_number": "C6", "birthday": "1981-02-29"},
        {"customer_number": "C7", "name": "名" * 101},
    )
    assert counts(job) == ("done", 7, 1, 0, 0, 6)
    header, *failed = world.errors(job)
    assert header[-4:] == ["行号 row", "字段 field", "原因代码 code", "原因 reason"]
    assert [(row[-4], row[-3], row[-2]) for row in failed] == [
        ("3", "community; owner_number", "COMMUNITY_UNKNOWN; OWNER_UNKNOWN"),
        ("4", "", "DUPLICATE_IN_FILE"),
        ("5", "customer_number; kind", "REQUIRED; NOT_A_CHOICE"),
        ("6", "name", "FORMULA_NOT_TAKEN"),
        ("7", "birthday", "BIRTHDAY_INVALID"),
        ("8", "name", "TOO_LONG"),
    ]
    assert failed[3][header.index("name")] == "'=HYPERLINK(1)"
    assert [row.customer_number for row in world.rows(tables.customers)] == ["C1"]


def test_a_corrected_error_file_comes_back_as_it_is(world: World) -> None:
    job = world.customers({"customer_number": "C1", "owner_number": "m999"})
    path = world.folder / "corrected.csv"
    path.write_text(world.worker.spool.errors(job.id).read_text("utf-8-sig").replace("m999", "m001"), "utf-8")
    assert counts(world.load_file(path)) == ("done", 1, 1, 0, 0, 0)


def test_chinese_headers_and_words_are_understood(world: World) -> None:
    row = {
        "客户编号": "C1",
        "客户类型": "商企",
        "客户群": "大客户",
        "客户名称": "佳禾超市",
        "社区": "翠湖社区",
        "客户经理工号": "m001",
        "生日": "农历1984-闰10-03",
        "店庆日": "2015年6月1日",
    }
    assert counts(world.load("customer", [row], encoding="gbk")) == ("done", 1, 1, 0, 0, 0)
    (stored,) = world.rows(tables.customers)
    assert (stored.kind, stored.group, stored.name) == ("business", "key_account", "佳禾超市")
    assert (str(stored.birthday), str(stored.store_anniversary)) == ("lunar 1984-10-03 leap", "2015-06-01")


def test_accounts_and_subscribers_hang_on_customers(world: World) -> None:
    world.customers({"customer_number": "C1"}, {"customer_number": "C2"})
    accounts = [
        {"account_number": "A1", "customer_number": "C1", "name": "张伟", "payment_method": "现金"},
        {"account_number": "A2", "customer_number": "C9", "name": "谁", "payment_method": "cash"},
    ]
    job = world.load("account", accounts)
    assert counts(job) == ("done", 2, 1, 0, 0, 1)
    assert world.errors(job)[1][-2] == "CUSTOMER_UNKNOWN"
    line = {"number": "139", "customer_number": "C1", "account_number": "A1", "kind": "移动", "g_net": "是"}
    lines = [
        {**line, "number": "13900000001"},
        {**line, "number": "13900000002", "account_number": "A7"},
        {**line, "number": "13900000003", "customer_number": "C2"},
        {**line, "number": "13900000004", "account_number": ""},
    ]
    job = world.load("subscriber", lines)
    assert counts(job) == ("done", 4, 2, 0, 0, 2)
    assert [row[-2] for row in world.errors(job)[1:]] == ["ACCOUNT_UNKNOWN", "ACCOUNT_OF_OTHER_CUSTOMER"]
    assert counts(world.load("subscriber", [{**lines[0], "customer_number": "C2", "account_number": ""}])) == (
        "done",
        1,
        0,
        1,
        0,
        0,
    )
    moved = [change.field for change in world.rows(tables.plumbing.changes) if change.field.endswith("_id")]
    assert sorted(moved) == ["account_id", "customer_id"]


def test_contacts_addresses_and_bookings_are_known_again(world: World) -> None:
    world.customers({"customer_number": "C1"})
    files: dict[str, dict[str, str]] = {
        "contact": {"customer_number": "C1", "name": "王五", "role": "owner", "phone": "0931-8888888"},
        "address": {"customer_number": "C1", "kind": "账单", "text": "云州市 翠湖社区2栋", "community": ""},
        "appointment": {
            "appointment_number": "Y1",
            "customer_number": "C1",
            "kind": "装机",
            "starts_at": "2026-12-01 09:30",
        },
    }
    for form, row in files.items():
        assert counts(world.load(form, [row])) == ("done", 1, 1, 0, 0, 0), form
        assert counts(world.load(form, [row])) == ("done", 1, 0, 0, 1, 0), form
    (booking,) = world.rows(tables.appointments)
    assert booking.starts_at.isoformat() == "2026-12-01T01:30:00+00:00"
    subjects = [row.subject for row in world.rows(tables.plumbing.outbox)]
    assert subjects == ["crm.customer.customer.changed.v1", "crm.customer.appointment.changed.v1"]
    later = {**files["appointment"], "starts_at": "2026-12-01T10:30:00+08:00"}
    assert counts(world.load("appointment", [later])) == ("done", 1, 0, 1, 0, 0)
    change = world.rows(tables.plumbing.changes)[-1]
    assert (change.field, change.old_value, change.new_value, change.root_id) == (
        "starts_at",
        "2026-12-01T01:30:00+00:00",
        "2026-12-01T02:30:00+00:00",
        booking.customer_id,
    )
