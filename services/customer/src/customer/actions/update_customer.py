"""Changes named fields of a customer."""

from collections.abc import Mapping
from typing import Any

from chassis.database import Unit
from customer.actions.placing import bureau_of, check_columns, check_people, check_reach
from customer.domain.customer import CHANGEABLE, Customer
from customer.domain.errors import CustomerStale, FieldRefused
from customer.domain.organisation import Organisation
from customer.storage.customers import customer_within_reach
from customer.storage.history import changed_since
from customer.storage.reach import CHANGE, CUSTOMER


def update_customer(
    unit: Unit, customer_id: str, version: int, values: Mapping[str, Any], branch: Organisation
) -> Customer:
    """Changes a customer within reach and announces it; a stale version is refused with what changed meanwhile."""
    customer = customer_within_reach(unit, customer_id, action=CHANGE)
    current = customer.version or 1
    if version != current:
        missed = changed_since(unit, customer.id, max(current - version, 1))
        raise CustomerStale(form=CUSTOMER, id=customer.id, version=str(current), **missed)
    for field in values:
        if field not in CHANGEABLE:
            raise FieldRefused(field, "FIELD_NOT_CHANGEABLE")
    check_columns(unit, customer, values)
    changed = customer.change(_with_bureau(values, branch))
    if not changed:
        return customer
    check_people(branch, values.get("owner_number"), values.get("seat_number"))
    check_reach(unit, customer, CHANGE)
    for field, (old, new) in changed.items():
        unit.trace(CUSTOMER, customer.id, field, _shown(old), _shown(new))
    unit.session.flush()
    unit.record(customer.changed())
    return customer


def _with_bureau(values: Mapping[str, Any], branch: Organisation) -> Mapping[str, Any]:
    if "community_id" not in values:
        return values
    return {**values, "bureau_id": bureau_of(branch, values["community_id"])}


def _shown(value: object) -> str | None:
    return None if value is None else str(value)
