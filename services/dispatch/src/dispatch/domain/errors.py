"""Refusals of dispatch, each with a reason code and data; the edge translates them once.

DispatchRefusal
├── WrongState        TASK_STATE_WRONG         the task has ended, or has been accepted already
├── NotAllowed        TASK_NOT_YOURS           somebody else's task
├── StaleVersion      STALE_VERSION            changed by somebody else since it was seen
├── FieldInvalid      (its own reason)         one field is wrong; `field` names it
├── ExternalIdReused  EXTERNAL_ID_REUSED       the same order number came with other content
├── FilterUnknown     FILTER_UNKNOWN           a list was asked for by an attribute nobody knows
├── OrderHasOpenTasks WORK_ORDER_HAS_OPEN_TASKS an order with open tasks cannot be removed
├── OrderEnded        WORK_ORDER_ENDED         an order that has ended cannot be cancelled
├── PersonUnknown     PERSON_UNKNOWN           nobody in the branch has that staff number
└── WriteBackNotFailed WRITE_BACK_NOT_FAILED   only a write-back that was given up can be sent again
"""


class DispatchRefusal(Exception):
    """A thing dispatch will not do, with the reason."""

    reason = "REFUSED"
    kind = "precondition"

    def __init__(self, **data: str) -> None:
        super().__init__(self.reason, data)
        self.data = data


class WrongState(DispatchRefusal):
    """The state of the task does not allow it."""

    reason = "TASK_STATE_WRONG"


class NotAllowed(DispatchRefusal):
    """The task is somebody else's to do."""

    reason = "TASK_NOT_YOURS"
    kind = "denied"


class StaleVersion(DispatchRefusal):
    """Somebody else changed it since the caller saw it."""

    reason = "STALE_VERSION"
    kind = "stale"


class FieldInvalid(DispatchRefusal):
    """One field is wrong."""

    kind = "invalid"

    def __init__(self, reason: str, field: str, **data: str) -> None:
        self.reason = reason
        super().__init__(field=field, **data)


class ExternalIdReused(DispatchRefusal):
    """The same order number came with other content."""

    reason = "EXTERNAL_ID_REUSED"
    kind = "exists"


class FilterUnknown(DispatchRefusal):
    """Nobody knows the attribute a list was asked for by."""

    reason = "FILTER_UNKNOWN"
    kind = "invalid"


class OrderHasOpenTasks(DispatchRefusal):
    """Work is still going on for the order."""

    reason = "WORK_ORDER_HAS_OPEN_TASKS"


class OrderEnded(DispatchRefusal):
    """Nothing of the order is left to cancel."""

    reason = "WORK_ORDER_ENDED"


class PersonUnknown(DispatchRefusal):
    """Nobody active in the branch has that staff number."""

    reason = "PERSON_UNKNOWN"
    kind = "invalid"


class WriteBackOvertaken(DispatchRefusal):
    """A later outcome of the same task has been delivered: this one would put the older system back."""

    reason = "WRITE_BACK_OVERTAKEN"


class WriteBackNotAddressed(DispatchRefusal):
    """Nobody has said where the outcomes of that system go."""

    reason = "NOT_CONFIGURED"


class WriteBackNotFailed(DispatchRefusal):
    """The write-back is on its way or delivered."""

    reason = "WRITE_BACK_NOT_FAILED"
