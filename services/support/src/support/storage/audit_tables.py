"""The tables of audit.

Whoever records adds to `audit_queue` in a transaction of their own and contends with nobody; one writer at a time moves
what waits there to `audit_entries` and chains it. Entries are added and, once archived, removed: nothing changes one.
"""

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table

from chassis.columns import Day, Id, Moment, Small, Version, Words
from support.storage.tables import metadata

audit_queue = Table(
    "audit_queue",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", Words(20), nullable=False),
    Column("staff_number", Words(64), nullable=True),
    Column("name", Words(120), nullable=True),
    Column("ip", Words(64), nullable=True),
    Column("device", Words(80), nullable=True),
    Column("form", Words(64), nullable=True),
    Column("record_id", Words(64), nullable=True),
    Column("detail", Words(300), nullable=True),
    Column("at", Moment, nullable=False),
)

audit_entries = Table(
    "audit_entries",
    metadata,
    # The day it was chained; `on_day` is the day it happened.
    Column("day", Day, nullable=False),
    Column("sequence", Version, nullable=False),
    Column("id", Id, nullable=False),
    Column("kind", Words(20), nullable=False),
    Column("staff_number", Words(64), nullable=True),
    Column("name", Words(120), nullable=True),
    # Where the person belonged when it was chained.
    Column("unit_id", Id, nullable=True),
    Column("bureau_id", Id, nullable=True),
    Column("community_id", Id, nullable=True),
    Column("ip", Words(64), nullable=True),
    Column("place", Words(100), nullable=True),
    Column("device", Words(80), nullable=True),
    Column("form", Words(64), nullable=True),
    Column("record_id", Words(64), nullable=True),
    Column("detail", Words(300), nullable=True),
    Column("at", Moment, nullable=False),
    Column("on_day", Day, nullable=False),
    # Hour of the branch's clock, for what happened at night.
    Column("local_hour", Small, nullable=False),
    Column("previous_hash", Words(64), nullable=False),
    Column("hash", Words(64), nullable=False),
    PrimaryKeyConstraint("day", "sequence"),
    Index("ix_audit_entries_at", "at", "day", "sequence"),
    Index("ix_audit_entries_staff", "staff_number", "at"),
    Index("ix_audit_entries_record", "record_id", "at"),
    Index("ix_audit_entries_bureau", "bureau_id", "at"),
    Index("ix_audit_entries_on_day", "on_day", "kind"),
)

# The end of the chain: one row, locked by whoever adds to it.
audit_chain = Table(
    "audit_chain",
    metadata,
    Column("id", Small, primary_key=True, autoincrement=False),
    Column("day", Day, nullable=True),
    Column("sequence", Version, nullable=False),
    Column("head", Words(64), nullable=False),
)

# A day's part of the chain: from the last hash of the day before to its own.
audit_days = Table(
    "audit_days",
    metadata,
    Column("day", Day, primary_key=True),
    Column("entries", Version, nullable=False),
    Column("opening", Words(64), nullable=False),
    Column("head", Words(64), nullable=False),
    # The archive's file and its SHA-256, once the entries are kept there.
    Column("file_name", Words(100), nullable=True),
    Column("file_hash", Words(64), nullable=True),
    Column("archived_at", Moment, nullable=True),
    Column("removed_at", Moment, nullable=True),
)

audit_subnets = Table(
    "audit_subnets",
    metadata,
    Column("cidr", Words(50), primary_key=True),
    Column("id", Id, nullable=False),
    Column("place", Words(100), nullable=False),
)

# How far a source outside has been read.
audit_marks = Table(
    "audit_marks",
    metadata,
    Column("source", Words(40), primary_key=True),
    Column("read_until", Moment, nullable=False),
)
