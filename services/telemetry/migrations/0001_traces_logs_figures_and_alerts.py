"""Traces, logs, figures and alerts."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None
release = "0.1.0"


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("rule", sa.Unicode(length=40), nullable=False),
        sa.Column("part", sa.Unicode(length=40), nullable=False),
        sa.Column("subject", sa.Unicode(length=200), nullable=True),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("figure", sa.Numeric(precision=18, scale=3), nullable=False),
        sa.Column("limit_figure", sa.Numeric(precision=18, scale=3), nullable=False),
        sa.Column("detail", sa.Unicode(length=400), nullable=True),
        sa.Column("began_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
    )
    op.create_index("ix_alerts_began_at", "alerts", ["began_at"], unique=False)
    op.create_index("ix_alerts_open", "alerts", ["open", "began_at"], unique=False)
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
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
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
        sa.PrimaryKeyConstraint("id", name="pk_dead_letters"),
    )
    op.create_index("ix_dead_letters_state", "dead_letters", ["state", "id"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("consumer", sa.Unicode(length=120), nullable=False),
        sa.Column("event_id", sa.Unicode(length=64), nullable=False),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "event_id", name="pk_inbox"),
    )
    op.create_index("ix_inbox_received_at", "inbox", ["received_at"], unique=False)
    op.create_table(
        "log_lines",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("part", sa.Unicode(length=40), nullable=False),
        sa.Column("gravity", sa.SmallInteger(), nullable=False),
        sa.Column("text", sa.Unicode(length=1000), nullable=False),
        sa.Column("fields", sa.UnicodeText(), nullable=True),
        sa.Column("trace_id", sa.Unicode(length=32), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_log_lines"),
    )
    op.create_index("ix_log_lines_at", "log_lines", ["at"], unique=False)
    op.create_index("ix_log_lines_trace_id", "log_lines", ["trace_id"], unique=False)
    op.create_table(
        "minutes",
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("part", sa.Unicode(length=40), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("at", "part", name="pk_minutes"),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("alert_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("channel", sa.Unicode(length=20), nullable=False),
        sa.Column("moment", sa.Unicode(length=8), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.Column("sent_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
    )
    op.create_index("ix_notices_alert_id", "notices", ["alert_id"], unique=False)
    op.create_index("ix_notices_waiting", "notices", ["waiting"], unique=False)
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
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_recorded_at", "outbox", ["recorded_at"], unique=False)
    op.create_index("ix_outbox_waiting", "outbox", ["waiting", "id"], unique=False)
    op.create_table(
        "relay",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("stream_created", sa.Unicode(length=64), nullable=True),
        sa.Column("holder", sa.Unicode(length=64), nullable=True),
        sa.Column("held_until", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_relay"),
    )
    op.create_table(
        "requests",
        sa.Column("actor_id", sa.Unicode(length=64), nullable=False),
        sa.Column("call", sa.Unicode(length=64), nullable=False),
        sa.Column("request_id", sa.Unicode(length=64), nullable=False),
        sa.Column("content_hash", sa.Unicode(length=64), nullable=False),
        sa.Column("answer", sa.UnicodeText(), nullable=True),
        sa.Column("answered_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("actor_id", "call", "request_id", name="pk_requests"),
    )
    op.create_index("ix_requests_answered_at", "requests", ["answered_at"], unique=False)
    op.create_table(
        "trace_pieces",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("trace_id", sa.Unicode(length=32), nullable=False),
        sa.Column("began_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_trace_pieces"),
    )
    op.create_index("ix_trace_pieces_began_at", "trace_pieces", ["began_at"], unique=False)
    op.create_index("ix_trace_pieces_trace_id", "trace_pieces", ["trace_id"], unique=False)
    op.create_table(
        "traces",
        sa.Column("trace_id", sa.Unicode(length=32), nullable=False),
        sa.Column("began_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("took_us", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Unicode(length=200), nullable=False),
        sa.Column("part", sa.Unicode(length=40), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("failed_in", sa.Unicode(length=40), nullable=True),
        sa.Column("spans", sa.BigInteger(), nullable=False),
        sa.Column("parts", sa.Unicode(length=400), nullable=False),
        sa.PrimaryKeyConstraint("trace_id", name="pk_traces"),
    )
    op.create_index("ix_traces_began_at", "traces", ["began_at"], unique=False)
    op.create_index("ix_traces_failed", "traces", ["failed", "began_at"], unique=False)
    op.create_index("ix_traces_took_us", "traces", ["took_us", "began_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_traces_took_us", table_name="traces")
    op.drop_index("ix_traces_failed", table_name="traces")
    op.drop_index("ix_traces_began_at", table_name="traces")
    op.drop_table("traces")
    op.drop_index("ix_trace_pieces_trace_id", table_name="trace_pieces")
    op.drop_index("ix_trace_pieces_began_at", table_name="trace_pieces")
    op.drop_table("trace_pieces")
    op.drop_index("ix_requests_answered_at", table_name="requests")
    op.drop_table("requests")
    op.drop_table("relay")
    op.drop_index("ix_outbox_waiting", table_name="outbox")
    op.drop_index("ix_outbox_recorded_at", table_name="outbox")
    op.drop_table("outbox")
    op.drop_index("ix_notices_waiting", table_name="notices")
    op.drop_index("ix_notices_alert_id", table_name="notices")
    op.drop_table("notices")
    op.drop_table("minutes")
    op.drop_index("ix_log_lines_trace_id", table_name="log_lines")
    op.drop_index("ix_log_lines_at", table_name="log_lines")
    op.drop_table("log_lines")
    op.drop_index("ix_inbox_received_at", table_name="inbox")
    op.drop_table("inbox")
    op.drop_index("ix_dead_letters_state", table_name="dead_letters")
    op.drop_table("dead_letters")
    op.drop_index("ix_changes_root_id", table_name="changes")
    op.drop_index("ix_changes_record_id", table_name="changes")
    op.drop_table("changes")
    op.drop_index("ix_alerts_open", table_name="alerts")
    op.drop_index("ix_alerts_began_at", table_name="alerts")
    op.drop_table("alerts")
