"""Who may say and hear what at the broker: one user a service, and nothing that its code does not do.

A service says only what is under its own name. It may look at streams of others, and at what it keeps there as a
consumer; to make, change, empty or delete them is refused. A new subscription of a service is one more line in `USERS`;
without it the broker refuses the consumer, and tests/trust says so before.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from chassis.subjects import CANARY, consumer_name, stream_of

SETTINGS = "settings"


@dataclass(frozen=True)
class User:
    """A user of the broker. Its name is the name of the service."""

    name: str
    follows: tuple[str, ...] = ()
    """Events it follows with a durable consumer, so that none is lost."""
    overhears: tuple[str, ...] = ()
    """Subjects it hears while it is connected; what was said meanwhile it never hears."""
    writes: tuple[str, ...] = ()
    """Keys of buckets it may write: `<bucket>.<key>`."""
    buckets: tuple[str, ...] = (SETTINGS,)
    """Buckets it may read and, when they are missing, make."""
    service: bool = True
    """True for one that publishes events and beats under its own name."""
    more: tuple[str, ...] = ()
    """Further subjects of the broker's own interface."""


def _viewed(*names: str) -> tuple[str, ...]:
    return tuple(f"crm.{name}.record.viewed.v1" for name in names)


USERS = (
    User(
        "gateway",
        overhears=("crm.dispatch.task.*.v1",),
        writes=("sessions.>",),
        buckets=(SETTINGS, "sessions"),
        # Asked once, when the bucket of sessions is made: whether the broker can forget single keys by age.
        more=("$JS.API.INFO",),
    ),
    User(
        "dispatch",
        follows=(
            "crm.customer.customer.changed.v1",
            "crm.customer.appointment.changed.v1",
            "crm.dispatch.task.completed.v1",
            "crm.dispatch.task.cancelled.v1",
            "crm.support.approval.decided.v1",
            "crm.support.units.moved.v1",
            "crm.support.work.handed-over.v1",
        ),
    ),
    User(
        "customer",
        follows=(
            "crm.support.units.moved.v1",
            "crm.support.work.handed-over.v1",
            "crm.support.approval.decided.v1",
        ),
    ),
    User(
        "support",
        follows=(
            "crm.gateway.session.started.v1",
            "crm.gateway.session.ended.v1",
            "crm.support.system.opened.v1",
            *_viewed("customer", "dispatch", "support"),
        ),
        # The settings of the branch and the public heads of the audit chain are nobody else's to write.
        writes=("settings.>", "audit.>"),
        buckets=(SETTINGS, "audit"),
    ),
    User("telemetry", buckets=(SETTINGS, "operations")),
    User(
        "operations",
        service=False,
        writes=("operations.>",),
        buckets=("operations",),
        # Looks at everything and takes copies of streams; changes nothing but what it tells of the backups.
        more=(
            "$JS.API.INFO",
            "$JS.API.STREAM.NAMES",
            "$JS.API.STREAM.LIST",
            "$JS.API.STREAM.INFO.*",
            "$JS.API.STREAM.SNAPSHOT.*",
            "$JS.SNAPSHOT.ACK.>",
            "$JS.API.CONSUMER.NAMES.*",
            "$JS.API.CONSUMER.LIST.*",
            "$JS.API.CONSUMER.INFO.*.*",
        ),
    ),
    User(
        "restore",
        service=False,
        buckets=(),
        # Used by nobody but a restore: puts streams back as a backup has them, after it has kept what is there.
        more=(
            "$JS.API.STREAM.NAMES",
            "$JS.API.STREAM.SNAPSHOT.*",
            "$JS.SNAPSHOT.ACK.>",
            "$JS.API.STREAM.DELETE.*",
            "$JS.API.STREAM.RESTORE.*",
            "$JS.SNAPSHOT.RESTORE.>",
        ),
    ),
)
"""Everybody who may connect, but for the account of the broker itself."""


def named(name: str) -> User:
    """Answers the user of a name."""
    return next(user for user in USERS if user.name == name)


def says(user: User) -> list[str]:
    """Answers every subject that a user may publish to."""
    return sorted({*_own(user), *_written(user), *_read(user), *_followed(user), *user.more})


def hears(user: User) -> list[str]:
    """Answers every subject that a user may subscribe to."""
    # The answers to its own questions and what it overhears; nobody reads the answers of others.
    return sorted({f"_INBOX.{user.name}.>", *user.overhears})


def _own(user: User) -> Iterator[str]:
    if not user.service:
        return
    stream, subjects = stream_of(f"crm.{user.name}.x")
    yield subjects
    yield f"canary.{user.name}"
    for name in (stream, CANARY):
        yield f"$JS.API.STREAM.INFO.{name}"
        yield f"$JS.API.STREAM.CREATE.{name}"
    # What forms and parameters the service has.
    yield f"$KV.{SETTINGS}.declarations.{user.name}"


def _written(user: User) -> Iterator[str]:
    for keys in user.writes:
        yield f"$KV.{keys}"


def _read(user: User) -> Iterator[str]:
    for bucket in user.buckets:
        stream = f"KV_{bucket}"
        yield f"$JS.API.STREAM.INFO.{stream}"
        # Whoever comes first makes a bucket; made differently the broker refuses it, and nobody may change or delete it.
        yield f"$JS.API.STREAM.CREATE.{stream}"
        yield f"$JS.API.STREAM.MSG.GET.{stream}"
        yield f"$JS.API.DIRECT.GET.{stream}.>"
        yield f"$JS.API.CONSUMER.CREATE.{stream}"
        yield f"$JS.API.CONSUMER.CREATE.{stream}.>"
        yield f"$JS.API.CONSUMER.INFO.{stream}.*"
        yield f"$JS.FC.{stream}.>"


def _followed(user: User) -> Iterator[str]:
    for subject in user.follows:
        stream, consumer = stream_of(subject)[0], consumer_name(user.name, subject)
        yield f"$JS.API.STREAM.INFO.{stream}"
        # The filter is part of the subject: a consumer for anything else cannot be made under this name.
        yield f"$JS.API.CONSUMER.CREATE.{stream}.{consumer}.{subject}"
        yield f"$JS.API.CONSUMER.INFO.{stream}.{consumer}"
        yield f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
        yield f"$JS.ACK.{stream}.{consumer}.>"
