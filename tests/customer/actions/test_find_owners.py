"""Who is answerable, from whatever is known, and why."""

import pytest
from sqlalchemy import event

from customer.actions.find_owners import find_owners
from customer.domain.owner import OwnerQuery, Reason
from tests.customer.small_archive import B1, B2, C1, DISPATCH, World

pytestmark = pytest.mark.slow


def reasons(world: World, *queries: OwnerQuery) -> list[tuple[str, str, str]]:
    found = world.run(DISPATCH, find_owners, list(queries), world.directory.organisation())
    return [(match.reason.value, match.found.owner_number if match.found else "", match.matched) for match in found]


def archive(world: World) -> None:
    world.customers(
        {"customer_number": "C1", "seat_number": "z01", "address": "云州市翠湖社区1栋101"},
        {"customer_number": "C2", "address": "云州市临江社区2栋", "community": "B02-C01", "owner_number": "m002"},
        {"customer_number": "C3", "address": "云州市临江社区2栋", "community": "B02-C01", "owner_number": "m001"},
    )
    account = {"account_number": "A1", "customer_number": "C1", "name": "张伟", "payment_method": "cash"}
    world.load("account", [account])
    world.load("subscriber", [{"number": "13900000001", "customer_number": "C1", "kind": "mobile"}])
    world.load("address", [{"customer_number": "C2", "kind": "billing", "text": "云州市邮局路9号"}])


def test_numbers_addresses_and_communities(world: World) -> None:
    archive(world)
    expected = {
        OwnerQuery(subscriber_number="13900000001"): (Reason.BY_SUBSCRIBER_NUMBER, "m001", "13900000001"),
        OwnerQuery(account_number="A1"): (Reason.BY_ACCOUNT_NUMBER, "m001", "A1"),
        OwnerQuery(customer_number="C2"): (Reason.BY_CUSTOMER_NUMBER, "m002", "C2"),
        OwnerQuery(address="云州市 翠湖社区１栋101"): (Reason.BY_ADDRESS, "m001", "云州市 翠湖社区１栋101"),
        OwnerQuery(address="云州市邮局路9号"): (Reason.BY_ADDRESS, "m002", "云州市邮局路9号"),
        OwnerQuery(address="云州市翠湖社区99栋"): (Reason.BY_COMMUNITY, "m001", "翠湖社区"),
        OwnerQuery(community="B02-C01"): (Reason.BY_COMMUNITY, "m002", "临江社区"),
        OwnerQuery(community="临江社区"): (Reason.BY_COMMUNITY, "m002", "临江社区"),
        OwnerQuery(subscriber_number="none", customer_number="C1"): (Reason.BY_CUSTOMER_NUMBER, "m001", "C1"),
        OwnerQuery(subscriber_number="none"): (Reason.NOT_FOUND, "", ""),
        OwnerQuery(): (Reason.NOT_FOUND, "", ""),
    }
    assert reasons(world, *expected) == [(reason.value, owner, matched) for reason, owner, matched in expected.values()]


def test_two_owners_at_one_address_leave_it_open_but_name_the_bureau(world: World) -> None:
    archive(world)
    query = OwnerQuery(address="云州市临江社区2栋")
    (match,) = world.run(DISPATCH, find_owners, [query], world.directory.organisation())
    # The address alone is ambiguous, the community has one manager.
    assert (match.reason, match.found and match.found.owner_number) == (Reason.BY_COMMUNITY, "m002")
    assert match.found is not None
    assert match.found.bureau_id == B2


def test_a_community_without_a_manager_has_no_owner(world: World) -> None:
    assert reasons(world, OwnerQuery(community="翠湖社区南苑")) == [("NOT_FOUND", "", "")]


def test_the_whole_answer_names_customer_seat_and_place(world: World) -> None:
    archive(world)
    (match,) = world.run(DISPATCH, find_owners, [OwnerQuery(account_number="A1")], world.directory.organisation())
    assert match.found is not None
    assert (match.found.seat_number, match.found.customer_name, match.found.bureau_id, match.found.community_id) == (
        "z01",
        "张伟",
        B1,
        C1,
    )


def test_five_hundred_queries_take_as_many_questions_as_one(world: World) -> None:
    archive(world)
    asked: list[str] = []
    event.listen(world.database.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    full = OwnerQuery("13900000001", "A1", "C1", "云州市翠湖社区1栋101", "翠湖社区")
    reasons(world, full)
    once = len(asked)
    asked.clear()
    reasons(world, *[full] * 500)
    assert len(asked) == once == 4
