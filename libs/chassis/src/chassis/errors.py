"""Refusals: a reason code, a kind and data. Translated to gRPC once, by the interceptor.

Any exception with a text `reason`, a known `kind` and a dictionary `data` is a refusal; a service's domain
declares its own root class of that shape, because domain imports nothing.
"""

from typing import Literal, Protocol, TypeGuard, get_args, runtime_checkable

Kind = Literal[
    "invalid",
    "not_found",
    "precondition",
    "stale",
    "exists",
    "denied",
    "unauthenticated",
    "unavailable",
    "exhausted",
]


@runtime_checkable
class RefusalLike(Protocol):
    """The shape of every refusal, wherever it is declared."""

    reason: str
    kind: str
    data: dict[str, str]


class Refusal(Exception):
    """A call that is answered with no, and why."""

    reason: str = "REFUSED"
    kind: Kind = "precondition"

    def __init__(self, **data: str) -> None:
        super().__init__(self.reason)
        self.data = data


class NotFound(Refusal):
    """The row is not there, or not within reach: the caller cannot tell which."""

    reason = "NOT_FOUND"
    kind = "not_found"


class InvalidField(Refusal):
    """A field of the request is wrong; `data` names it under `field` and says what it must be."""

    kind = "invalid"

    def __init__(self, field: str, reason: str = "FIELD_INVALID", **data: str) -> None:
        self.reason = reason
        super().__init__(field=field, **data)


class Stale(Refusal):
    """Somebody changed the row since the caller read it."""

    reason = "STALE_VERSION"
    kind = "stale"


class RequestIdReused(Refusal):
    """The request id was used before with other content."""

    reason = "REQUEST_ID_REUSED"
    kind = "exists"


class Denied(Refusal):
    """No rule lets the caller do this."""

    reason = "PERMISSION_DENIED"
    kind = "denied"


class Unauthenticated(Refusal):
    """The caller did not prove who they are."""

    reason = "TOKEN_INVALID"
    kind = "unauthenticated"


class DatabaseUnavailable(Refusal):
    """The database did not answer; nothing was changed."""

    reason = "DATABASE_UNAVAILABLE"
    kind = "unavailable"


class Overloaded(Refusal):
    """There is more to do than can be done in time; nothing was begun."""

    reason = "OVERLOADED"
    kind = "unavailable"


class TooSlow(Refusal):
    """The answer did not come within the caller's deadline; whether a change was made is not known."""

    reason = "ANSWER_TOO_SLOW"
    kind = "unavailable"


class StorageFull(Refusal):
    """The disk has no room for changes; what is there can be read."""

    reason = "STORAGE_FULL"
    kind = "unavailable"


KINDS: frozenset[str] = frozenset(get_args(Kind))


def is_refusal(error: BaseException) -> TypeGuard[RefusalLike]:
    """Tells a refusal, which the caller may read, from a defect, which only the log may."""
    return isinstance(error, RefusalLike) and error.kind in KINDS
