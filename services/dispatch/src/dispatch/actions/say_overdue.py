"""Say once of every task that passed its due time undone."""

from chassis.database import Unit
from dispatch.actions.announce import announce
from dispatch.domain.events import TaskBecameOverdue
from dispatch.storage import overdue


def say_overdue(unit: Unit, limit: int) -> int:
    """Records the event of at most `limit` tasks, soonest due first; answers how many."""
    said = [task for task_id in overdue.unsaid(unit, limit) if (task := overdue.claim(unit, task_id)) is not None]
    announce(unit, *(TaskBecameOverdue(task) for task in said))
    return len(said)
