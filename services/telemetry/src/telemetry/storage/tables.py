"""The tables of telemetry. What is bulky is packed: a trace is one line to look for and one packed piece to open."""

from sqlalchemy import Column, Index, Numeric, PrimaryKeyConstraint, Table

from chassis.columns import Bytes, Flag, Id, LongText, Moment, Small, Version, Words, new_metadata
from chassis.plumbing import declare

metadata = new_metadata()
plumbing = declare(metadata)

traces = Table(
    "traces",
    metadata,
    Column("trace_id", Words(32), primary_key=True),
    Column("began_at", Moment, nullable=False),
    Column("took_us", Version, nullable=False),
    Column("name", Words(200), nullable=False),
    Column("part", Words(40), nullable=False),
    # Flag and name: Oracle keeps no NULL in an index.
    Column("failed", Flag, nullable=False),
    Column("failed_in", Words(40), nullable=True),
    Column("spans", Version, nullable=False),
    # Names with a blank before and after each, so that one is found by a plain comparison.
    Column("parts", Words(400), nullable=False),
    Index("ix_traces_began_at", "began_at"),
    Index("ix_traces_took_us", "took_us", "began_at"),
    Index("ix_traces_failed", "failed", "began_at"),
)

trace_pieces = Table(
    "trace_pieces",
    metadata,
    Column("id", Id, primary_key=True),
    Column("trace_id", Words(32), nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("packed", Bytes, nullable=False),
    Column("size_bytes", Version, nullable=False),
    Index("ix_trace_pieces_trace_id", "trace_id"),
    Index("ix_trace_pieces_began_at", "began_at"),
)

log_lines = Table(
    "log_lines",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("part", Words(40), nullable=False),
    Column("gravity", Small, nullable=False),
    Column("text", Words(1000), nullable=False),
    Column("fields", LongText, nullable=True),
    Column("trace_id", Words(32), nullable=True),
    Column("size_bytes", Version, nullable=False),
    Index("ix_log_lines_at", "at"),
    Index("ix_log_lines_trace_id", "trace_id"),
)

minutes = Table(
    "minutes",
    metadata,
    Column("at", Moment, nullable=False),
    Column("part", Words(40), nullable=False),
    Column("packed", Bytes, nullable=False),
    Column("size_bytes", Version, nullable=False),
    PrimaryKeyConstraint("at", "part"),
)

_Figure = Numeric(18, 3)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("rule", Words(40), nullable=False),
    Column("part", Words(40), nullable=False),
    Column("subject", Words(200), nullable=True),
    Column("severity", Small, nullable=False),
    Column("figure", _Figure, nullable=False),
    Column("limit_figure", _Figure, nullable=False),
    Column("detail", Words(400), nullable=True),
    Column("began_at", Moment, nullable=False),
    # A flag and not "ended_at IS NULL": Oracle keeps no NULL in an index.
    Column("open", Flag, nullable=False),
    Column("ended_at", Moment, nullable=True),
    Index("ix_alerts_open", "open", "began_at"),
    Index("ix_alerts_began_at", "began_at"),
)

notices = Table(
    "notices",
    metadata,
    Column("id", Id, primary_key=True),
    Column("alert_id", Id, nullable=False),
    Column("channel", Words(20), nullable=False),
    Column("moment", Words(8), nullable=False),
    Column("tries", Small, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("waiting", Flag, nullable=False),
    Column("sent_at", Moment, nullable=True),
    Index("ix_notices_alert_id", "alert_id"),
    Index("ix_notices_waiting", "waiting"),
)
