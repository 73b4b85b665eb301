"""The tables of dispatch, and which domain classes stand for their rows."""

from sqlalchemy import Column, Index, Table, UniqueConstraint
from sqlalchemy.orm import registry

from chassis import plumbing as chassis_plumbing
from chassis.columns import Day, Flag, Id, LongText, Moment, Small, Version, Words, new_metadata
from chassis.exports import exports_table
from dispatch.domain.rules import GenerationRule
from dispatch.domain.task import Task
from dispatch.domain.work_order import WorkOrder
from dispatch.domain.write_back import WriteBack

metadata = new_metadata()
plumbing = chassis_plumbing.declare(metadata)
exports = exports_table(metadata)

tasks = Table(
    "tasks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("version", Version, nullable=False),
    Column("kind", Words(20), nullable=False),
    Column("title", Words(300), nullable=False),
    Column("source", Words(64), nullable=False),
    Column("priority", Small, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("state", Words(12), nullable=False),
    Column("external_id", Words(100), nullable=True),
    Column("work_order_id", Id, nullable=True),
    Column("item_id", Words(64), nullable=True),
    Column("customer_id", Id, nullable=True),
    Column("customer_name", Words(120), nullable=True),
    Column("bureau_id", Id, nullable=True),
    Column("community_id", Id, nullable=True),
    Column("owner_number", Words(64), nullable=True),
    Column("seat_number", Words(64), nullable=True),
    Column("write_back", Words(12), nullable=True),
    Column("rule", Words(30), nullable=True),
    Column("occasion_key", Words(64), nullable=True),
    Column("occasion_on", Day, nullable=True),
    Column("run_id", Id, nullable=True),
    Column("placement", Words(40), nullable=True),
    Column("place", Words(300), nullable=True),
    Column("description", Words(2000), nullable=True),
    Column("result_code", Words(40), nullable=True),
    Column("result_json", LongText, nullable=True),
    Column("cancel_reason", Words(500), nullable=True),
    Column("ended_at", Moment, nullable=True),
    Column("overdue_said_at", Moment, nullable=True),
    # One occasion, one task, whoever generates and how often; rows that are not generated have neither column.
    UniqueConstraint("rule", "occasion_key", name="uq_tasks_occasion"),
    # Each list is one walk along an index: whose, not ended, by due time. `due_at` is never null, so Oracle keeps the rows.
    Index("ix_tasks_owner", "owner_number", "ended_at", "due_at", "id"),
    Index("ix_tasks_seat", "seat_number", "ended_at", "due_at", "id"),
    Index("ix_tasks_bureau", "bureau_id", "ended_at", "due_at", "id"),
    Index("ix_tasks_due", "ended_at", "due_at", "id"),
    Index("ix_tasks_customer", "customer_id"),
    Index("ix_tasks_work_order", "work_order_id"),
    Index("ix_tasks_external", "external_id"),
    Index("ix_tasks_write_back", "write_back"),
    Index("ix_tasks_run", "run_id"),
)

customer_copies = Table(
    "customer_copies",
    metadata,
    Column("customer_id", Id, primary_key=True),
    Column("version", Version, nullable=False),
    Column("customer_number", Words(64), nullable=True),
    Column("name", Words(120), nullable=True),
    Column("customer_group", Words(20), nullable=True),
    Column("bureau_id", Id, nullable=True),
    Column("community_id", Id, nullable=True),
    Column("owner_number", Words(64), nullable=True),
    Column("seat_number", Words(64), nullable=True),
    # Occasion keys of domain/occasions.py; null when there is nothing to celebrate.
    Column("birthday_key", Words(5), nullable=True),
    Column("store_key", Words(5), nullable=True),
    Column("store_opened_on", Day, nullable=True),
    Index("ix_customer_copies_birthday", "birthday_key"),
    Index("ix_customer_copies_store", "store_key"),
)

appointment_copies = Table(
    "appointment_copies",
    metadata,
    Column("appointment_id", Id, primary_key=True),
    Column("version", Version, nullable=False),
    Column("customer_id", Id, nullable=False),
    Column("kind", Words(20), nullable=False),
    Column("starts_at", Moment, nullable=False),
    # Day and words of the start in the branch's zone: SQL should not reckon with zones.
    Column("starts_on", Day, nullable=False),
    Column("starts_words", Words(40), nullable=False),
    Column("place", Words(300), nullable=True),
    Column("cancelled", Flag, nullable=False),
    Index("ix_appointment_copies_starts", "starts_on"),
    Index("ix_appointment_copies_cust", "customer_id"),
)

generation_rules = Table(
    "generation_rules",
    metadata,
    Column("name", Words(30), primary_key=True),
    Column("version", Version, nullable=False),
    Column("enabled", Flag, nullable=False),
    Column("days_ahead", Small, nullable=False),
    Column("due_working_days", Small, nullable=False),
    Column("groups", Words(60), nullable=False),
    Column("priority", Small, nullable=False),
    Column("covered_on", Day, nullable=True),
)

generation_runs = Table(
    "generation_runs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("rule", Words(30), nullable=False),
    Column("run_on", Day, nullable=False),
    Column("first_on", Day, nullable=False),
    Column("last_on", Day, nullable=False),
    Column("daily", Flag, nullable=False),
    Column("created_count", Version, nullable=False),
    Column("ran_at", Moment, nullable=False),
    Column("actor_id", Words(64), nullable=False),
    Index("ix_generation_runs_rule", "rule", "ran_at"),
)

work_orders = Table(
    "work_orders",
    metadata,
    Column("id", Id, primary_key=True),
    Column("version", Version, nullable=False),
    Column("source", Words(64), nullable=False),
    Column("external_id", Words(100), nullable=True),
    # The external id, or our own id where the system gave none: Oracle would take two missing ones for the same.
    Column("external_key", Words(100), nullable=False),
    Column("content_hash", Words(64), nullable=False),
    Column("document_json", LongText, nullable=False),
    Column("state", Words(20), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("state_changed_at", Moment, nullable=False),
    Column("completed_at", Moment, nullable=True),
    Column("cancelled_at", Moment, nullable=True),
    Column("cancellation_reason", Words(500), nullable=True),
    Column("category", Words(200), nullable=True),
    Column("description", Words(2000), nullable=True),
    Column("priority", Words(20), nullable=True),
    Column("doc_version", Words(40), nullable=True),
    Column("doc_type", Words(100), nullable=True),
    Column("base_type", Words(100), nullable=True),
    Column("schema_location", Words(500), nullable=True),
    Column("notification_contact", Words(200), nullable=True),
    Column("start_date", Moment, nullable=True),
    Column("requested_start", Moment, nullable=True),
    Column("requested_completion", Moment, nullable=True),
    Column("expected_completion", Moment, nullable=True),
    UniqueConstraint("source", "external_key", name="uq_work_orders_external"),
    Index("ix_work_orders_source", "source", "created_at", "id"),
)

work_order_items = Table(
    "work_order_items",
    metadata,
    Column("work_order_id", Id, primary_key=True),
    Column("position", Small, primary_key=True),
    Column("item_id", Words(64), nullable=True),
    Column("task_id", Id, nullable=True),
    Column("reason", Words(40), nullable=True),
    Column("field", Words(40), nullable=True),
    Column("value", Words(200), nullable=True),
    # What the owner is looked up by; kept only while the look-up is still owed.
    Column("lookup_json", LongText, nullable=True),
    Index("ix_work_order_items_task", "task_id"),
)

write_backs = Table(
    "write_backs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("task_id", Id, nullable=False),
    Column("system", Words(64), nullable=False),
    Column("external_id", Words(100), nullable=False),
    Column("outcome", Words(20), nullable=False),
    Column("body_json", LongText, nullable=False),
    Column("sequence", Small, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("state", Words(12), nullable=False),
    Column("attempts", Small, nullable=False),
    Column("last_error", Words(40), nullable=True),
    Column("next_attempt_at", Moment, nullable=True),
    Column("lease", Words(64), nullable=True),
    Column("leased_until", Moment, nullable=True),
    Column("delivered_at", Moment, nullable=True),
    Column("traceparent", Words(64), nullable=True),
    Column("tried_at", Moment, nullable=True),
    UniqueConstraint("task_id", "sequence", name="uq_write_backs_sequence"),
    Index("ix_write_backs_next", "state", "system", "next_attempt_at"),
    Index("ix_write_backs_state", "state", "id"),
)

mapper = registry(metadata=metadata)
# The entities count their versions themselves, so that an event carries the version its change has.
mapper.map_imperatively(Task, tasks, version_id_col=tasks.c.version, version_id_generator=False)
mapper.map_imperatively(
    GenerationRule, generation_rules, version_id_col=generation_rules.c.version, version_id_generator=False
)
mapper.map_imperatively(
    WorkOrder,
    work_orders,
    version_id_col=work_orders.c.version,
    version_id_generator=False,
    exclude_properties=["external_key"],
)
mapper.map_imperatively(WriteBack, write_backs)
