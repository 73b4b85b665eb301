"""What is out of a person's reach is as if it were not there: in list, search, count, detail, history, change and owners."""

from typing import Any

import pytest
from crm.common.v1 import page_pb2
from crm.customer.v1 import customer_pb2 as pb
from google.rpc import error_details_pb2
from grpc import aio
from grpc_status import rpc_status

from chassis.identity import Actor
from customer.storage import tables
from tests.customer.small_archive import CHIEF1, CHIEF2, CLERK, DISPATCH, IMPORTER, M1, M2, SEAT, World

pytestmark = pytest.mark.slow

ALL = page_pb2.PageRequest(with_total=True)


async def refused(call: Any) -> tuple[str, str]:
    with pytest.raises(aio.AioRpcError) as caught:
        await call
    status = rpc_status.from_call(caught.value)  # type: ignore[arg-type]  # an aio error carries what the function reads
    info = error_details_pb2.ErrorInfo()
    if status is not None and status.details:
        status.details[0].Unpack(info)
    return caught.value.code().name, info.reason


@pytest.fixture
def one(world: World) -> str:
    """A customer of m001 in bureau 1, also kept by seat z01, and one of m002 in bureau 2; answers the first one's id."""
    world.customers(
        {"customer_number": "C1", "seat_number": "z01"},
        {
            "customer_number": "C2",
            "name": "张小伟",
            "phone": "13900000002",
            "community": "B02-C01",
            "owner_number": "m002",
            "address": "别处",
        },
    )
    return world.rows(tables.customers, tables.customers.c.customer_number)[0].id


@pytest.mark.parametrize(("actor", "seen"), [(M1, True), (SEAT, True), (CHIEF1, True), (CHIEF2, False), (M2, False)])
async def test_list_search_and_count(calling: Any, one: str, actor: Actor, seen: bool) -> None:
    # Whoever sees the number masked does not find by it either: the answer would tell the value.
    numbers_too = ["0001", "13800000001"] if actor is not CHIEF1 else []
    for query in ["", "张伟", "张", "zhangwei", "zw", "C1", *numbers_too]:
        answer = await calling(actor).ListCustomers(pb.ListCustomersRequest(query=query, page=ALL))
        numbers = [customer.customer_number for customer in answer.customers]
        assert ("C1" in numbers) is seen, query
        assert answer.page.total == len(numbers)
        assert ("C2" in numbers) is (not seen and query in {"", "张"}), query


@pytest.mark.parametrize("query", ["0001", "13800000001", "0006", "13600000006"])
async def test_a_masked_number_finds_nobody(calling: Any, world: World, one: str, query: str) -> None:
    world.load("subscriber", [{"number": "13600000006", "customer_number": "C1", "kind": "移动"}])
    found = {}
    for actor in (M1, CHIEF1):
        answer = await calling(actor).ListCustomers(pb.ListCustomersRequest(query=query, page=ALL))
        found[actor.id] = ([each.customer_number for each in answer.customers], answer.page.total)
    assert found == {"m001": (["C1"], 1), "c01": ([], 0)}


@pytest.mark.parametrize("actor", [CHIEF2, M2])
async def test_detail_history_and_change(calling: Any, world: World, one: str, actor: Actor) -> None:
    caller = calling(actor)
    before = world.rows(tables.plumbing.changes)
    change = pb.UpdateCustomerRequest(id=one, version=1, customer=pb.Customer(name="我"), fields=["name"])
    booking = pb.Appointment(customer_id=one, kind=pb.APPOINTMENT_KIND_VISIT)
    booking.starts_at.FromJsonString("2026-12-01T00:00:00Z")
    for call in (
        caller.GetCustomer(pb.GetCustomerRequest(id=one)),
        caller.ListCustomerChanges(pb.ListCustomerChangesRequest(id=one)),
        caller.UpdateCustomer(change),
        caller.CreateAppointment(pb.CreateAppointmentRequest(request_id="r", appointment=booking)),
    ):
        assert await refused(call) == ("NOT_FOUND", "NOT_FOUND")
    assert world.rows(tables.plumbing.changes) == before


@pytest.mark.parametrize("wrong", ["", "no id", "0190a000-0000-7000-8000-0000000000ff"])
async def test_an_unknown_id_is_not_found(calling: Any, wrong: str) -> None:
    assert await refused(calling(CLERK).GetCustomer(pb.GetCustomerRequest(id=wrong))) == ("NOT_FOUND", "NOT_FOUND")


async def test_owners_within_reach_only(calling: Any, one: str) -> None:
    request = pb.FindOwnersRequest(queries=[pb.OwnerQuery(customer_number="C1")])
    reasons = [(await calling(actor).FindOwners(request)).matches[0].reason for actor in (DISPATCH, CHIEF1, CHIEF2)]
    assert reasons == ["BY_CUSTOMER_NUMBER", "BY_CUSTOMER_NUMBER", "NOT_FOUND"]
    assert await refused(calling(M1).FindOwners(request)) == ("PERMISSION_DENIED", "PERMISSION_DENIED")


async def test_only_who_keeps_a_customer_sees_the_numbers(calling: Any, world: World, one: str) -> None:
    world.load("contact", [{"customer_number": "C1", "name": "王五", "phone": "13700000007"}])
    line = {"number": "13600000006", "customer_number": "C1", "kind": "移动"}
    world.load("subscriber", [line])
    for actor, phone, contact, number in (
        (M1, "13800000001", "13700000007", "13600000006"),
        (SEAT, "13800000001", "13700000007", "13600000006"),
        (CHIEF1, "138****0001", "137****0007", "136****0006"),
    ):
        answer = await calling(actor).GetCustomer(pb.GetCustomerRequest(id=one))
        assert (answer.customer.phone, answer.contacts[0].phone, answer.subscribers[0].number) == (
            phone,
            contact,
            number,
        )
        assert answer.customer.id_card == "620*************11"
        changes = (await calling(actor).ListCustomerChanges(pb.ListCustomerChangesRequest(id=one))).changes
        text = "".join(change.new_value for change in changes)
        assert "198005120011" not in text
        assert ("13800000001" in text, "138****0001" in text) == (phone == "13800000001", phone != "13800000001")


async def test_imports_are_seen_by_who_brought_them(calling: Any, world: World) -> None:
    job = world.customers({"customer_number": "C1"})
    assert (await calling(IMPORTER).GetImport(pb.GetImportRequest(id=job.id))).job.read == 1
    assert await refused(calling(M1).GetImport(pb.GetImportRequest(id=job.id))) == (
        "PERMISSION_DENIED",
        "PERMISSION_DENIED",
    )
    assert await refused(calling(CLERK).GetImport(pb.GetImportRequest(id="x"))) == ("NOT_FOUND", "NOT_FOUND")
