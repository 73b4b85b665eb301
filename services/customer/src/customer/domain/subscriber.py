"""The subscriber (用户): one number or line."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class SubscriberKind(StrEnum):
    """What a subscriber uses."""

    FIXED_LINE = "fixed_line"
    BROADBAND = "broadband"
    MOBILE = "mobile"
    IPTV = "iptv"


@dataclass
class Subscriber:
    """A number or line of a customer."""

    id: str
    number: str
    customer_id: str
    kind: SubscriberKind
    status: str
    g_net: bool
    product: str | None = None
    account_id: str | None = None
    activated_on: date | None = None
    version: int | None = None


FIELDS = ("number", "customer_id", "account_id", "kind", "product", "status", "g_net", "activated_on")
"""Every field that has a history."""
