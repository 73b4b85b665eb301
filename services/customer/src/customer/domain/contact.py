"""Whom to speak to at a customer's, and the customer's places."""

from dataclasses import dataclass


@dataclass
class Contact:
    """A person to speak to."""

    id: str
    customer_id: str
    name: str
    role: str | None = None
    phone: str | None = None
    version: int | None = None


@dataclass
class Address:
    """A place of a customer."""

    id: str
    customer_id: str
    kind: str
    text: str
    community_id: str | None = None
    version: int | None = None


CONTACT_FIELDS = ("customer_id", "name", "role", "phone")
ADDRESS_FIELDS = ("customer_id", "kind", "text", "community_id")
