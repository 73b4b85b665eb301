"""Note what became of a try to write back; the task shows it in the same transaction."""

import secrets
from datetime import timedelta

from chassis.database import Unit
from dispatch.actions.announce import announce
from dispatch.actions.traces import before, trace_changes
from dispatch.domain.words import WriteBackState
from dispatch.domain.write_back import GIVE_UP_AFTER, WriteBack
from dispatch.storage import tasks, write_backs


def settle_write_back(
    unit: Unit, write_back_id: str, lease: str, error: str, give_up_after: timedelta = GIVE_UP_AFTER
) -> str:
    """Takes the outcome of a try, empty for delivered; answers the state, or nothing when the lease was lost."""
    write_back = write_backs.leased(unit, write_back_id, lease)
    if write_back is None:
        return ""
    if error:
        write_back.fail(error, unit.now(), secrets.randbelow(1000) / 1000, give_up_after)
    else:
        write_back.deliver(unit.now())
    if write_back.settled:
        show_on_task(unit, write_back)
    return write_back.state


def show_on_task(unit: Unit, write_back: WriteBack) -> None:
    """Gives the task the state of its write-back, with trace and event."""
    task = tasks.locked(unit, write_back.task_id)
    if task is None or task.write_back == write_back.state:
        return
    was = before(task)
    event = task.written_back(WriteBackState(write_back.state))
    trace_changes(unit, task, was, cause=write_back.id)
    announce(unit, event)
