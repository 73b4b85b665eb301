"""Bank accounts; fields of the branch's own; rows taken out as files."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
release = "0.1.0"


def upgrade() -> None:
    op.create_table(
        "exports",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("form", sa.Unicode(length=64), nullable=False),
        sa.Column("state", sa.Unicode(length=12), nullable=False),
        sa.Column("filter_json", sa.UnicodeText(), nullable=False),
        sa.Column("columns_json", sa.UnicodeText(), nullable=False),
        sa.Column("reason", sa.Unicode(length=500), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column("written", sa.BigInteger(), nullable=False),
        sa.Column("requested_by", sa.Unicode(length=64), nullable=False),
        sa.Column("requested_ip", sa.Unicode(length=64), nullable=True),
        sa.Column("requested_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("file_name", sa.Unicode(length=200), nullable=False),
        sa.Column("approval_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("failure", sa.Unicode(length=200), nullable=True),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("holder", sa.Unicode(length=64), nullable=True),
        sa.Column("held_until", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
    )
    op.create_index("ix_exports_requested_by", "exports", ["requested_by", "id"], unique=False)
    op.create_index("ix_exports_state", "exports", ["state", "id"], unique=False)
    op.add_column("customers", sa.Column("extra_json", sa.UnicodeText(), nullable=True))
    op.add_column("accounts", sa.Column("bank_account", sa.Unicode(length=40), nullable=True))


def downgrade() -> None:
    op.drop_index("ix_exports_state", table_name="exports")
    op.drop_index("ix_exports_requested_by", table_name="exports")
    op.drop_table("exports")
    op.drop_column("accounts", "bank_account")
    op.drop_column("customers", "extra_json")
