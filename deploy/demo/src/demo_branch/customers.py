"""Customers of the demo branch, one after another: the customer at a place is the same however many are made."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from demo_branch import lines
from demo_branch.bookings import bookings
from demo_branch.days import birthday, joining_day, opening_day
from demo_branch.names import fixed_number, id_card, mobile_number, person_name
from demo_branch.people import bureau_codes, community_codes, managers_of, seats_of
from demo_branch.places import address, shop_address
from demo_branch.records import AddressRow, ContactRow, CustomerFile, CustomerRow

DEFAULT_SEED: Final = 1
MANAGER_COUNT: Final = 120
MORNING: Final = 8
_BUSINESS_SHARE: Final = 0.15
_KEY_ACCOUNT_SHARE: Final = 0.06
_G_NET_SHARE: Final = 0.18
_COMMUNITIES: Final = tuple(community_codes())
_BUREAUS: Final = tuple(bureau_codes())

# The first customers of m001, whom the documentation shows: place → name and, for a business, True.
_KNOWN: Final = {
    0: ("张建国", False),
    MANAGER_COUNT: ("刘芳", False),
    2 * MANAGER_COUNT: ("佳禾超市", True),
    3 * MANAGER_COUNT: ("陈晨", False),
}
_SHOP_FIRST: Final = "佳盛鑫恒福瑞万祥隆宏嘉永益兴泰华"
_SHOP_SECOND: Final = "禾源达顺丰和泰安辉宇捷康乐美家园"
_SHOP_KINDS: Final = (
    "超市", "便利店", "餐馆", "火锅店", "药房", "五金店", "服装店", "理发店", "宾馆", "网吧",
    "茶楼", "水果店", "汽修厂", "建材经营部", "电子商务有限公司", "商贸有限公司", "物流有限公司",
)  # fmt: skip
_KEY_KINDS: Final = ("集团有限公司", "制药股份有限公司", "职业学院", "中心医院", "供电公司", "农村商业银行")


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a customer belongs: everything that follows from the place in the row."""

    place: int
    community: int
    owner: str
    seat: str
    ordinal: int

    @property
    def community_code(self) -> str:
        return _COMMUNITIES[self.community]

    @property
    def bureau_code(self) -> str:
        return self.community_code.split("-")[0]


def customers(count: int, *, today: date, hour: int = MORNING, seed: int = DEFAULT_SEED) -> Iterator[CustomerFile]:
    """Yield the first `count` customers; nothing is kept, so a million takes no more memory than one."""
    for place in range(count):
        yield customer_at(place, today=today, hour=hour, seed=seed)


def customer_at(place: int, *, today: date, hour: int = MORNING, seed: int = DEFAULT_SEED) -> CustomerFile:
    """Answer the customer at a place; every 120th belongs to the same customer manager."""
    # A stream of chances for each customer: what one has never shifts the next.
    dice = random.Random(seed * 1_000_003 + place)  # noqa: S311 - repeatable on purpose
    spot = _spot(place)
    name, business = _name(dice, place)
    head = name if not business else person_name(dice)
    customer = _customer(dice, spot, name=name, business=business)
    line_rows = lines.lines(dice, place, customer, g_net=bool(customer.seat_number))
    return CustomerFile(
        customer=customer,
        accounts=line_rows.accounts,
        subscribers=line_rows.subscribers,
        contacts=_contacts(dice, customer, head=head),
        addresses=_addresses(dice, customer),
        appointments=bookings(dice, spot.place, customer, contact=head, today=today, hour=hour),
    )


def _spot(place: int) -> _Spot:
    post = place % MANAGER_COUNT
    community = post // 2
    bureau = _BUREAUS.index(_COMMUNITIES[community].split("-")[0])
    return _Spot(
        place=place,
        community=community,
        owner=managers_of(community)[post % 2],
        seat=seats_of(bureau)[post % 2],
        ordinal=place // MANAGER_COUNT * 2 + post % 2,
    )


def _name(dice: random.Random, place: int) -> tuple[str, bool]:
    """Answer the name, and whether it is a business."""
    known = _KNOWN.get(place)
    if known is not None:
        return known
    if dice.random() >= _BUSINESS_SHARE:
        return person_name(dice), False
    return dice.choice(_SHOP_FIRST) + dice.choice(_SHOP_SECOND) + dice.choice(_SHOP_KINDS), True


def _customer(dice: random.Random, spot: _Spot, *, name: str, business: bool) -> CustomerRow:
    calendar, year, month, day, leap = birthday(dice)
    key = business and dice.random() < _KEY_ACCOUNT_SHARE
    joined = joining_day(dice)
    g_net = dice.random() < _G_NET_SHARE
    return CustomerRow(
        customer_number=f"C{spot.place + 1:08d}",
        kind="business" if business else "household",
        group="key_account" if key else ("business" if business else "public"),
        name=f"云州{name[:2]}{dice.choice(_KEY_KINDS)}" if key else name,
        phone=fixed_number(spot.place) if business else mobile_number(spot.place * 4),
        id_card=_id_card(dice, calendar, year, month, day, business=business),
        bureau=spot.bureau_code,
        community=spot.community_code,
        owner_number=spot.owner,
        seat_number=spot.seat if g_net else "",
        birthday_calendar=calendar,
        birthday_year=year,
        birthday_month=month,
        birthday_day=day,
        birthday_leap_month=leap,
        store_anniversary=opening_day(dice).isoformat() if business else "",
        address=(shop_address if business else address)(spot.community, spot.ordinal),
        joined_on=joined.isoformat(),
        note="",
    )


def _id_card(dice: random.Random, calendar: str, year: str, month: str, day: str, *, business: bool) -> str:
    """Answer a card for a household; its birthday is on it when that is a solar one with a year."""
    if business:
        return ""
    if calendar == "solar" and year:
        return id_card(dice, year=int(year), month=int(month), day=int(day))
    return id_card(dice, year=dice.randint(1942, 2005), month=dice.randint(1, 12), day=dice.randint(1, 28))


def _contacts(dice: random.Random, customer: CustomerRow, *, head: str) -> list[ContactRow]:
    place = int(customer.customer_number[1:]) - 1
    found = [ContactRow(customer.customer_number, head, "owner", mobile_number(place * 4))]
    if customer.kind == "business":
        found.append(
            ContactRow(customer.customer_number, person_name(dice), "accountant", mobile_number(place * 4 + 3))
        )
    elif dice.random() < 0.25:
        found.append(ContactRow(customer.customer_number, person_name(dice), "family", mobile_number(place * 4 + 3)))
    return found


def _addresses(dice: random.Random, customer: CustomerRow) -> list[AddressRow]:
    """Answer where the lines are installed and, for some, where the bill goes."""
    found = [AddressRow(customer.customer_number, "installation", customer.address, customer.community)]
    if dice.random() < 0.3:
        found.append(AddressRow(customer.customer_number, "billing", customer.address, customer.community))
    return found
