"""Accounts and subscribers of a customer: who pays, and which lines there are."""

import random
from dataclasses import dataclass
from typing import Final

from demo_branch.names import fixed_number, mobile_number
from demo_branch.records import AccountRow, CustomerRow, SubscriberRow

_PAYMENT: Final = (("cash", "transfer", "direct_debit"), (45, 15, 40))
_COUNT: Final = ((1, 2, 3, 4, 5), (15, 25, 30, 20, 10))
_SECOND_ACCOUNT_SHARE: Final = 0.08
_PRODUCTS: Final = {
    "fixed_line": ("固话普通资费", "固话套餐20元"),
    "broadband": ("光宽带100M", "光宽带300M", "光宽带1000M", "商企专线50M"),
    "mobile": ("畅享59元套餐", "畅享99元套餐", "畅享139元套餐", "G网风采卡"),
    "iptv": ("IPTV高清基本包", "IPTV影视包"),
}
# What a household with that many lines usually has; one place is left to chance.
_MIX: Final = {
    1: ("mobile",),
    2: ("mobile", "broadband"),
    3: ("mobile", "broadband", "iptv"),
    4: ("mobile", "mobile", "broadband", "iptv"),
    5: ("mobile", "mobile", "broadband", "iptv", "fixed_line"),
}
_BUSINESS_MIX: Final = ("fixed_line", "broadband", "mobile", "mobile", "iptv")


@dataclass(frozen=True, slots=True)
class Lines:
    """Accounts with the subscribers they pay for."""

    accounts: list[AccountRow]
    subscribers: list[SubscriberRow]


def lines(dice: random.Random, place: int, customer: CustomerRow, *, g_net: bool) -> Lines:
    """Answer one or two accounts and one to five subscribers; a G-net customer has at least one G-net number."""
    accounts = _accounts(dice, place, customer)
    count = dice.choices(*_COUNT)[0]
    kinds = _BUSINESS_MIX[:count] if customer.kind == "business" else _MIX[count]
    if g_net and "mobile" not in kinds:
        kinds = ("mobile", *kinds[1:])
    subscribers: list[SubscriberRow] = []
    mobiles = 0
    for line, kind in enumerate(kinds):
        is_g_net = g_net and kind == "mobile" and (mobiles == 0 or dice.random() < 0.5)
        subscribers.append(
            SubscriberRow(
                number=_number(place, line, kind, mobiles),
                customer_number=customer.customer_number,
                account_number=accounts[line % len(accounts)].account_number,
                kind=kind,
                product="G网风采卡" if is_g_net else dice.choice(_PRODUCTS[kind]),
                status=dice.choices(("active", "suspended", "terminated"), (94, 4, 2))[0],
                g_net="yes" if is_g_net else "no",
                activated_on=customer.joined_on,
            )
        )
        mobiles += kind == "mobile"
    return Lines(accounts, subscribers)


def _accounts(dice: random.Random, place: int, customer: CustomerRow) -> list[AccountRow]:
    count = 2 if customer.kind == "business" and dice.random() < _SECOND_ACCOUNT_SHARE * 4 else 1
    return [_account(place, suffix, customer, dice.choices(*_PAYMENT)[0]) for suffix in range(1, count + 1)]


def _account(place: int, suffix: int, customer: CustomerRow, payment: str) -> AccountRow:
    return AccountRow(
        account_number=f"8{place + 1:08d}{suffix}",
        customer_number=customer.customer_number,
        name=customer.name,
        payment_method=payment,
        status="active",
        # No bank's numbers begin with 000.
        bank_account=f"000{place + 1:010d}{suffix:03d}" if payment == "direct_debit" else "",
    )


def _number(place: int, line: int, kind: str, mobiles: int) -> str:
    """Answer a number nobody else has. The first mobile of a household is the one it is called on."""
    if kind == "mobile":
        return mobile_number(place * 4 + mobiles)
    if kind == "fixed_line":
        return fixed_number(place)
    return f"{'kd' if kind == 'broadband' else 'tv'}{place + 1:08d}{line + 1}"
