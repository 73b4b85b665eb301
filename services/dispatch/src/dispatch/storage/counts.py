"""How many open tasks lie in units or are somebody's: for previews of what a change would carry along."""

from collections.abc import Sequence

from sqlalchemy import func, or_, select

from chassis.database import Unit
from dispatch.storage.reach import TASK_FORM
from dispatch.storage.tables import tasks


def count_rows(unit: Unit, unit_ids: Sequence[str], staff_number: str) -> dict[str, int]:
    """Answers the open tasks in these communities and bureaus, or of the person when no unit is named."""
    t = tasks.c
    if unit_ids:
        where = or_(t.community_id.in_(unit_ids), t.bureau_id.in_(unit_ids))
    else:
        where = or_(t.owner_number == staff_number, t.seat_number == staff_number)
    question = select(func.count()).select_from(tasks).where(where, t.ended_at.is_(None))
    return {TASK_FORM: unit.session.scalar(question) or 0}
