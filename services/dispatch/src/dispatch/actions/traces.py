"""What a change leaves in the history of a task, and what a stale save is told from it."""

import json
from datetime import date, datetime
from typing import Any

from chassis.database import Unit
from chassis.rights import HIDDEN
from dispatch.domain.errors import StaleVersion
from dispatch.domain.task_record import TaskRecord
from dispatch.storage import tasks
from dispatch.storage.reach import facts_within

TRACED = (
    "title",
    "state",
    "owner_number",
    "seat_number",
    "customer_id",
    "bureau_id",
    "community_id",
    "due_at",
    "place",
    "placement",
    "result_code",
    "result_json",
    "cancel_reason",
    "write_back",
)
# Facts that rules themselves go by: no rule hides them.
KEYS = frozenset({"state", "owner_number", "seat_number", "customer_id", "bureau_id", "community_id", "due_at"})
MOST_CHANGES = 50
Before = dict[str, Any]


def before(task: TaskRecord) -> Before:
    """Answers what a task looks like before a change."""
    return {name: getattr(task, name) for name in TRACED}


def trace_changes(unit: Unit, task: TaskRecord, was: Before, cause: str = "") -> None:
    """Records every field that is another one now."""
    for name, old in was.items():
        new = getattr(task, name)
        if old != new:
            unit.trace(tasks.FORM, task.id, name, _text(old), _text(new), cause)


def trace_created(unit: Unit, task: TaskRecord, cause: str = "") -> None:
    """Records that a task appeared."""
    unit.trace(tasks.FORM, task.id, "*", None, task.title, cause)


def expect_version(unit: Unit, task: TaskRecord, seen: int) -> None:
    """Refuses a change by somebody who has not seen the present version, and says what they missed."""
    if seen == task.version:
        return
    missed = _missed(unit, task, seen)
    newest = missed[0] if missed else {"by": "", "by_name": "", "at": ""}
    raise StaleVersion(
        version=str(task.version),
        fields=",".join(dict.fromkeys(change["field"] for change in missed)),
        by=newest["by"],
        by_name=newest["by_name"],
        at=newest["at"],
        changes=json.dumps(missed, ensure_ascii=False),
    )


def _missed(unit: Unit, task: TaskRecord, seen: int) -> list[dict[str, str]]:
    # Every version is one transaction and every transaction one instant: the newest instants are the newest versions.
    versions = max(task.version - seen, 0)
    instants: list[datetime] = []
    missed: list[dict[str, str]] = []
    place = facts_within(unit, task)
    columns = unit.columns(tasks.FORM, place)
    for row in tasks.history(unit, [task.id], MOST_CHANGES):
        if row.changed_at not in instants:
            instants.append(row.changed_at)
        if len(instants) > versions:
            break
        # The refusal must not tell what the page hides, nor that it changed.
        if row.field not in KEYS and columns.right(row.field) == HIDDEN:
            continue
        shown = row.field in KEYS or unit.access.shows(unit.actor, tasks.FORM, place, row.field)
        missed.append(
            {
                "field": row.field,
                "old": (row.old_value or "") if shown else "",
                "new": (row.new_value or "") if shown else "",
                "by": row.actor_id,
                "by_name": row.actor_name or "",
                "at": row.changed_at.isoformat(),
            }
        )
    return missed


def _text(value: Any) -> str | None:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return None if value is None else str(value)
