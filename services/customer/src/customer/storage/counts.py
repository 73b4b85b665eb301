"""How many customers lie in units or are kept by a person: for previews of what a change would carry along."""

from collections.abc import Sequence

from sqlalchemy import func, or_, select

from chassis.database import Unit
from customer.storage.reach import CUSTOMER
from customer.storage.tables import customers


def count_rows(unit: Unit, unit_ids: Sequence[str], staff_number: str) -> dict[str, int]:
    """Answers the customers in these communities and bureaus, or kept by the person when no unit is named."""
    c = customers.c
    if unit_ids:
        where = or_(c.community_id.in_(unit_ids), c.bureau_id.in_(unit_ids))
    else:
        where = or_(c.owner_number == staff_number, c.seat_number == staff_number)
    return {CUSTOMER: unit.session.scalar(select(func.count()).select_from(customers).where(where)) or 0}
