"""Put a write-back that was given up away for good."""

from chassis.database import Unit
from dispatch.actions.settle_write_back import show_on_task
from dispatch.domain.write_back import WriteBack
from dispatch.storage import write_backs


def discard_write_back(unit: Unit, write_back: WriteBack, reason: str) -> None:
    """Ends a locked write-back; its task shows that, and why, and by whom."""
    write_back.discard()
    unit.trace(write_backs.FORM, write_back.id, "state", "failed", write_back.state)
    unit.trace(
        write_backs.FORM,
        write_back.id,
        "write_back_reason",
        None,
        reason,
        cause=write_back.id,
        root_id=write_back.task_id,
    )
    show_on_task(unit, write_back)
