"""Refusals of support, each with a reason code and data; the edge translates them once.

SupportRefusal
├── FieldRefused     (its own reason)   one field is wrong; `field` names it
├── StaffRefused     (its own reason)   what a member of staff is does not allow it
├── UnitRefused      (its own reason)   what the organisation is does not allow it
├── PersonChanged    STALE_VERSION      the person was changed since the caller read it
├── TreeChanged      STALE_VERSION      the tree was changed since the preview
├── RecordUnknown    NOT_FOUND          there is no such record
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


class StaffRefused(SupportRefusal):
    """What a member of staff is, or what others are to them, does not allow it."""

    def __init__(self, reason: str, **data: str) -> None:
        self.reason = reason
        super().__init__(**data)


class UnitRefused(StaffRefused):
    """What the organisation is does not allow it."""


class PersonChanged(SupportRefusal):
    """Somebody changed the person since the caller read them; `fields`, `by` and `at` tell what was missed."""

    reason = "STALE_VERSION"
    kind = "stale"


class TreeChanged(SupportRefusal):
    """Somebody changed the tree since its change was previewed."""

    reason = "STALE_VERSION"
    kind = "stale"


class RecordUnknown(SupportRefusal):
    """There is no such record."""

    reason = "NOT_FOUND"
    kind = "not_found"


class YearChanged(SupportRefusal):
    """Somebody changed the year since the caller read it."""

    reason = "STALE_VERSION"
    kind = "stale"


class TooManyRows(SupportRefusal):
    """One import carries too much."""

    reason = "TOO_MANY_ROWS"
    kind = "invalid"
