"""Lists customers within the caller's reach."""

from chassis.database import Unit
from chassis.paging import Page
from customer.storage.customers import CustomerFilter, CustomerPage, list_page

__all__ = ["CustomerFilter", "CustomerPage", "list_customers"]


def list_customers(unit: Unit, wanted: CustomerFilter, page: Page) -> CustomerPage:
    """Answers a page of customers."""
    return list_page(unit, wanted, page)
