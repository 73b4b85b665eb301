"""Refusals around parameters and fields of the branch's own.

SupportRefusal
├── ParameterUnknown    NOT_FOUND               no service declares such a parameter, or no such value was set
├── ParameterChanged    STALE_VERSION           the parameter was changed since the caller read it
├── ParameterUnchanged  PARAMETER_UNCHANGED     that is what holds there from that day already
├── ParameterAwaited    PARAMETER_AWAITED       a change of it waits for a second administrator already
├── ValueSuperseded     PARAMETER_SUPERSEDED    a later change stands in the place of the one to take back
├── UnitOutOfReach      UNIT_OUT_OF_REACH       the caller's rules do not reach the unit
├── ConfirmedByPerson   PERSON_MUST_CONFIRM     a year is confirmed by a person, not by a program
├── ExtraFieldUnknown   NOT_FOUND               there is no such field
└── ColumnInUse         COLUMN_IN_USE           parameters or rules name the field; `uses` says which
"""

from support.domain.errors import SupportRefusal


class ParameterUnknown(SupportRefusal):
    """No service declares such a parameter, or no such value was ever set."""

    reason = "NOT_FOUND"
    kind = "not_found"


class ParameterChanged(SupportRefusal):
    """Somebody changed the parameter since the caller read it."""

    reason = "STALE_VERSION"
    kind = "stale"


class ParameterUnchanged(SupportRefusal):
    """That is what holds there from that day already."""

    reason = "PARAMETER_UNCHANGED"


class ParameterAwaited(SupportRefusal):
    """A change of it waits for a second administrator already."""

    reason = "PARAMETER_AWAITED"


class ValueSuperseded(SupportRefusal):
    """A later change stands in the place of the one that is to be taken back."""

    reason = "PARAMETER_SUPERSEDED"


class UnitOutOfReach(SupportRefusal):
    """The caller may do this, but not at this unit."""

    reason = "UNIT_OUT_OF_REACH"
    kind = "denied"


class ConfirmedByPerson(SupportRefusal):
    """What a program knows of a year is the notice; that it is right a person says."""

    reason = "PERSON_MUST_CONFIRM"
    kind = "denied"


class ExtraFieldUnknown(SupportRefusal):
    """There is no such field."""

    reason = "NOT_FOUND"
    kind = "not_found"


class ColumnInUse(SupportRefusal):
    """Parameters or rules name the field: taken away it would leave them pointing at nothing."""

    reason = "COLUMN_IN_USE"
