"""How far the columns of each task are open to one caller: the masks go over messages just before they leave."""

from crm.common.v1 import change_pb2
from crm.dispatch.v1 import dispatch_pb2 as pb
from google.protobuf.descriptor import Descriptor

from chassis import masking
from chassis.access import AccessBook
from chassis.declarations import Forms
from chassis.identity import Actor
from chassis.rights import HIDDEN, READ, Columns, RowFacts
from dispatch.storage.reach import TASK_FORM, Keepers

FORMS = Forms((pb.DESCRIPTOR,))
_FORM = FORMS.by_name[TASK_FORM]
_TASK: Descriptor = pb.DESCRIPTOR.message_types_by_name["Task"]


class Shown:
    """Masks what one caller must not see in full. Equal rows are decided once."""

    def __init__(self, access: AccessBook, actor: Actor, keepers: Keepers, *, all_seen: bool = False) -> None:
        """With `all_seen` every task was found by the caller's own right to see it, so that one rule decides them all."""
        self._rights = access.rights(actor)
        self._actor = actor
        self._keepers = keepers
        alike = self._rights.alike(TASK_FORM) if all_seen else None
        self._alike = None if alike is None else (alike, masking.untouched(alike, _TASK, _FORM))
        self._own = access.own_numbers(actor)
        self._decided: dict[tuple[str, str, str, str, tuple[str, ...]], tuple[Columns, bool]] = {}

    def task(self, task: pb.Task) -> pb.Task:
        """Masks a task in place and says what was left out, and whom the caller stands in for."""
        columns, untouched = self._columns(task)
        if not untouched:
            masking.apply(task, columns)
            task.columns.CopyFrom(masking.states(columns, _FORM))
        if len(self._own) > 1 and self._actor.id not in (task.owner_number, task.seat_number):
            task.standing_in_for = next((n for n in self._own if n in (task.owner_number, task.seat_number)), "")
        return task

    def write_backs(self, write_backs: list[pb.WriteBack], task: pb.Task) -> list[pb.WriteBack]:
        """Answers what was written back as far as the task's own columns tell of it."""
        columns, _ = self._columns(task)
        if columns.right("write_back") < READ:
            return []
        for each in write_backs:
            each.external_id = masking.shown(columns, "external_id", 0, each.external_id)
        return write_backs

    def change(self, change: change_pb2.Change, task: pb.Task) -> change_pb2.Change | None:
        """Masks a line of a task's history; None where its column is hidden."""
        if change.form != TASK_FORM or change.field in _FORM.keys:
            return change
        columns, _ = self._columns(task)
        # A task that appeared is told by its title.
        path = "title" if change.field == "*" else change.field
        declared = _FORM.columns.get(path)
        sensitivity = declared.sensitivity if declared else 0
        if columns.right(path, sensitive=bool(sensitivity)) == HIDDEN:
            return None
        change.old_value = masking.shown(columns, path, sensitivity, change.old_value)
        change.new_value = masking.shown(columns, path, sensitivity, change.new_value)
        return change

    def _columns(self, task: pb.Task) -> tuple[Columns, bool]:
        if self._alike is not None:
            return self._alike
        keepers = self._keepers.get(task.customer_id, ())
        key = (task.owner_number, task.seat_number, task.community_id, task.bureau_id, keepers)
        found = self._decided.get(key)
        if found is None:
            owners = tuple(number for number in (task.owner_number, task.seat_number) if number)
            row = RowFacts(owners, keepers, task.community_id, task.bureau_id)
            columns = self._rights.columns(TASK_FORM, row)
            found = self._decided[key] = (columns, masking.untouched(columns, _TASK, _FORM))
        return found
