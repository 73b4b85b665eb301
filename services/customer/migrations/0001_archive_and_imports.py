"""The archive, its history and its imports: the first tables of customer."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None
release = "0.1.0"


def upgrade() -> None:
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
        "customers",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("customer_number", sa.Unicode(length=40), nullable=False),
        sa.Column("kind", sa.Unicode(length=16), nullable=False),
        sa.Column("customer_group", sa.Unicode(length=16), nullable=False),
        sa.Column("name", sa.Unicode(length=100), nullable=False),
        sa.Column("phone", sa.Unicode(length=30), nullable=True),
        sa.Column("id_card", sa.Unicode(length=30), nullable=True),
        sa.Column("bureau_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("community_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("owner_number", sa.Unicode(length=40), nullable=False),
        sa.Column("seat_number", sa.Unicode(length=40), nullable=True),
        sa.Column("birthday", sa.Unicode(length=24), nullable=True),
        sa.Column("store_anniversary", sa.Date(), nullable=True),
        sa.Column("address", sa.Unicode(length=300), nullable=True),
        sa.Column("joined_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Unicode(length=1000), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("name_key", sa.Unicode(length=200), nullable=False),
        sa.Column("name_pieces", sa.UnicodeText(), nullable=True),
        sa.Column("phone_tail", sa.Unicode(length=4), nullable=True),
        sa.Column("address_key", sa.Unicode(length=300), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("customer_number", name=op.f("uq_customers_customer_number")),
    )
    op.create_index("ix_customers_address_key", "customers", ["address_key"], unique=False)
    op.create_index("ix_customers_bureau", "customers", ["bureau_id", "name_key", "id"], unique=False)
    op.create_index("ix_customers_community", "customers", ["community_id", "name_key", "id"], unique=False)
    op.create_index(
        "ix_customers_joined_on",
        "customers",
        [sa.literal_column("coalesce(joined_on, DATE '0001-01-01')"), "id"],
        unique=False,
    )
    op.create_index("ix_customers_name_key", "customers", ["name_key", "id"], unique=False)
    op.create_index("ix_customers_owner", "customers", ["owner_number", "name_key", "id"], unique=False)
    op.create_index("ix_customers_phone_tail", "customers", ["phone_tail"], unique=False)
    if op.get_context().dialect.name == "postgresql":
        op.create_index(
            "ix_customers_pieces",
            "customers",
            [sa.literal_column("string_to_array(name_pieces, ' ')")],
            unique=False,
            postgresql_using="gin",
        )
    op.create_index("ix_customers_seat", "customers", ["seat_number", "name_key", "id"], unique=False)
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
        "import_jobs",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("form", sa.Unicode(length=16), nullable=False),
        sa.Column("name", sa.Unicode(length=200), nullable=False),
        sa.Column("state", sa.Unicode(length=16), nullable=False),
        sa.Column("started_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("actor_kind", sa.Unicode(length=12), nullable=False),
        sa.Column("actor_id", sa.Unicode(length=64), nullable=False),
        sa.Column("actor_name", sa.Unicode(length=120), nullable=True),
        sa.Column("actor_ip", sa.Unicode(length=64), nullable=True),
        sa.Column("rows_read", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("skipped", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("percent", sa.SmallInteger(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.Unicode(length=40), nullable=True),
        sa.Column("detail", sa.Unicode(length=200), nullable=True),
        sa.Column("holder", sa.Unicode(length=64), nullable=True),
        sa.Column("held_until", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_jobs")),
    )
    op.create_index("ix_import_jobs_state", "import_jobs", ["state", "id"], unique=False)
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
        "accounts",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("account_number", sa.Unicode(length=40), nullable=False),
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.Unicode(length=100), nullable=False),
        sa.Column("payment_method", sa.Unicode(length=16), nullable=False),
        sa.Column("status", sa.Unicode(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_accounts_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("account_number", name=op.f("uq_accounts_account_number")),
    )
    op.create_index(op.f("ix_accounts_customer_id"), "accounts", ["customer_id"], unique=False)
    op.create_table(
        "addresses",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Unicode(length=16), nullable=False),
        sa.Column("text", sa.Unicode(length=300), nullable=False),
        sa.Column("community_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("text_key", sa.Unicode(length=300), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_addresses_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addresses")),
    )
    op.create_index("ix_addresses_text_key", "addresses", ["text_key"], unique=False)
    op.create_index("uq_addresses_customer_place", "addresses", ["customer_id", "kind", "text_key"], unique=True)
    op.create_table(
        "appointments",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("appointment_number", sa.Unicode(length=40), nullable=False),
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Unicode(length=16), nullable=False),
        sa.Column("starts_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("place", sa.Unicode(length=300), nullable=True),
        sa.Column("contact_name", sa.Unicode(length=100), nullable=True),
        sa.Column("contact_phone", sa.Unicode(length=30), nullable=True),
        sa.Column("status", sa.Unicode(length=16), nullable=False),
        sa.Column("note", sa.Unicode(length=1000), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_appointments_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointments")),
    )
    op.create_index("ix_appointments_customer", "appointments", ["customer_id", "starts_at"], unique=False)
    op.create_index("uq_appointments_number", "appointments", ["appointment_number"], unique=True)
    op.create_table(
        "contacts",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.Unicode(length=100), nullable=False),
        sa.Column("role", sa.Unicode(length=40), nullable=True),
        sa.Column("phone", sa.Unicode(length=30), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_contacts_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_index("uq_contacts_customer_name", "contacts", ["customer_id", "name"], unique=True)
    op.create_table(
        "subscribers",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("number", sa.Unicode(length=40), nullable=False),
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("account_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("kind", sa.Unicode(length=16), nullable=False),
        sa.Column("product", sa.Unicode(length=100), nullable=True),
        sa.Column("status", sa.Unicode(length=16), nullable=False),
        sa.Column("g_net", sa.Boolean(), nullable=False),
        sa.Column("activated_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("number_tail", sa.Unicode(length=40), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_subscribers_account_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_subscribers_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscribers")),
        sa.UniqueConstraint("number", name=op.f("uq_subscribers_number")),
    )
    op.create_index(op.f("ix_subscribers_account_id"), "subscribers", ["account_id"], unique=False)
    op.create_index(op.f("ix_subscribers_customer_id"), "subscribers", ["customer_id"], unique=False)
    op.create_index("ix_subscribers_number_tail", "subscribers", ["number_tail"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_subscribers_number_tail", table_name="subscribers")
    op.drop_index(op.f("ix_subscribers_customer_id"), table_name="subscribers")
    op.drop_index(op.f("ix_subscribers_account_id"), table_name="subscribers")
    op.drop_table("subscribers")
    op.drop_index("uq_contacts_customer_name", table_name="contacts")
    op.drop_table("contacts")
    op.drop_index("uq_appointments_number", table_name="appointments")
    op.drop_index("ix_appointments_customer", table_name="appointments")
    op.drop_table("appointments")
    op.drop_index("uq_addresses_customer_place", table_name="addresses")
    op.drop_index("ix_addresses_text_key", table_name="addresses")
    op.drop_table("addresses")
    op.drop_index(op.f("ix_accounts_customer_id"), table_name="accounts")
    op.drop_table("accounts")
    op.drop_index("ix_requests_answered_at", table_name="requests")
    op.drop_table("requests")
    op.drop_table("relay")
    op.drop_index("ix_outbox_waiting", table_name="outbox")
    op.drop_index("ix_outbox_recorded_at", table_name="outbox")
    op.drop_table("outbox")
    op.drop_index("ix_inbox_received_at", table_name="inbox")
    op.drop_table("inbox")
    op.drop_index("ix_import_jobs_state", table_name="import_jobs")
    op.drop_table("import_jobs")
    op.drop_index("ix_dead_letters_state", table_name="dead_letters")
    op.drop_table("dead_letters")
    op.drop_index("ix_customers_seat", table_name="customers")
    if op.get_context().dialect.name == "postgresql":
        op.drop_index("ix_customers_pieces", table_name="customers", postgresql_using="gin")
    op.drop_index("ix_customers_phone_tail", table_name="customers")
    op.drop_index("ix_customers_owner", table_name="customers")
    op.drop_index("ix_customers_name_key", table_name="customers")
    op.drop_index("ix_customers_joined_on", table_name="customers")
    op.drop_index("ix_customers_community", table_name="customers")
    op.drop_index("ix_customers_bureau", table_name="customers")
    op.drop_index("ix_customers_address_key", table_name="customers")
    op.drop_table("customers")
    op.drop_index("ix_changes_root_id", table_name="changes")
    op.drop_index("ix_changes_record_id", table_name="changes")
    op.drop_table("changes")
