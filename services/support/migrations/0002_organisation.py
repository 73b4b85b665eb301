"""Staff with versions and states, pairs, stand-ins, and accounts kept in step."""

import sqlalchemy as sa
from alembic import op

from chassis.schema_steps import add_column, in_batches

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
release = "0.1.0"


def upgrade() -> None:
    _people()
    op.create_table(
        "pairs",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("seat_number", sa.Unicode(length=32), nullable=False),
        sa.Column("manager_number", sa.Unicode(length=32), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pairs")),
    )
    op.create_index("ix_pairs_seat_number", "pairs", ["seat_number", "id"], unique=False)
    op.create_index("ix_pairs_manager_number", "pairs", ["manager_number", "id"], unique=False)
    op.create_table(
        "stand_ins",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("absent_number", sa.Unicode(length=32), nullable=False),
        sa.Column("stand_in_number", sa.Unicode(length=32), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stand_ins")),
    )
    op.create_index("ix_stand_ins_absent", "stand_ins", ["absent_number", "valid_to"], unique=False)
    op.create_index("ix_stand_ins_stand_in", "stand_ins", ["stand_in_number", "valid_to"], unique=False)
    _accounts()


def _people() -> None:
    """Give everybody a version and a state: constants, so that no row is touched; then those who were switched off."""
    add_column("people", sa.Column("version", sa.BigInteger(), nullable=False, server_default=sa.text("1")))
    add_column("people", sa.Column("state", sa.Unicode(length=12), nullable=False, server_default="active"))
    add_column("people", sa.Column("successor", sa.Unicode(length=32), nullable=True))
    people = sa.table("people", sa.column("id"), sa.column("state", sa.Unicode()), sa.column("active", sa.Boolean()))
    in_batches(
        people,
        "id",
        {"state": "suspended"},
        sa.and_(people.c.active == sa.false(), people.c.state == "active"),
    )


def _accounts() -> None:
    op.create_table(
        "account_changes",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("staff_number", sa.Unicode(length=32), nullable=False),
        sa.Column("credential", sa.UnicodeText(), nullable=True),
        sa.Column("log_out", sa.Boolean(), nullable=False),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("asked_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("next_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("done_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("last_error", sa.Unicode(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_changes")),
    )
    op.create_index("ix_account_changes_waiting", "account_changes", ["waiting", "next_at"], unique=False)
    op.create_index("ix_account_changes_staff", "account_changes", ["staff_number", "waiting"], unique=False)
    op.create_table(
        "account_drift",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("staff_number", sa.Unicode(length=64), nullable=False),
        sa.Column("what", sa.Unicode(length=20), nullable=False),
        sa.Column("repaired", sa.Boolean(), nullable=False),
        sa.Column("found_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("detail", sa.Unicode(length=500), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_drift")),
    )
    op.create_index("ix_account_drift_open", "account_drift", ["repaired", "id"], unique=False)
    op.create_table(
        "account_sweeps",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("swept_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("compared", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_sweeps")),
    )


def downgrade() -> None:
    for table in ("account_sweeps", "account_drift", "account_changes", "stand_ins", "pairs"):
        op.drop_table(table)
    for column in ("successor", "state", "version"):
        op.drop_column("people", column)
