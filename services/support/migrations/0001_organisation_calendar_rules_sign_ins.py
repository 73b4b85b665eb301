"""Organisation, calendar, rules, sign-ins: the first tables of support."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None
release = "0.1.0"


def upgrade() -> None:
    op.create_table(
        "calendar_years",
        sa.Column("year", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_calendar_years")),
    )
    op.create_table(
        "changes",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.Unicode(length=12), nullable=False),
        sa.Column("actor_id", sa.Unicode(length=64), nullable=False),
        sa.Column("actor_name", sa.Unicode(length=120), nullable=True),
        sa.Column("actor_ip", sa.Unicode(length=64), nullable=True),
        sa.Column("form", sa.Unicode(length=64), nullable=False),
        sa.Column("record_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("root_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("field", sa.Unicode(length=120), nullable=False),
        sa.Column("old_value", sa.UnicodeText(), nullable=True),
        sa.Column("new_value", sa.UnicodeText(), nullable=True),
        sa.Column("cause", sa.Unicode(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    op.create_index("ix_changes_record_id", "changes", ["record_id", "id"], unique=False)
    op.create_index("ix_changes_root_id", "changes", ["root_id", "id"], unique=False)
    op.create_table(
        "dead_letters",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("consumer", sa.Unicode(length=120), nullable=False),
        sa.Column("event_id", sa.Unicode(length=64), nullable=False),
        sa.Column("subject", sa.Unicode(length=200), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("headers", sa.UnicodeText(), nullable=True),
        sa.Column("error", sa.Unicode(length=1000), nullable=True),
        sa.Column("state", sa.Unicode(length=12), nullable=False),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letters")),
    )
    op.create_index("ix_dead_letters_state", "dead_letters", ["state", "id"], unique=False)
    op.create_table(
        "documents",
        sa.Column("doc_key", sa.Unicode(length=80), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("doc_key", name=op.f("pk_documents")),
    )
    op.create_index("ix_documents_waiting", "documents", ["waiting", "doc_key"], unique=False)
    op.create_table(
        "grants",
        sa.Column("role", sa.Unicode(length=40), nullable=False),
        sa.Column("form", sa.Unicode(length=64), nullable=False),
        sa.Column("action", sa.Unicode(length=12), nullable=False),
        sa.Column("scope", sa.Unicode(length=12), nullable=False),
        sa.Column("origin", sa.Unicode(length=12), nullable=False),
        sa.PrimaryKeyConstraint("role", "form", "action", "scope", name=op.f("pk_grants")),
    )
    op.create_table(
        "inbox",
        sa.Column("consumer", sa.Unicode(length=120), nullable=False),
        sa.Column("event_id", sa.Unicode(length=64), nullable=False),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "event_id", name=op.f("pk_inbox")),
    )
    op.create_index("ix_inbox_received_at", "inbox", ["received_at"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.Column("subject", sa.Unicode(length=200), nullable=False),
        sa.Column("type", sa.Unicode(length=200), nullable=False),
        sa.Column("entity_id", sa.Unicode(length=64), nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("traceparent", sa.Unicode(length=64), nullable=True),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("sent_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_recorded_at", "outbox", ["recorded_at"], unique=False)
    op.create_index("ix_outbox_waiting", "outbox", ["waiting", "id"], unique=False)
    op.create_table(
        "relay",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("stream_created", sa.Unicode(length=64), nullable=True),
        sa.Column("holder", sa.Unicode(length=64), nullable=True),
        sa.Column("held_until", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relay")),
    )
    op.create_table(
        "requests",
        sa.Column("actor_id", sa.Unicode(length=64), nullable=False),
        sa.Column("call", sa.Unicode(length=64), nullable=False),
        sa.Column("request_id", sa.Unicode(length=64), nullable=False),
        sa.Column("content_hash", sa.Unicode(length=64), nullable=False),
        sa.Column("answer", sa.UnicodeText(), nullable=True),
        sa.Column("answered_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("actor_id", "call", "request_id", name=op.f("pk_requests")),
    )
    op.create_index("ix_requests_answered_at", "requests", ["answered_at"], unique=False)
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.Unicode(length=64), nullable=False),
        sa.Column("staff_number", sa.Unicode(length=64), nullable=False),
        sa.Column("name", sa.Unicode(length=120), nullable=True),
        sa.Column("ip", sa.Unicode(length=64), nullable=True),
        sa.Column("user_agent", sa.Unicode(length=300), nullable=True),
        sa.Column("signed_in_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("signed_out_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Unicode(length=20), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
    )
    op.create_index("ix_sign_ins_at", "sign_ins", ["signed_in_at", "id"], unique=False)
    op.create_index("ix_sign_ins_staff", "sign_ins", ["staff_number", "signed_in_at"], unique=False)
    op.create_table(
        "units",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("code", sa.Unicode(length=30), nullable=False),
        sa.Column("name", sa.Unicode(length=100), nullable=False),
        sa.Column("kind", sa.Unicode(length=12), nullable=False),
        sa.Column("parent_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["units.id"], name=op.f("fk_units_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
        sa.UniqueConstraint("code", name=op.f("uq_units_code")),
    )
    op.create_index("ix_units_parent_id", "units", ["parent_id"], unique=False)
    op.create_table(
        "calendar_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("holiday_zh", sa.Unicode(length=60), nullable=True),
        sa.Column("holiday_en", sa.Unicode(length=60), nullable=True),
        sa.Column("holiday_start", sa.Boolean(), nullable=False),
        sa.Column("make_up", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["year"], ["calendar_years.year"], name=op.f("fk_calendar_days_year")),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_days")),
    )
    op.create_index("ix_calendar_days_year", "calendar_days", ["year"], unique=False)
    op.create_table(
        "people",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("staff_number", sa.Unicode(length=32), nullable=False),
        sa.Column("name", sa.Unicode(length=100), nullable=False),
        sa.Column("readings", sa.Unicode(length=300), nullable=True),
        sa.Column("phone", sa.Unicode(length=25), nullable=True),
        sa.Column("unit_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_people_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("staff_number", name=op.f("uq_people_staff_number")),
    )
    op.create_index("ix_people_unit_id", "people", ["unit_id"], unique=False)
    op.create_table(
        "person_roles",
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("role", sa.Unicode(length=40), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_person_roles_person_id")),
        sa.PrimaryKeyConstraint("person_id", "role", name=op.f("pk_person_roles")),
    )
    op.create_index("ix_person_roles_role", "person_roles", ["role"], unique=False)
    op.create_table(
        "person_units",
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("unit_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_person_units_person_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_person_units_unit_id")),
        sa.PrimaryKeyConstraint("person_id", "unit_id", name=op.f("pk_person_units")),
    )
    op.create_index("ix_person_units_unit_id", "person_units", ["unit_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_person_units_unit_id", table_name="person_units")
    op.drop_table("person_units")
    op.drop_index("ix_person_roles_role", table_name="person_roles")
    op.drop_table("person_roles")
    op.drop_index("ix_people_unit_id", table_name="people")
    op.drop_table("people")
    op.drop_index("ix_calendar_days_year", table_name="calendar_days")
    op.drop_table("calendar_days")
    op.drop_index("ix_units_parent_id", table_name="units")
    op.drop_table("units")
    op.drop_index("ix_sign_ins_staff", table_name="sign_ins")
    op.drop_index("ix_sign_ins_at", table_name="sign_ins")
    op.drop_table("sign_ins")
    op.drop_index("ix_requests_answered_at", table_name="requests")
    op.drop_table("requests")
    op.drop_table("relay")
    op.drop_index("ix_outbox_waiting", table_name="outbox")
    op.drop_index("ix_outbox_recorded_at", table_name="outbox")
    op.drop_table("outbox")
    op.drop_index("ix_inbox_received_at", table_name="inbox")
    op.drop_table("inbox")
    op.drop_table("grants")
    op.drop_index("ix_documents_waiting", table_name="documents")
    op.drop_table("documents")
    op.drop_index("ix_dead_letters_state", table_name="dead_letters")
    op.drop_table("dead_letters")
    op.drop_index("ix_changes_root_id", table_name="changes")
    op.drop_index("ix_changes_record_id", table_name="changes")
    op.drop_table("changes")
    op.drop_table("calendar_years")
