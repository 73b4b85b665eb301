"""How far the columns of each record are open to one caller: the masks go over messages just before they leave."""

import json
from typing import Any

from crm.common.v1 import access_pb2, change_pb2
from crm.customer.v1 import customer_pb2 as pb

from chassis import masking
from chassis.access import AccessBook
from chassis.declarations import Forms
from chassis.identity import Actor
from chassis.rights import HIDDEN, Columns
from customer.domain.extra import ExtraField, Extras, removed
from customer.rpc.history import WHOLE, shown_change
from customer.storage.reach import APPOINTMENT, CUSTOMER, Kept, facts

FORMS = Forms((pb.DESCRIPTOR,))


def without_removed(message: pb.Customer, extras: Extras) -> pb.Customer:
    """Takes out of a record what fields held that the branch has removed."""
    for name in [name for name in message.extra if name not in extras]:
        del message.extra[name]
    return message


class Shown:
    """Masks what one caller must not see in full, and leaves out what a field held that the branch has removed."""

    def __init__(self, access: AccessBook, actor: Actor, extras: Extras) -> None:
        self._access = access
        self._actor = actor
        self._extras = extras

    def columns(self, row: Kept, form: str = CUSTOMER) -> Columns:
        """Answers how far the columns of a customer, or of another form's record at that customer, are open."""
        return self._access.columns(self._actor, form, facts(row))

    def customer(self, message: pb.Customer, row: Kept) -> pb.Customer:
        """Masks a customer and says what was left out."""
        return self._with_states(without_removed(message, self._extras), self.columns(row), CUSTOMER)

    def appointment(self, message: pb.Appointment, row: Kept) -> pb.Appointment:
        """Masks a booking at a customer and says what was left out."""
        return self._with_states(message, self.columns(row, APPOINTMENT), APPOINTMENT)

    def appointments_at(self, row: Kept) -> bool:
        """Tells whether the bookings of a customer may be seen: they are a form of their own."""
        return self._access.rights(self._actor).sees(APPOINTMENT, access_pb2.ACTION_SEE, facts(row))

    def all_told(self, row: Kept) -> bool:
        """Tells whether no line of a customer's history is left out: only then their number tells nothing."""
        hidden = [
            masking.states(self.columns(row, form), FORMS.by_name[form]).hidden for form in (CUSTOMER, APPOINTMENT)
        ]
        return not any(hidden)

    def below(self, messages: list[Any], row: Kept) -> list[Any]:
        """Masks records that hang on a customer; the customer itself says what was left out of them."""
        columns = self.columns(row)
        for message in messages:
            masking.apply(message, columns)
        return messages

    def extra_fields(self, row: Kept) -> list[pb.ExtraField]:
        """Answers the fields of the branch's own that are not hidden on a customer, by name."""
        columns = self.columns(row)
        rights: list[tuple[ExtraField, Any]] = [
            (field, columns.right(field.path)) for _, field in sorted(self._extras.items())
        ]
        return [
            pb.ExtraField(
                name=field.name,
                title_zh=field.title_zh,
                title_en=field.title_en,
                kind=field.kind,
                choices=field.choices,
                right=right,
            )
            for field, right in rights
            if right != HIDDEN
        ]

    def change(self, change: change_pb2.Change, row: Kept) -> change_pb2.Change | None:
        """Masks a line of the history; None where its column is hidden."""
        form = APPOINTMENT if change.form == APPOINTMENT else CUSTOMER
        if form == APPOINTMENT and not self.appointments_at(row):
            return None
        if removed(change.field, self._extras):
            return None
        told = shown_change(change, self.columns(row, form), FORMS.by_name[form])
        if told is not None and told.field == WHOLE:
            told.old_value, told.new_value = (self._whole(each) for each in (told.old_value, told.new_value))
        return told

    def _whole(self, value: str) -> str:
        record: dict[str, object] = json.loads(value or "{}")
        left = {name: held for name, held in record.items() if not removed(name, self._extras)}
        return value if len(left) == len(record) else json.dumps(left, ensure_ascii=False)

    def _with_states(self, message: Any, columns: Columns, form: str) -> Any:
        masking.apply(message, columns)
        states: access_pb2.ColumnStates = masking.states(columns, FORMS.by_name[form])
        message.columns.CopyFrom(states)
        return message
