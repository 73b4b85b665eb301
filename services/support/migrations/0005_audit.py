"""Tables of audit."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
release = "0.1.0"


def upgrade() -> None:
    op.create_table(
        "audit_queue",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Unicode(length=20), nullable=False),
        sa.Column("staff_number", sa.Unicode(length=64), nullable=True),
        sa.Column("name", sa.Unicode(length=120), nullable=True),
        sa.Column("ip", sa.Unicode(length=64), nullable=True),
        sa.Column("device", sa.Unicode(length=80), nullable=True),
        sa.Column("form", sa.Unicode(length=64), nullable=True),
        sa.Column("record_id", sa.Unicode(length=64), nullable=True),
        sa.Column("detail", sa.Unicode(length=300), nullable=True),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_queue")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Unicode(length=20), nullable=False),
        sa.Column("staff_number", sa.Unicode(length=64), nullable=True),
        sa.Column("name", sa.Unicode(length=120), nullable=True),
        sa.Column("unit_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("bureau_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("community_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("ip", sa.Unicode(length=64), nullable=True),
        sa.Column("place", sa.Unicode(length=100), nullable=True),
        sa.Column("device", sa.Unicode(length=80), nullable=True),
        sa.Column("form", sa.Unicode(length=64), nullable=True),
        sa.Column("record_id", sa.Unicode(length=64), nullable=True),
        sa.Column("detail", sa.Unicode(length=300), nullable=True),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("local_hour", sa.SmallInteger(), nullable=False),
        sa.Column("previous_hash", sa.Unicode(length=64), nullable=False),
        sa.Column("hash", sa.Unicode(length=64), nullable=False),
        sa.PrimaryKeyConstraint("day", "sequence", name=op.f("pk_audit_entries")),
    )
    op.create_index("ix_audit_entries_at", "audit_entries", ["at", "day", "sequence"], unique=False)
    op.create_index("ix_audit_entries_bureau", "audit_entries", ["bureau_id", "at"], unique=False)
    op.create_index("ix_audit_entries_on_day", "audit_entries", ["on_day", "kind"], unique=False)
    op.create_index("ix_audit_entries_record", "audit_entries", ["record_id", "at"], unique=False)
    op.create_index("ix_audit_entries_staff", "audit_entries", ["staff_number", "at"], unique=False)
    op.create_table(
        "audit_chain",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.Unicode(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_chain")),
    )
    op.create_table(
        "audit_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("opening", sa.Unicode(length=64), nullable=False),
        sa.Column("head", sa.Unicode(length=64), nullable=False),
        sa.Column("file_name", sa.Unicode(length=100), nullable=True),
        sa.Column("file_hash", sa.Unicode(length=64), nullable=True),
        sa.Column("archived_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("removed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_audit_days")),
    )
    op.create_table(
        "audit_subnets",
        sa.Column("cidr", sa.Unicode(length=50), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("place", sa.Unicode(length=100), nullable=False),
        sa.PrimaryKeyConstraint("cidr", name=op.f("pk_audit_subnets")),
    )
    op.create_table(
        "audit_marks",
        sa.Column("source", sa.Unicode(length=40), nullable=False),
        sa.Column("read_until", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_audit_marks")),
    )


def downgrade() -> None:
    op.drop_table("audit_marks")
    op.drop_table("audit_subnets")
    op.drop_table("audit_days")
    op.drop_table("audit_chain")
    op.drop_index("ix_audit_entries_staff", table_name="audit_entries")
    op.drop_index("ix_audit_entries_record", table_name="audit_entries")
    op.drop_index("ix_audit_entries_on_day", table_name="audit_entries")
    op.drop_index("ix_audit_entries_bureau", table_name="audit_entries")
    op.drop_index("ix_audit_entries_at", table_name="audit_entries")
    op.drop_table("audit_entries")
    op.drop_table("audit_queue")
