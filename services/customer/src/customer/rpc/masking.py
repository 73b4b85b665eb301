"""Who sees a telephone or identity card number in full: the one place that decides, until column rules do."""

import json
from collections.abc import Callable
from typing import Protocol

from chassis.identity import Actor

_PHONES = frozenset({"phone", "contact_phone", "number"})


class Kept(Protocol):
    """A customer as far as it says who keeps it."""

    owner_number: str
    seat_number: str | None


def phone_for(actor: Actor, customer: Kept) -> Callable[[str | None], str]:
    """Answers how this caller sees telephone numbers of this customer: whoever keeps it must call it."""
    return in_full if actor.id in (customer.owner_number, customer.seat_number) else masked_phone


def in_full(value: str | None) -> str:
    """Answers the value as it is."""
    return value or ""


def masked_phone(value: str | None) -> str:
    """Answers `138****0000`: enough to recognise a number, not to call it."""
    if not value:
        return ""
    if len(value) < 8:
        return "*" * len(value)
    return f"{value[:3]}****{value[-4:]}"


def masked_card(value: str | None) -> str:
    """Answers the identity card number with only its ends."""
    if not value:
        return ""
    if len(value) < 8:
        return "*" * len(value)
    return value[:3] + "*" * (len(value) - 5) + value[-2:]


def masked_change(field: str, value: str | None, phone: Callable[[str | None], str]) -> str:
    """Answers a value of the history as this caller may see it; `*` holds the whole record."""
    if not value:
        return ""
    if field == "*":
        return _masked_record(value, phone)
    if field == "id_card":
        return masked_card(value)
    return phone(value) if field in _PHONES else value


def _masked_record(value: str, phone: Callable[[str | None], str]) -> str:
    try:
        record: dict[str, object] = json.loads(value)
    except ValueError:
        return ""
    shown = {name: masked_change(name, str(held), phone) for name, held in record.items() if name != "*"}
    return json.dumps(shown, ensure_ascii=False)
