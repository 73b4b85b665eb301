"""The account (账户): who pays, and how."""

from dataclasses import dataclass


@dataclass
class Account:
    """An account of a customer."""

    id: str
    account_number: str
    customer_id: str
    name: str
    payment_method: str
    status: str
    version: int | None = None
    bank_account: str | None = None


FIELDS = ("account_number", "customer_id", "name", "payment_method", "status", "bank_account")
"""Every field that has a history."""
