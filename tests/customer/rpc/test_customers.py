"""Customers added, changed, listed and booked through a real channel."""

from datetime import timedelta
from typing import Any

import pytest
from crm.common.v1 import page_pb2
from crm.customer.v1 import customer_events_pb2
from crm.customer.v1 import customer_pb2 as pb
from google.rpc import error_details_pb2
from grpc import aio
from grpc_status import rpc_status

from customer.storage import tables
from tests.customer.small_archive import B1, B2, C1, C3, CHIEF1, CLERK, M1, M2, World


async def refused(call: Any) -> tuple[str, str, dict[str, str]]:
    with pytest.raises(aio.AioRpcError) as caught:
        await call
    status = rpc_status.from_call(caught.value)  # type: ignore[arg-type]  # an aio error carries what the function reads
    assert status is not None
    info = error_details_pb2.ErrorInfo()
    status.details[0].Unpack(info)
    return caught.value.code().name, info.reason, dict(info.metadata)


def new_customer(**changes: Any) -> pb.Customer:
    fields: dict[str, Any] = {
        "customer_number": "K1",
        "kind": pb.CUSTOMER_KIND_HOUSEHOLD,
        "group": pb.CUSTOMER_GROUP_PUBLIC,
        "name": "李四",
        "phone": "13800000009",
        "community_id": C1,
        "owner_number": "m001",
        "birthday": pb.Birthday(lunar=True, month=12, day=30),
        **changes,
    }
    return pb.Customer(**fields)


async def create(calling: Any, actor: Any = M1, request_id: str = "r1", **changes: Any) -> pb.Customer:
    request = pb.CreateCustomerRequest(request_id=request_id, customer=new_customer(**changes))
    return (await calling(actor).CreateCustomer(request)).customer


async def test_a_new_customer_is_announced_once_however_often_it_is_asked_for(calling: Any, world: World) -> None:
    first = await create(calling)
    again = await create(calling)
    assert first == again
    assert (first.bureau_id, first.version, first.phone, first.birthday.day) == (B1, 1, "13800000009", 30)
    assert len(world.rows(tables.customers)) == 1
    (outgoing,) = world.rows(tables.plumbing.outbox)
    facts = customer_events_pb2.CustomersChanged.FromString(outgoing.payload).customers[0]
    assert (facts.customer_id, facts.birthday.lunar, facts.birthday.month) == (first.id, True, 12)
    (change,) = world.rows(tables.plumbing.changes)
    assert (change.field, change.actor_id, change.actor_ip) == ("*", "m001", "127.0.0.1")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "王五"}, ("ALREADY_EXISTS", "REQUEST_ID_REUSED", {"request_id": "r1"})),
        ({"request_id": "r2"}, ("ALREADY_EXISTS", "NUMBER_TAKEN", {"field": "customer_number"})),
        (
            {"request_id": "r3", "customer_number": "K2", "community_id": "x"},
            ("INVALID_ARGUMENT", "COMMUNITY_UNKNOWN", {"field": "community_id"}),
        ),
        (
            {"request_id": "r4", "customer_number": "K2", "owner_number": "m999"},
            ("INVALID_ARGUMENT", "OWNER_UNKNOWN", {"field": "owner_number"}),
        ),
        (
            {"request_id": "r5", "customer_number": "K2", "name": " "},
            ("INVALID_ARGUMENT", "REQUIRED", {"field": "name"}),
        ),
        (
            {"request_id": "r6", "customer_number": "K2", "owner_number": "m002"},
            ("PERMISSION_DENIED", "OUT_OF_REACH", {"form": "customer.customer"}),
        ),
        (
            {"request_id": "r7", "customer_number": "K2", "birthday": pb.Birthday(month=2, day=29, year=1981)},
            ("INVALID_ARGUMENT", "BIRTHDAY_INVALID", {"field": "birthday", "day": "29"}),
        ),
        (
            {"request_id": "r8", "customer_number": "K2", "phone": "138****0000"},
            ("INVALID_ARGUMENT", "MASKED_VALUE", {"field": "phone"}),
        ),
    ],
)
async def test_what_cannot_be_added(
    calling: Any, world: World, changes: dict[str, Any], expected: tuple[str, str, dict[str, str]]
) -> None:
    await create(calling)
    assert await refused(create(calling, **changes)) == expected
    assert [len(world.rows(t)) for t in (tables.customers, tables.plumbing.changes, tables.plumbing.outbox)] == [1] * 3


async def test_a_change_is_traced_and_a_stale_one_told_what_it_missed(calling: Any, world: World) -> None:
    customer = await create(calling)
    world.clock.advance(timedelta(minutes=1))
    fields = ["name", "birthday", "note"]
    new = pb.Customer(name="李四海", note="", birthday=customer.birthday)
    request = pb.UpdateCustomerRequest(id=customer.id, version=1, customer=new, fields=fields)
    changed = (await calling(M1).UpdateCustomer(request)).customer
    assert (changed.version, changed.name, changed.birthday.day) == (2, "李四海", 30)
    stored = world.rows(tables.customers)[0]
    assert (stored.version, stored.name_key) == (2, "lisihai")
    history = await calling(M1).ListCustomerChanges(
        pb.ListCustomerChangesRequest(id=customer.id, page=page_pb2.PageRequest(with_total=True, size=1))
    )
    assert [(change.field, change.old_value, change.new_value) for change in history.changes] == [
        ("name", "李四", "李四海")
    ]
    assert (history.page.total, bool(history.page.next_cursor)) == (2, True)
    late = pb.UpdateCustomerRequest(id=customer.id, version=1, customer=pb.Customer(phone="1"), fields=["phone"])
    code, reason, data = await refused(calling(CLERK).UpdateCustomer(late))
    assert (code, reason, data["fields"], data["by"], data["version"]) == (
        "ABORTED",
        "STALE_VERSION",
        "name",
        "王敏",
        "2",
    )
    assert data["at"].startswith("2026-11-23T00:01:00")
    assert world.rows(tables.customers)[0].phone == "13800000009"


async def test_a_change_asked_for_twice_is_made_once(calling: Any, world: World) -> None:
    customer = await create(calling)
    change = pb.UpdateCustomerRequest(
        id=customer.id, version=1, customer=pb.Customer(name="李四海"), fields=["name"], request_id="twice"
    )
    first = (await calling(M1).UpdateCustomer(change)).customer
    again = (await calling(M1).UpdateCustomer(change)).customer
    assert (first.name, first.version, again.name, again.version) == ("李四海", 2, "李四海", 2)
    assert [len(world.rows(t)) for t in (tables.plumbing.changes, tables.plumbing.outbox)] == [2, 2]
    change.customer.name = "李四湖"
    code, reason, _ = await refused(calling(M1).UpdateCustomer(change))
    assert (code, reason) == ("ALREADY_EXISTS", "REQUEST_ID_REUSED")
    # A refused one is not remembered: it may be sent again once the reason is gone.
    late = pb.UpdateCustomerRequest(
        id=customer.id, version=1, customer=pb.Customer(name="李"), fields=["name"], request_id="late"
    )
    for _ in range(2):
        code, reason, _ = await refused(calling(M1).UpdateCustomer(late))
        assert (code, reason) == ("ABORTED", "STALE_VERSION")


async def test_nothing_changed_is_no_change(calling: Any, world: World) -> None:
    customer = await create(calling)
    same = pb.UpdateCustomerRequest(id=customer.id, version=1, customer=pb.Customer(name="李四"), fields=["name"])
    assert (await calling(M1).UpdateCustomer(same)).customer.version == 1
    assert [len(world.rows(t)) for t in (tables.plumbing.changes, tables.plumbing.outbox)] == [1, 1]


async def test_the_bureau_follows_the_community(calling: Any, world: World) -> None:
    customer = await create(calling)
    move = pb.UpdateCustomerRequest(
        id=customer.id, version=1, customer=pb.Customer(community_id=C3), fields=["community_id"]
    )
    assert await refused(calling(CHIEF1).UpdateCustomer(move)) == (
        "PERMISSION_DENIED",
        "OUT_OF_REACH",
        {"form": "customer.customer"},
    )
    assert world.rows(tables.customers)[0].bureau_id == B1
    assert (await calling(CLERK).UpdateCustomer(move)).customer.bureau_id == B2
    by_hand = pb.UpdateCustomerRequest(id=customer.id, version=2, fields=["bureau_id"])
    assert (await refused(calling(CLERK).UpdateCustomer(by_hand)))[:2] == ("INVALID_ARGUMENT", "FIELD_NOT_CHANGEABLE")


@pytest.mark.parametrize(
    ("order_by", "expected"),
    [
        ("", ["C3", "C1", "C2", "C4"]),
        ("-name", ["C4", "C2", "C1", "C3"]),
        ("customer_number", ["C1", "C2", "C3", "C4"]),
        ("joined_on", ["C4", "C2", "C1", "C3"]),
        ("-joined_on", ["C3", "C1", "C2", "C4"]),
    ],
)
async def test_pages_neither_skip_nor_repeat(calling: Any, world: World, order_by: str, expected: list[str]) -> None:
    world.customers(
        {"customer_number": "C1", "name": "单雄信", "joined_on": "2020-01-02"},
        {"customer_number": "C2", "name": "张伟", "joined_on": "2019-01-02"},
        {"customer_number": "C3", "name": "曹操", "joined_on": "2021-01-02"},
        {"customer_number": "C4", "name": "张伟", "joined_on": ""},
    )
    seen: list[str] = []
    cursor = ""
    while True:
        page = page_pb2.PageRequest(size=1, cursor=cursor, with_total=True)
        answer = await calling(M1).ListCustomers(pb.ListCustomersRequest(order_by=order_by, page=page))
        seen += [customer.customer_number for customer in answer.customers]
        assert answer.page.total == 4
        cursor = answer.page.next_cursor
        if not cursor:
            break
    assert seen == expected


async def test_filters_and_wrong_orders(calling: Any, world: World) -> None:
    world.customers({"customer_number": "C1"}, {"customer_number": "C2", "kind": "business", "group": "key_account"})
    request = pb.ListCustomersRequest(kinds=[pb.CUSTOMER_KIND_BUSINESS], groups=[pb.CUSTOMER_GROUP_KEY_ACCOUNT])
    assert [c.customer_number for c in (await calling(M1).ListCustomers(request)).customers] == ["C2"]
    assert not (await calling(CLERK).ListCustomers(pb.ListCustomersRequest(owner_number="m002"))).customers
    wrong = pb.ListCustomersRequest(order_by="phone")
    assert (await refused(calling(M1).ListCustomers(wrong)))[:2] == ("INVALID_ARGUMENT", "NOT_A_CHOICE")
    cursor = (await calling(M1).ListCustomers(pb.ListCustomersRequest(page=page_pb2.PageRequest(size=1)))).page
    mixed = pb.ListCustomersRequest(order_by="joined_on", page=page_pb2.PageRequest(cursor=cursor.next_cursor))
    assert (await refused(calling(M1).ListCustomers(mixed)))[:2] == ("INVALID_ARGUMENT", "CURSOR_INVALID")


async def test_a_booking_is_made_once_shown_and_cancelled(calling: Any, world: World) -> None:
    customer = await create(calling)
    booking = pb.Appointment(customer_id=customer.id, kind=pb.APPOINTMENT_KIND_INSTALL)
    booking.starts_at.FromJsonString("2026-12-01T01:30:00Z")
    request = pb.CreateAppointmentRequest(request_id="a1", appointment=booking)
    booked = (await calling(M1).CreateAppointment(request)).appointment
    assert (await calling(M1).CreateAppointment(request)).appointment == booked
    assert (booked.contact_phone, booked.contact_name, booked.status, booked.version) == (
        "13800000009",
        "李四",
        "booked",
        1,
    )
    whole = await calling(M1).GetCustomer(pb.GetCustomerRequest(id=customer.id))
    assert [one.id for one in whole.appointments] == [booked.id]
    world.clock.advance(timedelta(minutes=1))
    cancel = pb.CancelAppointmentRequest(id=booked.id, version=1, reason="客户出差")
    assert (await refused(calling(M2).CancelAppointment(cancel)))[:2] == ("NOT_FOUND", "NOT_FOUND")
    cancelled = (await calling(M1).CancelAppointment(cancel)).appointment
    assert (cancelled.status, cancelled.version) == ("cancelled", 2)
    code, reason, data = await refused(calling(M1).CancelAppointment(cancel))
    assert (code, reason, set(data["fields"].split(","))) == ("ABORTED", "STALE_VERSION", {"status", "cancel_reason"})
    again = pb.CancelAppointmentRequest(id=booked.id, version=2)
    assert (await refused(calling(M1).CancelAppointment(again)))[:2] == (
        "FAILED_PRECONDITION",
        "APPOINTMENT_NOT_BOOKED",
    )
    events = [row.payload for row in world.rows(tables.plumbing.outbox) if "appointment" in row.subject]
    facts = [customer_events_pb2.AppointmentsChanged.FromString(payload).appointments[0] for payload in events]
    assert [(fact.version, fact.cancelled) for fact in facts] == [(1, False), (2, True)]
    assert not (await calling(M1).GetCustomer(pb.GetCustomerRequest(id=customer.id))).appointments


async def test_a_booking_in_the_past_is_refused(calling: Any) -> None:
    customer = await create(calling)
    booking = pb.Appointment(customer_id=customer.id, kind=pb.APPOINTMENT_KIND_VISIT)
    booking.starts_at.FromJsonString("2026-11-01T01:30:00Z")
    request = pb.CreateAppointmentRequest(request_id="a1", appointment=booking)
    assert (await refused(calling(M1).CreateAppointment(request)))[:2] == ("INVALID_ARGUMENT", "IN_THE_PAST")


async def test_a_customer_carries_the_name_of_who_keeps_it(calling: Any, world: World) -> None:
    world.customers({"customer_number": "C1"})
    listed = (await calling(M1).ListCustomers(pb.ListCustomersRequest())).customers[0]
    whole = (await calling(M1).GetCustomer(pb.GetCustomerRequest(id=listed.id))).customer
    for one in (listed, whole):
        assert (one.owner_number, one.owner_name, one.seat_name) == (M1.id, M1.name, "")
