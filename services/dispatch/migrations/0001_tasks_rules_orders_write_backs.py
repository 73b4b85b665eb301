"""Tasks, copies of customers and bookings, rules with their defaults, work orders, write-backs: the first tables of dispatch."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None
release = "0.1.0"


# What a branch expects before anybody has set anything: greetings appear three days ahead and are due on the day; the
# greeting round of a holiday appears a week ahead for business and key accounts and is due before the holiday begins.
RULES = [
    {
        "name": "appointment",
        "days_ahead": 2,
        "due_working_days": 0,
        "groups": "public,business,key_account",
        "priority": 2,
    },
    {
        "name": "birthday",
        "days_ahead": 3,
        "due_working_days": 0,
        "groups": "public,business,key_account",
        "priority": 3,
    },
    {"name": "holiday", "days_ahead": 7, "due_working_days": 3, "groups": "business,key_account", "priority": 3},
    {
        "name": "store_anniversary",
        "days_ahead": 3,
        "due_working_days": 0,
        "groups": "public,business,key_account",
        "priority": 3,
    },
]


def upgrade() -> None:
    op.create_table(
        "appointment_copies",
        sa.Column("appointment_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Unicode(length=20), nullable=False),
        sa.Column("starts_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("starts_words", sa.Unicode(length=40), nullable=False),
        sa.Column("place", sa.Unicode(length=300), nullable=True),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("appointment_id", name=op.f("pk_appointment_copies")),
    )
    op.create_index("ix_appointment_copies_cust", "appointment_copies", ["customer_id"], unique=False)
    op.create_index("ix_appointment_copies_starts", "appointment_copies", ["starts_on"], unique=False)
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
        "customer_copies",
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("customer_number", sa.Unicode(length=64), nullable=True),
        sa.Column("name", sa.Unicode(length=120), nullable=True),
        sa.Column("customer_group", sa.Unicode(length=20), nullable=True),
        sa.Column("bureau_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("community_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("owner_number", sa.Unicode(length=64), nullable=True),
        sa.Column("seat_number", sa.Unicode(length=64), nullable=True),
        sa.Column("birthday_key", sa.Unicode(length=5), nullable=True),
        sa.Column("store_key", sa.Unicode(length=5), nullable=True),
        sa.Column("store_opened_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customer_copies")),
    )
    op.create_index("ix_customer_copies_birthday", "customer_copies", ["birthday_key"], unique=False)
    op.create_index("ix_customer_copies_store", "customer_copies", ["store_key"], unique=False)
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
    rules = op.create_table(
        "generation_rules",
        sa.Column("name", sa.Unicode(length=30), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("days_ahead", sa.SmallInteger(), nullable=False),
        sa.Column("due_working_days", sa.SmallInteger(), nullable=False),
        sa.Column("groups", sa.Unicode(length=60), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("covered_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_generation_rules")),
    )
    op.create_table(
        "generation_runs",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("rule", sa.Unicode(length=30), nullable=False),
        sa.Column("run_on", sa.Date(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("daily", sa.Boolean(), nullable=False),
        sa.Column("created_count", sa.BigInteger(), nullable=False),
        sa.Column("ran_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Unicode(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_generation_runs")),
    )
    op.create_index("ix_generation_runs_rule", "generation_runs", ["rule", "ran_at"], unique=False)
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
        "tasks",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Unicode(length=20), nullable=False),
        sa.Column("title", sa.Unicode(length=300), nullable=False),
        sa.Column("source", sa.Unicode(length=64), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("state", sa.Unicode(length=12), nullable=False),
        sa.Column("external_id", sa.Unicode(length=100), nullable=True),
        sa.Column("work_order_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("item_id", sa.Unicode(length=64), nullable=True),
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("customer_name", sa.Unicode(length=120), nullable=True),
        sa.Column("bureau_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("community_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("owner_number", sa.Unicode(length=64), nullable=True),
        sa.Column("seat_number", sa.Unicode(length=64), nullable=True),
        sa.Column("write_back", sa.Unicode(length=12), nullable=True),
        sa.Column("rule", sa.Unicode(length=30), nullable=True),
        sa.Column("occasion_key", sa.Unicode(length=64), nullable=True),
        sa.Column("occasion_on", sa.Date(), nullable=True),
        sa.Column("run_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("placement", sa.Unicode(length=40), nullable=True),
        sa.Column("place", sa.Unicode(length=300), nullable=True),
        sa.Column("description", sa.Unicode(length=2000), nullable=True),
        sa.Column("result_code", sa.Unicode(length=40), nullable=True),
        sa.Column("result_json", sa.UnicodeText(), nullable=True),
        sa.Column("cancel_reason", sa.Unicode(length=500), nullable=True),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("overdue_said_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        sa.UniqueConstraint("rule", "occasion_key", name="uq_tasks_occasion"),
    )
    op.create_index("ix_tasks_bureau", "tasks", ["bureau_id", "ended_at", "due_at", "id"], unique=False)
    op.create_index("ix_tasks_customer", "tasks", ["customer_id"], unique=False)
    op.create_index("ix_tasks_due", "tasks", ["ended_at", "due_at", "id"], unique=False)
    op.create_index("ix_tasks_external", "tasks", ["external_id"], unique=False)
    op.create_index("ix_tasks_owner", "tasks", ["owner_number", "ended_at", "due_at", "id"], unique=False)
    op.create_index("ix_tasks_run", "tasks", ["run_id"], unique=False)
    op.create_index("ix_tasks_seat", "tasks", ["seat_number", "ended_at", "due_at", "id"], unique=False)
    op.create_index("ix_tasks_work_order", "tasks", ["work_order_id"], unique=False)
    op.create_index("ix_tasks_write_back", "tasks", ["write_back"], unique=False)
    op.create_table(
        "work_order_items",
        sa.Column("work_order_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("item_id", sa.Unicode(length=64), nullable=True),
        sa.Column("task_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("reason", sa.Unicode(length=40), nullable=True),
        sa.Column("field", sa.Unicode(length=40), nullable=True),
        sa.Column("value", sa.Unicode(length=200), nullable=True),
        sa.Column("lookup_json", sa.UnicodeText(), nullable=True),
        sa.PrimaryKeyConstraint("work_order_id", "position", name=op.f("pk_work_order_items")),
    )
    op.create_index("ix_work_order_items_task", "work_order_items", ["task_id"], unique=False)
    op.create_table(
        "work_orders",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Unicode(length=64), nullable=False),
        sa.Column("external_id", sa.Unicode(length=100), nullable=True),
        sa.Column("external_key", sa.Unicode(length=100), nullable=False),
        sa.Column("content_hash", sa.Unicode(length=64), nullable=False),
        sa.Column("document_json", sa.UnicodeText(), nullable=False),
        sa.Column("state", sa.Unicode(length=20), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("state_changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("completed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("cancellation_reason", sa.Unicode(length=500), nullable=True),
        sa.Column("category", sa.Unicode(length=200), nullable=True),
        sa.Column("description", sa.Unicode(length=2000), nullable=True),
        sa.Column("priority", sa.Unicode(length=20), nullable=True),
        sa.Column("doc_version", sa.Unicode(length=40), nullable=True),
        sa.Column("doc_type", sa.Unicode(length=100), nullable=True),
        sa.Column("base_type", sa.Unicode(length=100), nullable=True),
        sa.Column("schema_location", sa.Unicode(length=500), nullable=True),
        sa.Column("notification_contact", sa.Unicode(length=200), nullable=True),
        sa.Column("start_date", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("requested_start", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("requested_completion", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("expected_completion", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_orders")),
        sa.UniqueConstraint("source", "external_key", name="uq_work_orders_external"),
    )
    op.create_index("ix_work_orders_source", "work_orders", ["source", "created_at", "id"], unique=False)
    op.create_table(
        "write_backs",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("task_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("system", sa.Unicode(length=64), nullable=False),
        sa.Column("external_id", sa.Unicode(length=100), nullable=False),
        sa.Column("outcome", sa.Unicode(length=20), nullable=False),
        sa.Column("body_json", sa.UnicodeText(), nullable=False),
        sa.Column("sequence", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("started_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("state", sa.Unicode(length=12), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("last_error", sa.Unicode(length=40), nullable=True),
        sa.Column("next_attempt_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("lease", sa.Unicode(length=64), nullable=True),
        sa.Column("leased_until", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("traceparent", sa.Unicode(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_write_backs")),
        sa.UniqueConstraint("task_id", "sequence", name="uq_write_backs_sequence"),
    )
    op.create_index("ix_write_backs_next", "write_backs", ["state", "system", "next_attempt_at"], unique=False)
    op.create_index("ix_write_backs_state", "write_backs", ["state", "id"], unique=False)
    op.bulk_insert(rules, [{**rule, "version": 1, "enabled": True, "covered_on": None} for rule in RULES])


def downgrade() -> None:
    op.drop_index("ix_write_backs_state", table_name="write_backs")
    op.drop_index("ix_write_backs_next", table_name="write_backs")
    op.drop_table("write_backs")
    op.drop_index("ix_work_orders_source", table_name="work_orders")
    op.drop_table("work_orders")
    op.drop_index("ix_work_order_items_task", table_name="work_order_items")
    op.drop_table("work_order_items")
    op.drop_index("ix_tasks_write_back", table_name="tasks")
    op.drop_index("ix_tasks_work_order", table_name="tasks")
    op.drop_index("ix_tasks_seat", table_name="tasks")
    op.drop_index("ix_tasks_run", table_name="tasks")
    op.drop_index("ix_tasks_owner", table_name="tasks")
    op.drop_index("ix_tasks_external", table_name="tasks")
    op.drop_index("ix_tasks_due", table_name="tasks")
    op.drop_index("ix_tasks_customer", table_name="tasks")
    op.drop_index("ix_tasks_bureau", table_name="tasks")
    op.drop_table("tasks")
    op.drop_index("ix_requests_answered_at", table_name="requests")
    op.drop_table("requests")
    op.drop_table("relay")
    op.drop_index("ix_outbox_waiting", table_name="outbox")
    op.drop_index("ix_outbox_recorded_at", table_name="outbox")
    op.drop_table("outbox")
    op.drop_index("ix_inbox_received_at", table_name="inbox")
    op.drop_table("inbox")
    op.drop_index("ix_generation_runs_rule", table_name="generation_runs")
    op.drop_table("generation_runs")
    op.drop_table("generation_rules")
    op.drop_index("ix_dead_letters_state", table_name="dead_letters")
    op.drop_table("dead_letters")
    op.drop_index("ix_customer_copies_store", table_name="customer_copies")
    op.drop_index("ix_customer_copies_birthday", table_name="customer_copies")
    op.drop_table("customer_copies")
    op.drop_index("ix_changes_root_id", table_name="changes")
    op.drop_index("ix_changes_record_id", table_name="changes")
    op.drop_table("changes")
    op.drop_index("ix_appointment_copies_starts", table_name="appointment_copies")
    op.drop_index("ix_appointment_copies_cust", table_name="appointment_copies")
    op.drop_table("appointment_copies")
