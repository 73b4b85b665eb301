"""Booked services around today, so that a manager's day has something in it."""

import random
from datetime import date, timedelta
from typing import Final

from demo_branch.records import AppointmentRow, CustomerRow

_SHARE: Final = 0.045
_KINDS: Final = (("install", "visit", "relocate", "remove"), (40, 35, 15, 10))
_HOURS: Final = ("09:00", "09:30", "10:00", "10:30", "11:00", "14:00", "14:30", "15:00", "16:00", "16:30", "17:00")
_NOTES: Final = ("", "", "", "请提前电话联系", "客户要求上午", "带光猫", "楼下有门禁", "老人在家,请慢讲")
_STEP: Final = 120
# Customers of m001, who greets visitors of the demo → days from today. Three stand behind already, ten are for today,
# twenty for the two days whose bookings are tasks by now, the rest follows within the week.
_M001_DAYS: Final = (
    -2, 0, 1, 0, 1, -1, 2, 0, 1, 2, 0, 1, 2, 0, 1, -1, 2, 0, 1, 3, 0, 1, 2, 0, 4, 1, 2, 0, 1, 3, 2, 0, 1, 5, 2, 1, 4,
    2, 3, 6, 5, 7,
)  # fmt: skip


def bookings(
    dice: random.Random, place: int, customer: CustomerRow, *, contact: str, today: date, hour: int
) -> list[AppointmentRow]:
    """Answer the booked services of a customer: none for most, one for some; today's lie behind the hour."""
    chance, offset = dice.random(), dice.randint(-3, 10)
    if place % _STEP == 0:
        if place // _STEP >= len(_M001_DAYS):
            return []
        offset = _M001_DAYS[place // _STEP]
    elif chance >= _SHARE:
        return []
    day = today + timedelta(days=offset)
    return [
        AppointmentRow(
            # The day is part of the number: a file made on another day adds bookings and changes none.
            appointment_number=f"A{day:%y%m%d}{place + 1:08d}",
            customer_number=customer.customer_number,
            kind=dice.choices(*_KINDS)[0],
            starts_at=f"{day.isoformat()}T{dice.choice(_hours(hour) if day == today else _HOURS)}:00+08:00",
            place=customer.address,
            contact_name=contact,
            contact_phone=customer.phone,
            note=dice.choice(_NOTES),
        )
    ]


def _hours(hour: int) -> list[str]:
    """Answer the times that are still to come today; evening visits end at half past eight."""
    return [f"{full:02d}:{half}" for full in range(max(hour + 1, 9), 21) for half in ("00", "30")] or ["20:30"]
