"""The tables of access: policies with their versions, what waits for a second person, what was seen in full or taken out."""

from sqlalchemy import Column, Index, Table

from chassis.columns import Id, LongText, Moment, Version, Words
from support.storage.tables import metadata as metadata

# The published policy with the highest edition is the one in force. Two that are published at once cannot both have an
# edition: the second finds the key taken, looks again and is refused because the policy moved on.
policies = Table(
    "policies",
    metadata,
    Column("id", Id, primary_key=True),
    Column("edition", Version, nullable=True, unique=True),
    Column("base_edition", Version, nullable=False),
    Column("version", Version, nullable=False),
    Column("state", Words(12), nullable=False),
    Column("author", Words(64), nullable=False),
    # The author while it is a draft: each administrator has one.
    Column("draft_of", Words(64), nullable=True, unique=True),
    Column("approver", Words(64), nullable=True),
    Column("note", Words(1000), nullable=True),
    Column("saved_at", Moment, nullable=False),
    # Roles as JSON, and the product's own roles when they were made (domain/policy.py).
    Column("roles", LongText, nullable=False),
    Column("product", LongText, nullable=False),
    Index("ix_policies_state", "state"),
)

approvals = Table(
    "approvals",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", Words(12), nullable=False),
    Column("subject_id", Id, nullable=False, unique=True),
    Column("form", Words(64), nullable=False),
    # What it is about, JSON.
    Column("summary", LongText, nullable=False),
    Column("requested_by", Words(64), nullable=False),
    Column("requested_name", Words(120), nullable=False),
    Column("requested_at", Moment, nullable=False),
    # Where the person who asks worked at that time: rules of a bureau or community go by it.
    Column("bureau_id", Id, nullable=True),
    Column("community_id", Id, nullable=True),
    Column("state", Words(12), nullable=False),
    Column("decided_by", Words(64), nullable=True),
    Column("decided_for", Words(64), nullable=True),
    Column("decided_at", Moment, nullable=True),
    Column("remark", Words(1000), nullable=True),
    Index("ix_approvals_requested_by", "requested_by", "id"),
    Index("ix_approvals_state", "state", "id"),
)

disclosures = Table(
    "disclosures",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", Words(12), nullable=False),
    Column("staff_number", Words(64), nullable=False),
    Column("name", Words(120), nullable=False),
    Column("form", Words(64), nullable=False),
    Column("record_id", Words(64), nullable=False),
    Column("record_label", Words(200), nullable=True),
    Column("column_path", Words(120), nullable=True),
    Column("reason", Words(500), nullable=False),
    Column("disclosed_at", Moment, nullable=False),
    Column("row_count", Version, nullable=False),
    Column("ip", Words(64), nullable=True),
    Column("bureau_id", Id, nullable=True),
    Column("community_id", Id, nullable=True),
    Index("ix_disclosures_at", "disclosed_at", "id"),
    Index("ix_disclosures_staff", "staff_number", "disclosed_at"),
)
