"""Send a write-back that was given up once more."""

from collections.abc import Collection

from chassis.database import Unit
from dispatch.actions.settle_write_back import show_on_task
from dispatch.domain.words import Right
from dispatch.domain.write_back import WriteBack
from dispatch.storage import write_backs


def retry_write_back(unit: Unit, write_back_id: str, systems: Collection[str]) -> WriteBack:
    """Puts a given-up write-back within the caller's reach into the queue again; `systems` are those we know an address of."""
    write_back = write_backs.find(unit, write_back_id, Right.CHANGE)
    send_again(unit, write_back, systems)
    return write_back


def send_again(unit: Unit, write_back: WriteBack, systems: Collection[str]) -> None:
    """Puts a locked write-back into the queue again, under its old key and in its old place among those of its task."""
    write_back.send_again(
        unit.now(), addressed=write_back.system in systems, overtaken=write_backs.overtaken(unit, write_back)
    )
    unit.trace(write_backs.FORM, write_back.id, "state", "failed", write_back.state)
    show_on_task(unit, write_back)
