"""Pairs of seat manager and customer manager (双层维系), and stand-ins: what may stand beside what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from support.domain.errors import FieldRefused, StaffRefused
from support.domain.organisation import Person

SEAT_MANAGER = "seat_manager"
CUSTOMER_MANAGER = "customer_manager"
_LAST = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two who keep the same customers."""

    id: str
    seat_number: str
    manager_number: str
    valid_from: date
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """Tell whether the pair is in force on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class StandIn:
    """An absence that somebody looks after."""

    id: str
    absent_number: str
    stand_in_number: str
    valid_from: date
    valid_to: date
    cancelled: bool = False


def check_pair(pair: Pair, seat: Person | None, manager: Person | None, others: Iterable[Pair]) -> None:
    """Refuse a pair of the wrong people, or one that is there already at the time."""
    check_days(pair.valid_from, pair.valid_to)
    if seat is None or not seat.active or SEAT_MANAGER not in seat.roles:
        raise FieldRefused("seat_number", "NOT_A_SEAT_MANAGER", value=pair.seat_number)
    if manager is None or not manager.active or CUSTOMER_MANAGER not in manager.roles:
        raise FieldRefused("manager_number", "NOT_A_CUSTOMER_MANAGER", value=pair.manager_number)
    if seat.staff_number == manager.staff_number:
        raise FieldRefused("manager_number", "PAIR_WITH_ONESELF")
    for other in others:
        same = (other.seat_number, other.manager_number) == (pair.seat_number, pair.manager_number)
        if same and other.id != pair.id and _meet(pair, other):
            raise StaffRefused("PAIR_EXISTS", seat_number=pair.seat_number, manager_number=pair.manager_number)


def check_stand_in(period: StandIn, people: dict[str, Person], others: Iterable[StandIn]) -> None:
    """Refuse a period that is no period, oneself, two at once, or a circle of people who are all absent."""
    check_days(period.valid_from, period.valid_to)
    if period.absent_number not in people:
        raise FieldRefused("absent_number", "PERSON_UNKNOWN", value=period.absent_number)
    stand_in = people.get(period.stand_in_number)
    if stand_in is None or not stand_in.active:
        raise FieldRefused("stand_in_number", "PERSON_UNKNOWN", value=period.stand_in_number)
    if period.absent_number == period.stand_in_number:
        raise FieldRefused("stand_in_number", "STAND_IN_ONESELF")
    beside = [other for other in others if other.id != period.id and not other.cancelled and _meet(period, other)]
    for other in beside:
        if other.absent_number == period.absent_number:
            raise StaffRefused(
                "STAND_IN_OVERLAPS",
                stand_in_number=other.stand_in_number,
                valid_from=other.valid_from.isoformat(),
                valid_to=other.valid_to.isoformat(),
            )
    if _circle(period, beside):
        raise StaffRefused("STAND_IN_CIRCLE", stand_in_number=period.stand_in_number)


def _circle(period: StandIn, beside: list[StandIn]) -> bool:
    """Whether who stands in is at that time represented, over however many others, by who is absent."""
    seen: set[str] = set()
    ahead = [period.stand_in_number]
    while ahead:
        number = ahead.pop()
        if number == period.absent_number:
            return True
        if number not in seen:
            seen.add(number)
            ahead += [other.stand_in_number for other in beside if other.absent_number == number]
    return False


def check_days(first: date, last: date | None) -> None:
    """Refuse a last day before the first."""
    if last is not None and last < first:
        raise FieldRefused("valid_to", "VALID_TO_BEFORE_FROM")


def _meet(one: Pair | StandIn, other: Pair | StandIn) -> bool:
    return max(one.valid_from, other.valid_from) <= min(one.valid_to or _LAST, other.valid_to or _LAST)
