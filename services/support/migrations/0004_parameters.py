"""Parameters, bureaus' own days, short and local days, fields of the branch's own."""

import sqlalchemy as sa
from alembic import op

from chassis.schema_steps import add_column, in_batches

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
release = "0.1.0"


def upgrade() -> None:
    add_column("calendar_days", sa.Column("ends_at", sa.Unicode(length=5), nullable=True))
    add_column("calendar_days", sa.Column("is_local", sa.Boolean(), nullable=False, server_default=sa.false()))
    _mark_days_set_by_hand()
    op.create_table(
        "parameter_values",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("param_key", sa.Unicode(length=64), nullable=False),
        sa.Column("unit_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("value_json", sa.UnicodeText(), nullable=True),
        sa.Column("set_by", sa.Unicode(length=64), nullable=False),
        sa.Column("set_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("note", sa.Unicode(length=500), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_parameter_values_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parameter_values")),
    )
    op.create_index("ix_parameter_values_key", "parameter_values", ["param_key", "id"], unique=False)
    op.create_table(
        "unit_days",
        sa.Column("unit_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("holiday_zh", sa.Unicode(length=60), nullable=True),
        sa.Column("holiday_en", sa.Unicode(length=60), nullable=True),
        sa.Column("holiday_start", sa.Boolean(), nullable=False),
        sa.Column("make_up", sa.Boolean(), nullable=False),
        sa.Column("ends_at", sa.Unicode(length=5), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_unit_days_unit_id")),
        sa.PrimaryKeyConstraint("unit_id", "day", name=op.f("pk_unit_days")),
    )
    op.create_index("ix_unit_days_year", "unit_days", ["year", "unit_id"], unique=False)
    op.create_table(
        "extra_fields",
        sa.Column("form", sa.Unicode(length=64), nullable=False),
        sa.Column("name", sa.Unicode(length=40), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("title_zh", sa.Unicode(length=60), nullable=False),
        sa.Column("title_en", sa.Unicode(length=60), nullable=False),
        sa.Column("kind", sa.Unicode(length=12), nullable=False),
        sa.Column("choices", sa.UnicodeText(), nullable=True),
        sa.PrimaryKeyConstraint("form", "name", name=op.f("pk_extra_fields")),
    )
    op.add_column("calendar_years", sa.Column("confirmed_by", sa.Unicode(length=64), nullable=True))
    op.add_column("calendar_years", sa.Column("confirmed_at", sa.TIMESTAMP(timezone=True), nullable=True))


def _mark_days_set_by_hand() -> None:
    """Until now a year was set by hand as a whole: all its days count as the branch's own, so none is lost."""
    years = sa.table("calendar_years", sa.column("year", sa.SmallInteger), sa.column("by_hand", sa.Boolean))
    days = sa.table(
        "calendar_days",
        sa.column("day", sa.Date),
        sa.column("year", sa.SmallInteger),
        sa.column("is_local", sa.Boolean),
    )
    by_hand = sa.select(years.c.year).where(years.c.by_hand == sa.true())
    in_batches(days, "day", {"is_local": True}, sa.and_(days.c.year.in_(by_hand), days.c.is_local == sa.false()))


def downgrade() -> None:
    op.drop_column("calendar_years", "confirmed_at")
    op.drop_column("calendar_years", "confirmed_by")
    op.drop_column("calendar_days", "is_local")
    op.drop_column("calendar_days", "ends_at")
    op.drop_table("extra_fields")
    op.drop_index("ix_unit_days_year", table_name="unit_days")
    op.drop_table("unit_days")
    op.drop_index("ix_parameter_values_key", table_name="parameter_values")
    op.drop_table("parameter_values")
