"""Tables of systems."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
release = "0.1.0"


def upgrade() -> None:
    op.create_table(
        "external_systems",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("code", sa.Unicode(length=40), nullable=False),
        sa.Column("title_zh", sa.Unicode(length=40), nullable=False),
        sa.Column("title_en", sa.Unicode(length=40), nullable=False),
        sa.Column("note_zh", sa.Unicode(length=120), nullable=True),
        sa.Column("note_en", sa.Unicode(length=120), nullable=True),
        sa.Column("way_in", sa.Unicode(length=12), nullable=False),
        sa.Column("start_url", sa.Unicode(length=500), nullable=False),
        sa.Column("login_url", sa.Unicode(length=500), nullable=True),
        sa.Column("user_field", sa.Unicode(length=80), nullable=True),
        sa.Column("password_field", sa.Unicode(length=80), nullable=True),
        sa.Column("cookie_domain", sa.Unicode(length=253), nullable=True),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_systems")),
        sa.UniqueConstraint("code", name=op.f("uq_external_systems_code")),
    )
    op.create_table(
        "credentials",
        sa.Column("system_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("staff_number", sa.Unicode(length=32), nullable=False),
        sa.Column("key_id", sa.Unicode(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["system_id"], ["external_systems.id"], name=op.f("fk_credentials_system_id")),
        sa.PrimaryKeyConstraint("system_id", "staff_number", name=op.f("pk_credentials")),
    )
    op.create_index("ix_credentials_key", "credentials", ["key_id"], unique=False)
    op.create_index("ix_credentials_staff", "credentials", ["staff_number"], unique=False)
    op.create_table(
        "system_positions",
        sa.Column("system_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("role", sa.Unicode(length=40), nullable=False),
        sa.ForeignKeyConstraint(["system_id"], ["external_systems.id"], name=op.f("fk_system_positions_system_id")),
        sa.PrimaryKeyConstraint("system_id", "role", name=op.f("pk_system_positions")),
    )


def downgrade() -> None:
    op.drop_table("system_positions")
    op.drop_index("ix_credentials_staff", table_name="credentials")
    op.drop_index("ix_credentials_key", table_name="credentials")
    op.drop_table("credentials")
    op.drop_table("external_systems")
