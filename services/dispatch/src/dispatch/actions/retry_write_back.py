"""Send a write-back that was given up once more."""

from chassis.database import Unit
from dispatch.actions.settle_write_back import show_on_task
from dispatch.domain.words import Right
from dispatch.domain.write_back import WriteBack
from dispatch.storage import write_backs


def retry_write_back(unit: Unit, write_back_id: str) -> WriteBack:
    """Puts a given-up write-back into the queue again."""
    write_back = write_backs.find(unit, write_back_id, Right.CHANGE)
    write_back.send_again(unit.now())
    unit.trace(write_backs.FORM, write_back.id, "state", "failed", write_back.state)
    show_on_task(unit, write_back)
    return write_back
