"""Questions asked of the history of customers."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select

from chassis.database import Unit
from chassis.history import of_root
from chassis.paging import Page
from chassis.rights import HIDDEN, Columns

_LOOK_BACK = 200
# Lines that are about no column: the record itself, and the facts that rules go by.
_ALWAYS_TOLD = frozenset({"*", "community_id", "bureau_id", "owner_number", "seat_number"})


def changes_page(unit: Unit, customer_id: str, page: Page) -> tuple[Sequence[Row[*tuple[Any, ...]]], int | None]:
    """Answers the changes shown with a customer, newest first, one more than asked for when there are more."""
    changes = unit.plumbing.changes
    total = None
    if page.with_total:
        total = unit.session.scalar(select(func.count()).select_from(changes).where(changes.c.root_id == customer_id))
    return unit.session.execute(of_root(changes, customer_id, page)).all(), total


def changed_since(unit: Unit, record_id: str, versions: int, columns: Columns) -> dict[str, str]:
    """Answers what the last so many versions changed: `fields`, `by`, `at`, without columns that are hidden from the
    caller. All changes of a version share one instant.
    """
    changes = unit.plumbing.changes
    rows = unit.session.execute(
        select(changes.c.field, changes.c.changed_at, changes.c.actor_name, changes.c.actor_id)
        .where(changes.c.record_id == record_id)
        .order_by(changes.c.changed_at.desc(), changes.c.id.desc())
        .limit(_LOOK_BACK)
    ).all()
    instants = list(dict.fromkeys(row.changed_at for row in rows))[:versions]
    missed = [row for row in rows if row.changed_at in instants and _told(row.field, columns)]
    if not missed:
        return {}
    return {
        "fields": ",".join(dict.fromkeys(row.field for row in missed)),
        "by": ", ".join(dict.fromkeys(row.actor_name or row.actor_id for row in missed)),
        "at": missed[0].changed_at.isoformat(),
    }


def _told(field: str, columns: Columns) -> bool:
    return field in _ALWAYS_TOLD or columns.right(field) != HIDDEN
