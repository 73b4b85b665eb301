import itertools
from collections import Counter
from datetime import date, timedelta

import pytest

from demo_branch.customers import customer_at, customers
from demo_branch.names import fixed_number, mobile_number
from demo_branch.people import community_codes
from demo_branch.records import CustomerFile

pytestmark = pytest.mark.slow

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def branch() -> list[CustomerFile]:
    return list(customers(4_800, today=TODAY))


def test_a_customer_is_the_same_however_many_are_made(branch: list[CustomerFile]) -> None:
    assert list(customers(50, today=TODAY)) == branch[:50]
    assert customer_at(4321, today=TODAY) == branch[4321]
    assert customer_at(7, today=TODAY, seed=2) != branch[7]


def test_only_bookings_follow_the_day(branch: list[CustomerFile]) -> None:
    later = customer_at(0, today=TODAY + timedelta(days=30))
    assert later.customer == branch[0].customer
    assert (later.accounts, later.subscribers) == (branch[0].accounts, branch[0].subscribers)
    numbers = {later.appointments[0].appointment_number, branch[0].appointments[0].appointment_number}
    assert len(numbers) == 2


def test_the_mix_is_that_of_a_branch(branch: list[CustomerFile]) -> None:
    share = Counter(each.customer.kind for each in branch)
    assert 0.13 < share["business"] / len(branch) < 0.17
    calendars = Counter(each.customer.birthday_calendar for each in branch)
    assert 0.57 < calendars["solar"] / len(branch) < 0.63
    assert 0.27 < calendars["lunar"] / len(branch) < 0.33
    lunar = [each.customer for each in branch if each.customer.birthday_calendar == "lunar"]
    assert any(each.birthday_leap_month == "yes" for each in lunar)
    assert any(each.birthday_day == "30" for each in lunar)
    assert {each.customer.group for each in branch} == {"public", "business", "key_account"}
    assert all(bool(each.customer.store_anniversary) == (each.customer.kind == "business") for each in branch)
    assert {len(each.subscribers) for each in branch} == {1, 2, 3, 4, 5}


def test_numbers_and_addresses_belong_to_one_customer_each(branch: list[CustomerFile]) -> None:
    numbers = [line.number for each in branch for line in each.subscribers]
    assert len(set(numbers)) == len(numbers)
    assert len({each.customer.address for each in branch}) == len(branch)
    assert len({each.customer.customer_number for each in branch}) == len(branch)


def test_accounts_pay_for_lines_of_their_own_customer(branch: list[CustomerFile]) -> None:
    for each in branch:
        accounts = {account.account_number for account in each.accounts}
        assert {line.account_number for line in each.subscribers} <= accounts
        assert any(line.g_net == "yes" for line in each.subscribers) == bool(each.customer.seat_number)


def test_every_community_and_manager_has_customers(branch: list[CustomerFile]) -> None:
    assert {each.customer.community for each in branch} == set(community_codes())
    assert set(Counter(each.customer.owner_number for each in branch).values()) == {40}
    assert all(each.customer.community.startswith(each.customer.bureau) for each in branch)


def test_m001_finds_a_day_worth_showing(branch: list[CustomerFile]) -> None:
    days = Counter(
        (date.fromisoformat(booking.starts_at[:10]) - TODAY).days
        for each in branch
        for booking in each.appointments
        if each.customer.owner_number == "m001"
    )
    assert sum(count for day, count in days.items() if day < 0) == 3
    assert days[0] == 10
    assert (days[1], days[2]) == (11, 9)


def test_identity_cards_have_a_right_check_digit_and_no_real_province(branch: list[CustomerFile]) -> None:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    cards = [each.customer.id_card for each in branch if each.customer.id_card]
    assert cards
    for card in cards:
        assert card.startswith("88")
        assert card[17] == "10X98765432"[sum(int(a) * b for a, b in zip(card[:17], weights, strict=True)) % 11]


def test_a_million_customers_share_no_number() -> None:
    some = list(itertools.chain(range(0, 3_999_999, 401), range(99_000_000, 99_000_200)))
    assert len({mobile_number(serial) for serial in some}) == len(some)
    assert len({fixed_number(serial) for serial in some}) == len(some)


@pytest.mark.parametrize(
    ("hour", "earliest", "latest"), [(8, "09:00", "20:30"), (13, "14:00", "20:30"), (22, "20:30", "20:30")]
)
def test_todays_bookings_are_still_to_come(hour: int, earliest: str, latest: str) -> None:
    branch = customers(4_800, today=TODAY, hour=hour)
    hours = [
        booking.starts_at[11:16]
        for each in branch
        for booking in each.appointments
        if booking.starts_at.startswith("2026-11-22")
    ]
    assert hours
    assert earliest <= min(hours) <= max(hours) <= latest
