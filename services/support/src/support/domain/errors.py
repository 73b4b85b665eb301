"""Refusals of support, each with a reason code and data; the edge translates them once.

SupportRefusal
├── FieldRefused     (its own reason)   one field is wrong; `field` names it
├── YearChanged      STALE_VERSION      the year was changed since the caller read it
└── TooManyRows      TOO_MANY_ROWS      more rows than one import may carry
"""


class SupportRefusal(Exception):
    """A thing support will not do, with the reason."""

    reason = "REFUSED"
    kind = "precondition"

    def __init__(self, **data: str) -> None:
        super().__init__(self.reason, data)
        self.data = data


class FieldRefused(SupportRefusal):
    """One field of the request is wrong."""

    kind = "invalid"

    def __init__(self, field: str, reason: str, **data: str) -> None:
        self.reason = reason
        super().__init__(field=field, **data)


class YearChanged(SupportRefusal):
    """Somebody changed the year since the caller read it."""

    reason = "STALE_VERSION"
    kind = "stale"


class TooManyRows(SupportRefusal):
    """One import carries too much."""

    reason = "TOO_MANY_ROWS"
    kind = "invalid"
