"""The customer (客户) and what may be changed on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from customer.domain.birthday import Birthday
from customer.domain.errors import FieldRefused
from customer.domain.events import CustomerFacts, CustomersChanged
from customer.domain.words import HIDDEN


class CustomerKind(StrEnum):
    """What a customer is."""

    HOUSEHOLD = "household"
    BUSINESS = "business"


class CustomerGroup(StrEnum):
    """Customer group (客户群) that a supervisor looks after."""

    PUBLIC = "public"
    BUSINESS = "business"
    KEY_ACCOUNT = "key_account"


LONGEST = {
    "customer_number": 40,
    "name": 100,
    "phone": 30,
    "owner_number": 40,
    "seat_number": 40,
    "address": 300,
    "id_card": 30,
    "note": 1000,
}
"""Characters each text may have."""

REQUIRED = ("customer_number", "kind", "group", "name", "bureau_id", "community_id", "owner_number")
CHANGEABLE = (
    "kind",
    "group",
    "name",
    "phone",
    "community_id",
    "owner_number",
    "seat_number",
    "birthday",
    "store_anniversary",
    "address",
    "joined_on",
    "id_card",
    "note",
)
"""Fields a person may change; the bureau follows from the community."""

PLACING = frozenset({"community_id", "owner_number", "seat_number"})
"""Fields that say whose the customer is: rules go by them, so no rule of columns holds for them."""

SENSITIVE = frozenset({"phone", "address", "id_card"})
"""Fields that are masked unless a rule opens them by name."""

EXTRA = "extra"
"""The column of fields of the branch's own; each is `extra.{name}`."""

FIELDS = ("customer_number", "bureau_id", *CHANGEABLE)
"""Every field that has a history."""


def merged_extra(before: Mapping[str, str] | None, values: Mapping[str, str | None]) -> dict[str, str]:
    """Answers fields of the branch's own once these are set: an empty one goes, what is not named stays."""
    return {name: value for name, value in {**(before or {}), **values}.items() if value}


@dataclass
class Customer:
    """A household or a business, its place, and who is answerable for it."""

    id: str
    customer_number: str
    kind: CustomerKind
    group: CustomerGroup
    name: str
    bureau_id: str
    community_id: str
    owner_number: str
    seat_number: str | None = None
    phone: str | None = None
    birthday: Birthday | None = None
    store_anniversary: date | None = None
    address: str | None = None
    joined_on: date | None = None
    id_card: str | None = None
    note: str | None = None
    version: int | None = None
    # Fields of the branch's own, by name (domain/extra.py); replaced as a whole, never changed in place.
    extra: Mapping[str, str] | None = None

    def check(self) -> None:
        """Refuses a customer that lacks something or says too much."""
        for field in REQUIRED:
            if not getattr(self, field):
                raise FieldRefused(field, "REQUIRED")
        for field, longest in LONGEST.items():
            value: str | None = getattr(self, field)
            if value and len(value) > longest:
                raise FieldRefused(field, "TOO_LONG", maximum=str(longest))
            if value and HIDDEN in value and field in {"phone", "id_card"}:
                # A masked answer sent back must not overwrite what it hides.
                raise FieldRefused(field, "MASKED_VALUE")

    def change(self, values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
        """Sets the named fields and answers what really changed, field by field as (old, new)."""
        changed: dict[str, tuple[Any, Any]] = {}
        for field, new in values.items():
            if field not in FIELDS:
                raise FieldRefused(field, "FIELD_NOT_CHANGEABLE")
            old = getattr(self, field)
            if old != new:
                setattr(self, field, new)
                changed[field] = (old, new)
        self.check()
        return changed

    def change_extra(self, values: Mapping[str, str | None]) -> dict[str, tuple[str | None, str | None]]:
        """Sets fields of the branch's own and answers what really changed, by path."""
        before = dict(self.extra or {})
        after = merged_extra(before, values)
        if after != before:
            self.extra = after or None
        return {
            f"{EXTRA}.{name}": (before.get(name), after.get(name))
            for name in values
            if before.get(name) != after.get(name)
        }

    def changed(self) -> CustomersChanged:
        """Answers the fact that this customer appeared or changed."""
        return CustomersChanged((self.facts(),))

    def facts(self) -> CustomerFacts:
        """Answers what other services need of it."""
        return CustomerFacts(
            customer_id=self.id,
            version=self.version or 1,
            customer_number=self.customer_number,
            name=self.name,
            kind=self.kind,
            group=self.group,
            bureau_id=self.bureau_id,
            community_id=self.community_id,
            owner_number=self.owner_number,
            seat_number=self.seat_number or "",
            birthday=self.birthday,
            store_anniversary=self.store_anniversary,
        )
