"""Adds a customer."""

import json
from collections.abc import Mapping
from typing import Any

from chassis.creating import refuse_closed_columns
from chassis.database import Unit
from chassis.requests import first_answer, remember
from customer.actions.placing import bureau_of, check_people, check_reach
from customer.domain.customer import CHANGEABLE, EXTRA, FIELDS, Customer
from customer.domain.errors import NumberTaken
from customer.domain.extra import NO_EXTRAS, Extras, checked
from customer.domain.organisation import Organisation
from customer.storage.customers import customer_within_reach, numbers_taken
from customer.storage.reach import CREATE, CUSTOMER, facts

CALL = "CreateCustomer"


def create_customer(
    unit: Unit, request_id: str, values: Mapping[str, Any], branch: Organisation, extras: Extras = NO_EXTRAS
) -> Customer:
    """Adds a customer and announces it; the same request again answers the customer it made."""
    content = json.dumps({name: str(value) for name, value in values.items() if value}, sort_keys=True)
    known = first_answer(unit, CALL, request_id, content)
    if known is not None:
        return customer_within_reach(unit, known, action=CREATE)
    fields: dict[str, Any] = {field: values.get(field) for field in ("customer_number", *CHANGEABLE)}
    customer = Customer(id=unit.new_id(), bureau_id=bureau_of(branch, values.get("community_id")), **fields)
    customer.check()
    added = customer.change_extra(checked(values.get(EXTRA, {}), extras))
    check_people(branch, customer.owner_number, customer.seat_number)
    check_reach(unit, customer, CREATE)
    refuse_closed_columns(unit, CUSTOMER, facts(customer), values)
    if numbers_taken(unit, customer.customer_number):
        raise NumberTaken(field="customer_number")
    unit.session.add(customer)
    unit.session.flush()
    whole = {field: str(value) for field in FIELDS if (value := getattr(customer, field)) is not None}
    whole |= {path: value for path, (_, value) in added.items() if value}
    unit.trace(CUSTOMER, customer.id, "*", None, json.dumps(whole, ensure_ascii=False))
    unit.record(customer.changed())
    remember(unit, CALL, request_id, content, customer.id)
    return customer
