"""The fixed words of dispatch: kinds, states, and who does something."""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class TaskKind(StrEnum):
    """What a task is about."""

    BIRTHDAY = "birthday"
    STORE_ANNIVERSARY = "store_anniversary"
    HOLIDAY = "holiday"
    INSTALL = "install"
    REMOVE = "remove"
    RELOCATE = "relocate"
    VISIT = "visit"
    CARE = "care"
    RETENTION = "retention"
    ARREARS = "arrears"
    OTHER = "other"


class TaskState(StrEnum):
    """Where a task stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class WriteBackState(StrEnum):
    """How the answer to the older system stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    DISCARDED = "discarded"


class DoerKind(StrEnum):
    """What kind of caller did something."""

    PERSON = "person"
    SYSTEM = "system"
    SERVICE = "service"


class Right(IntEnum):
    """What a rule may grant on a form; the numbers are those of `crm.common.v1.Action`."""

    SEE = 1
    CREATE = 2
    CHANGE = 3
    DELETE = 4
    APPROVE = 7


ENDED = frozenset({TaskState.COMPLETED, TaskState.CANCELLED})

# Roles that look after other people's tasks: they may cancel and hand on what lies within their reach.
STAND_IN_ROLES = frozenset({"bureau_chief", "supervisor", "dispatcher"})

SOURCE_GENERATOR = "generator"
SOURCE_MANUAL = "manual"
OWN_SOURCES = frozenset({SOURCE_GENERATOR, SOURCE_MANUAL})

# Why a task has the owner it has, or none; owner look-ups add their own reason codes (`BY_SUBSCRIBER_NUMBER`, `NOT_FOUND`, …).
PLACED_BY_HAND = "MANUAL"
PLACED_BY_ARCHIVE = "CUSTOMER_OWNER"
PLACED_BY_SYSTEM = "NO_CUSTOMER"
NOT_FOUND = "NOT_FOUND"
LOOKUP_UNAVAILABLE = "OWNER_LOOKUP_UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class Doer:
    """Who does something: a person, an external system, or a service in the background."""

    kind: str
    id: str
    name: str
    roles: frozenset[str] = field(default_factory=frozenset[str])
    ip: str = ""

    @property
    def stands_in(self) -> bool:
        """True for whoever looks after other people's tasks."""
        return bool(self.roles & STAND_IN_ROLES)
