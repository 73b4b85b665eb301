"""The tables every service has besides its own: outbox, inbox, dead letters, history, answered requests."""

from dataclasses import dataclass

from sqlalchemy import Column, Index, MetaData, PrimaryKeyConstraint, Table

from chassis.columns import Bytes, Flag, Id, LongText, Moment, Small, Words


@dataclass(frozen=True)
class Plumbing:
    """The tables, one set a service."""

    outbox: Table
    relay: Table
    inbox: Table
    dead_letters: Table
    changes: Table
    requests: Table


def declare(metadata: MetaData) -> Plumbing:
    """Declares the tables in a service's metadata."""
    return Plumbing(
        outbox=_outbox(metadata),
        relay=_relay(metadata),
        inbox=_inbox(metadata),
        dead_letters=_dead_letters(metadata),
        changes=_changes(metadata),
        requests=_requests(metadata),
    )


def _outbox(metadata: MetaData) -> Table:
    return Table(
        "outbox",
        metadata,
        Column("id", Id, primary_key=True),
        # A flag and not "sent_at IS NULL": Oracle keeps no NULL in an index.
        Column("waiting", Flag, nullable=False),
        Column("subject", Words(200), nullable=False),
        Column("type", Words(200), nullable=False),
        Column("entity_id", Words(64), nullable=True),
        Column("payload", Bytes, nullable=False),
        Column("traceparent", Words(64), nullable=True),
        Column("recorded_at", Moment, nullable=False),
        Column("sent_at", Moment, nullable=True),
        Index("ix_outbox_waiting", "waiting", "id"),
        Index("ix_outbox_recorded_at", "recorded_at"),
    )


def _relay(metadata: MetaData) -> Table:
    return Table(
        "relay",
        metadata,
        Column("id", Small, primary_key=True, autoincrement=False),
        # When the stream we last sent to was made; another stamp means the broker lost its store.
        Column("stream_created", Words(64), nullable=True),
        Column("holder", Words(64), nullable=True),
        Column("held_until", Moment, nullable=True),
    )


def _inbox(metadata: MetaData) -> Table:
    return Table(
        "inbox",
        metadata,
        Column("consumer", Words(120), nullable=False),
        Column("event_id", Words(64), nullable=False),
        Column("received_at", Moment, nullable=False),
        PrimaryKeyConstraint("consumer", "event_id"),
        Index("ix_inbox_received_at", "received_at"),
    )


def _dead_letters(metadata: MetaData) -> Table:
    return Table(
        "dead_letters",
        metadata,
        Column("id", Id, primary_key=True),
        Column("consumer", Words(120), nullable=False),
        Column("event_id", Words(64), nullable=False),
        Column("subject", Words(200), nullable=False),
        Column("payload", Bytes, nullable=False),
        Column("headers", LongText, nullable=True),
        Column("error", Words(1000), nullable=True),
        Column("state", Words(12), nullable=False),
        Column("received_at", Moment, nullable=False),
        Column("tries", Small, nullable=True),
        Column("first_tried_at", Moment, nullable=True),
        Column("last_tried_at", Moment, nullable=True),
        # When an operator tried it again with success, or put it away.
        Column("settled_at", Moment, nullable=True),
        Index("ix_dead_letters_state", "state", "id"),
    )


def _changes(metadata: MetaData) -> Table:
    return Table(
        "changes",
        metadata,
        Column("id", Id, primary_key=True),
        Column("changed_at", Moment, nullable=False),
        Column("actor_kind", Words(12), nullable=False),
        Column("actor_id", Words(64), nullable=False),
        Column("actor_name", Words(120), nullable=True),
        Column("actor_ip", Words(64), nullable=True),
        Column("form", Words(64), nullable=False),
        Column("record_id", Id, nullable=False),
        # The record whose page shows this change: a subscriber's change is shown with its customer.
        Column("root_id", Id, nullable=False),
        Column("field", Words(120), nullable=False),
        Column("old_value", LongText, nullable=True),
        Column("new_value", LongText, nullable=True),
        Column("cause", Words(64), nullable=True),
        Index("ix_changes_root_id", "root_id", "id"),
        Index("ix_changes_record_id", "record_id", "id"),
    )


def _requests(metadata: MetaData) -> Table:
    return Table(
        "requests",
        metadata,
        Column("actor_id", Words(64), nullable=False),
        Column("call", Words(64), nullable=False),
        Column("request_id", Words(64), nullable=False),
        Column("content_hash", Words(64), nullable=False),
        Column("answer", LongText, nullable=True),
        Column("answered_at", Moment, nullable=False),
        PrimaryKeyConstraint("actor_id", "call", "request_id"),
        Index("ix_requests_answered_at", "answered_at"),
    )
