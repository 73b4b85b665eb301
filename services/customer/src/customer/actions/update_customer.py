"""Changes named fields of a customer."""

from collections.abc import Mapping
from typing import Any

from chassis.database import Unit
from chassis.requests import first_answer, remember
from customer.actions.placing import bureau_of, check_columns, check_people, check_reach
from customer.domain.customer import CHANGEABLE, EXTRA, Customer
from customer.domain.errors import CustomerStale, FieldRefused
from customer.domain.extra import NO_EXTRAS, Extras, checked
from customer.domain.organisation import Organisation
from customer.storage.customers import customer_within_reach
from customer.storage.history import changed_since
from customer.storage.reach import CHANGE, CUSTOMER, facts

CALL = "UpdateCustomer"


def update_customer(
    unit: Unit,
    customer_id: str,
    version: int,
    values: Mapping[str, Any],
    branch: Organisation,
    extras: Extras = NO_EXTRAS,
    request_id: str = "",
) -> Customer:
    """Changes a customer within reach and announces it; a stale version is refused with what changed meanwhile.

    The same request again, as after a lost answer, changes nothing and answers the customer as it is.
    """
    customer = customer_within_reach(unit, customer_id, action=CHANGE)
    content = repr((customer.id, version, sorted(values.items())))
    if request_id and first_answer(unit, CALL, request_id, content) is not None:
        return customer
    _change(unit, customer, version, values, branch, extras)
    if request_id:
        remember(unit, CALL, request_id, content, customer.id)
    return customer


def _change(
    unit: Unit, customer: Customer, version: int, values: Mapping[str, Any], branch: Organisation, extras: Extras
) -> None:
    current = customer.version or 1
    if version != current:
        missed = changed_since(unit, customer.id, max(current - version, 1), unit.columns(CUSTOMER, facts(customer)))
        raise CustomerStale(form=CUSTOMER, id=customer.id, version=str(current), **missed)
    own = {name: value for name, value in values.items() if name != EXTRA}
    for field in own:
        if field not in CHANGEABLE:
            raise FieldRefused(field, "FIELD_NOT_CHANGEABLE")
    added = checked(values.get(EXTRA, {}), extras)
    check_columns(unit, customer, [*own, *(f"{EXTRA}.{name}" for name in added)])
    changed = customer.change(_with_bureau(own, branch)) | customer.change_extra(added)
    if not changed:
        return
    check_people(branch, values.get("owner_number"), values.get("seat_number"))
    check_reach(unit, customer, CHANGE)
    for field, (old, new) in changed.items():
        unit.trace(CUSTOMER, customer.id, field, _shown(old), _shown(new))
    unit.session.flush()
    unit.record(customer.changed())


def _with_bureau(values: Mapping[str, Any], branch: Organisation) -> Mapping[str, Any]:
    if "community_id" not in values:
        return values
    return {**values, "bureau_id": bureau_of(branch, values["community_id"])}


def _shown(value: object) -> str | None:
    return None if value is None else str(value)
