"""The tables of organisation: pairs, stand-ins, and how the accounts in Keycloak are kept in step."""

from sqlalchemy import Column, Index, Table

from chassis.columns import Day, Flag, Id, LongText, Moment, Small, Version, Words
from support.storage.tables import metadata as metadata

pairs = Table(
    "pairs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("seat_number", Words(32), nullable=False),
    Column("manager_number", Words(32), nullable=False),
    Column("valid_from", Day, nullable=False),
    Column("valid_to", Day, nullable=True),
    Index("ix_pairs_seat_number", "seat_number", "id"),
    Index("ix_pairs_manager_number", "manager_number", "id"),
)

stand_ins = Table(
    "stand_ins",
    metadata,
    Column("id", Id, primary_key=True),
    Column("absent_number", Words(32), nullable=False),
    Column("stand_in_number", Words(32), nullable=False),
    Column("valid_from", Day, nullable=False),
    Column("valid_to", Day, nullable=False),
    Column("cancelled", Flag, nullable=False),
    Index("ix_stand_ins_absent", "absent_number", "valid_to"),
    Index("ix_stand_ins_stand_in", "stand_in_number", "valid_to"),
)

# A person whose account must be looked at. Written in the transaction of the change; what the account should be is read from
# the person when its turn comes, so several changes of one person cannot overtake each other.
account_changes = Table(
    "account_changes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("staff_number", Words(32), nullable=False),
    # Hash of a first password as Keycloak keeps it; gone once it is there.
    Column("credential", LongText, nullable=True),
    Column("log_out", Flag, nullable=False),
    Column("waiting", Flag, nullable=False),
    Column("attempts", Small, nullable=False),
    Column("asked_at", Moment, nullable=False),
    # Before that moment nobody takes it: a pause after a failure, or somebody is at it.
    Column("next_at", Moment, nullable=False),
    Column("done_at", Moment, nullable=True),
    Column("last_error", Words(200), nullable=True),
    Index("ix_account_changes_waiting", "waiting", "next_at"),
    Index("ix_account_changes_staff", "staff_number", "waiting"),
)

account_drift = Table(
    "account_drift",
    metadata,
    Column("id", Id, primary_key=True),
    Column("staff_number", Words(64), nullable=False),
    Column("what", Words(20), nullable=False),
    Column("repaired", Flag, nullable=False),
    Column("found_at", Moment, nullable=False),
    Column("detail", Words(500), nullable=True),
    Index("ix_account_drift_open", "repaired", "id"),
)

# One row: when accounts were last compared.
account_sweeps = Table(
    "account_sweeps",
    metadata,
    Column("id", Small, primary_key=True, autoincrement=False),
    Column("swept_at", Moment, nullable=False),
    Column("compared", Version, nullable=False),
)
