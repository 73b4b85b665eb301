"""Lines of the history as far as the column they are about is open: nothing is learnt there that the page itself hides."""

import json

from crm.common.v1 import change_pb2

from chassis import masking
from chassis.declarations import Form
from chassis.rights import HIDDEN, Columns

# Forms of the history whose records hang on a customer, and where their columns stand in the customer's form.
_PREFIXES = {
    "customer.account": "accounts.",
    "customer.subscriber": "subscribers.",
    "customer.contact": "contacts.",
    "customer.address": "addresses.",
}
WHOLE = "*"
"""The field of a line about a record that appeared or went, whole."""


def shown_change(change: change_pb2.Change, columns: Columns, form: Form) -> change_pb2.Change | None:
    """Masks a line in place and answers it; None where its column is hidden."""
    prefix = _PREFIXES.get(change.form, "")
    if change.field == WHOLE:
        change.old_value = _whole(change.old_value, prefix, columns, form)
        change.new_value = _whole(change.new_value, prefix, columns, form)
        return change
    path = prefix + change.field
    if path in form.keys:
        return change
    if columns.right(path, sensitive=bool(_sensitivity(form, path))) == HIDDEN:
        return None
    change.old_value = masking.shown(columns, path, _sensitivity(form, path), change.old_value)
    change.new_value = masking.shown(columns, path, _sensitivity(form, path), change.new_value)
    return change


def _whole(value: str, prefix: str, columns: Columns, form: Form) -> str:
    """Answers a record that appeared or went, column by column."""
    if not value:
        return ""
    try:
        record: dict[str, object] = json.loads(value)
    except ValueError:
        return ""
    found: dict[str, str] = {}
    for name, held in record.items():
        path = prefix + name
        text = str(held) if path in form.keys else masking.shown(columns, path, _sensitivity(form, path), str(held))
        if text and name != WHOLE:
            found[name] = text
    return json.dumps(found, ensure_ascii=False)


def _sensitivity(form: Form, path: str) -> int:
    column = form.columns.get(path)
    return column.sensitivity if column else 0
