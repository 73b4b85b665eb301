"""Orders as G-net CRM writes them: TMF697 work orders about customers of the demo branch."""

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from demo_branch.customers import MANAGER_COUNT, customer_at
from demo_branch.records import CustomerFile

_WORK: Final = {
    "care": ("G网客户回访", "了解近期使用感受和资费意见,做好记录。"),
    "retention": ("G网离网预警挽留", "近两个月话务量明显下降,请上门了解原因并挽留。"),
    "arrears": ("G网欠费催缴", "已欠费一个账期,请提醒客户缴费。"),
    "visit": ("G网客户上门服务", "客户要求上门办理业务。"),
    "install": ("G网加装宽带", "客户预约加装光宽带,请联系并上门。"),
    "relocate": ("G网客户移机", "客户搬家,宽带移机。"),
}
_KINDS: Final = (tuple(_WORK), (34, 20, 18, 14, 9, 5))
_PRIORITIES: Final = (("urgent", "high", "normal", "low"), (5, 20, 65, 10))
_FOR_M001: Final = 9
_UNPLACEABLE: Final = 4
# Days from today on which an order is due.
_DUE: Final = ((0, 1, 2, 3, 5), (25, 30, 25, 12, 8))

Order = tuple[str, dict[str, Any]]


def first_orders(count: int, *, customers: int, now: datetime) -> Iterator[Order]:
    """Yield the stock the system holds when it starts: nine for m001, four about nobody the branch knows."""
    dice = random.Random(697)  # noqa: S311 - the same orders every time
    day = f"{now:%y%m%d}"
    for number in range(1, count + 1):
        if number <= _FOR_M001:
            place = (number * 3 % (customers // MANAGER_COUNT)) * MANAGER_COUNT if customers >= MANAGER_COUNT else 0
            yield _order(dice, f"G{day}{number:05d}", customer_at(place, today=now.date()), now)
        elif number <= _FOR_M001 + _UNPLACEABLE:
            yield _stranger(dice, f"G{day}{number:05d}", now)
        else:
            yield _order(dice, f"G{day}{number:05d}", _anyone(dice, customers, now.date()), now)


def next_order(number: int, *, customers: int, now: datetime) -> Order:
    """Answer the order that comes up now and then."""
    dice = random.Random(now.timestamp())  # noqa: S311 - a demo's chance, not a secret
    external_id = f"G{now:%y%m%d}{number:05d}"
    if dice.random() < 0.05:
        return _stranger(dice, external_id, now)
    return _order(dice, external_id, _anyone(dice, customers, now.date()), now)


def batch_of_orders(count: int, prefix: str, *, customers: int, now: datetime) -> Iterator[Order]:
    """Yield so many orders at once, numbered from 1 behind the prefix."""
    dice = random.Random(prefix)  # noqa: S311 - the same orders for the same prefix
    for number in range(1, count + 1):
        yield _order(dice, f"{prefix}{number:06d}", _anyone(dice, customers, now.date()), now)


def _anyone(dice: random.Random, customers: int, today: date) -> CustomerFile:
    return customer_at(dice.randrange(customers), today=today)


def _order(dice: random.Random, external_id: str, customer: CustomerFile, now: datetime) -> Order:
    return external_id, _document(
        dice,
        external_id,
        now,
        title_of=customer.customer.name,
        known=_known(dice, customer),
        address=customer.customer.address,
    )


def _stranger(dice: random.Random, external_id: str, now: datetime) -> Order:
    """Answer an order about a number that belongs to nobody."""
    number = f"15599{dice.randrange(1_000_000):06d}"
    return external_id, _document(
        dice, external_id, now, title_of=f"号码{number}", known={"subscriberNumber": number}, address=""
    )


def _known(dice: random.Random, customer: CustomerFile) -> dict[str, str]:
    """Answer what the older system knows of the customer: mostly the number, sometimes only the place."""
    chance = dice.random()
    if chance < 0.55:
        mobile = [line for line in customer.subscribers if line.kind == "mobile"] or customer.subscribers
        return {"subscriberNumber": mobile[0].number}
    if chance < 0.70:
        return {"accountNumber": customer.accounts[0].account_number}
    if chance < 0.85:
        return {"customerNumber": customer.customer.customer_number}
    if chance < 0.95:
        return {"address": customer.customer.address}
    return {"community": customer.customer.community}


def _document(
    dice: random.Random, external_id: str, now: datetime, *, title_of: str, known: dict[str, str], address: str
) -> dict[str, Any]:
    kind = dice.choices(*_KINDS)[0]
    title, description = _WORK[kind]
    due = _due(dice, now)
    work: dict[str, Any] = {
        "name": f"{title}:{title_of}",
        "workType": kind,
        "description": description,
        "expectedCompletionDate": due,
        "workPriority": dice.choices(*_PRIORITIES)[0],
        "workCharacteristic": [{"name": name, "valueType": "string", "value": value} for name, value in known.items()],
        "@type": "Work",
    }
    if address:
        work["place"] = [{"role": "installationAddress", "name": address, "@type": "GeographicAddress"}]
    return {
        "externalId": external_id,
        "category": "G网维系",
        "description": title,
        "requestedCompletionDate": due,
        "workOrderItem": [{"id": "1", "action": "add", "work": work}],
        "@type": "WorkOrder",
    }


def _due(dice: random.Random, now: datetime) -> str:
    """Answer six in the evening of the day it is due; today only while that is to come."""
    day = now.date() + timedelta(days=dice.choices(*_DUE)[0])
    due = datetime.combine(day, time(18), tzinfo=now.tzinfo)
    if due <= now + timedelta(minutes=30):
        due += timedelta(days=1)
    return due.isoformat()
