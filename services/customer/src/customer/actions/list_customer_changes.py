"""Lists what was changed on a customer and everything below it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from chassis.database import Unit
from chassis.paging import Page
from customer.domain.customer import Customer
from customer.storage.customers import customer_within_reach
from customer.storage.history import changes_page


@dataclass(frozen=True)
class CustomerChanges:
    """A page of the history of one customer."""

    customer: Customer
    changes: Sequence[Row[*tuple[Any, ...]]]
    total: int | None


def list_customer_changes(unit: Unit, customer_id: str, page: Page) -> CustomerChanges:
    """Answers the history of a customer within the caller's reach, newest first, one more than asked for when there are more."""
    customer = customer_within_reach(unit, customer_id)
    changes, total = changes_page(unit, customer.id, page)
    return CustomerChanges(customer, changes, total)
