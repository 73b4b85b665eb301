"""Policies with versions, approvals, disclosures; the table of single grants goes up in the policy."""

import json
import uuid
from datetime import UTC, datetime
from itertools import groupby

import sqlalchemy as sa
from alembic import op

from chassis.columns import Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
release = "0.1.0"
# The table of single grants never left the house: it came and went before the first release.
contract_of = "0001"
unused_since = "0.1.0"


def upgrade() -> None:
    op.create_table(
        "policies",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("edition", sa.BigInteger(), nullable=True),
        sa.Column("base_edition", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Unicode(length=12), nullable=False),
        sa.Column("author", sa.Unicode(length=64), nullable=False),
        sa.Column("draft_of", sa.Unicode(length=64), nullable=True),
        sa.Column("approver", sa.Unicode(length=64), nullable=True),
        sa.Column("note", sa.Unicode(length=1000), nullable=True),
        sa.Column("saved_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("roles", sa.UnicodeText(), nullable=False),
        sa.Column("product", sa.UnicodeText(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policies")),
        sa.UniqueConstraint("draft_of", name=op.f("uq_policies_draft_of")),
        sa.UniqueConstraint("edition", name=op.f("uq_policies_edition")),
    )
    op.create_index("ix_policies_state", "policies", ["state"], unique=False)
    op.create_table(
        "approvals",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Unicode(length=12), nullable=False),
        sa.Column("subject_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("form", sa.Unicode(length=64), nullable=False),
        sa.Column("summary", sa.UnicodeText(), nullable=False),
        sa.Column("requested_by", sa.Unicode(length=64), nullable=False),
        sa.Column("requested_name", sa.Unicode(length=120), nullable=False),
        sa.Column("requested_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("bureau_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("community_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("state", sa.Unicode(length=12), nullable=False),
        sa.Column("decided_by", sa.Unicode(length=64), nullable=True),
        sa.Column("decided_for", sa.Unicode(length=64), nullable=True),
        sa.Column("decided_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("remark", sa.Unicode(length=1000), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
        sa.UniqueConstraint("subject_id", name=op.f("uq_approvals_subject_id")),
    )
    op.create_index("ix_approvals_requested_by", "approvals", ["requested_by", "id"], unique=False)
    op.create_index("ix_approvals_state", "approvals", ["state", "id"], unique=False)
    op.create_table(
        "disclosures",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Unicode(length=12), nullable=False),
        sa.Column("staff_number", sa.Unicode(length=64), nullable=False),
        sa.Column("name", sa.Unicode(length=120), nullable=False),
        sa.Column("form", sa.Unicode(length=64), nullable=False),
        sa.Column("record_id", sa.Unicode(length=64), nullable=False),
        sa.Column("record_label", sa.Unicode(length=200), nullable=True),
        sa.Column("column_path", sa.Unicode(length=120), nullable=True),
        sa.Column("reason", sa.Unicode(length=500), nullable=False),
        sa.Column("disclosed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column("ip", sa.Unicode(length=64), nullable=True),
        sa.Column("bureau_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("community_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosures")),
    )
    op.create_index("ix_disclosures_at", "disclosures", ["disclosed_at", "id"], unique=False)
    op.create_index("ix_disclosures_staff", "disclosures", ["staff_number", "disclosed_at"], unique=False)
    _carry_own_grants()
    op.drop_table("grants")


def _carry_own_grants() -> None:
    """Keep the rules made by hand until the first start makes the first policy: the product's own are not copied."""
    grants = sa.table("grants", *(sa.column(name) for name in ("role", "form", "action", "scope", "origin")))
    question = (
        sa.select(grants).where(grants.c.origin != "default").order_by(grants.c.role, grants.c.form, grants.c.scope)
    )
    own = op.get_bind().execute(question).all()
    if not own:
        return
    roles = [
        {
            "name": role,
            "zh": role,
            "en": role,
            "built_in": False,
            "assignments": [],
            "rules": [
                {
                    "id": f"{role}:{form}:{scope}:own",
                    "form": form,
                    "scope": scope,
                    "actions": [row.action for row in some],
                }
                for (form, scope), some in groupby(rows, lambda row: (row.form, row.scope))
            ],
        }
        for role, rows in groupby(own, lambda row: row.role)
    ]
    policies = sa.table(
        "policies",
        sa.column("id", sa.Uuid(as_uuid=False)),
        sa.column("base_edition", sa.BigInteger()),
        sa.column("version", sa.BigInteger()),
        sa.column("state", sa.Unicode(12)),
        sa.column("author", sa.Unicode(64)),
        sa.column("saved_at", Moment),
        sa.column("roles", sa.UnicodeText()),
        sa.column("product", sa.UnicodeText()),
    )
    op.get_bind().execute(
        sa.insert(policies).values(
            id=str(uuid.uuid4()),
            base_edition=0,
            version=1,
            state="carried",
            author="support",
            saved_at=datetime.now(UTC),
            roles=json.dumps(roles),
            product="[]",
        )
    )


def downgrade() -> None:
    op.create_table(
        "grants",
        sa.Column("role", sa.Unicode(length=40), nullable=False),
        sa.Column("form", sa.Unicode(length=64), nullable=False),
        sa.Column("action", sa.Unicode(length=12), nullable=False),
        sa.Column("scope", sa.Unicode(length=12), nullable=False),
        sa.Column("origin", sa.Unicode(length=12), nullable=False),
        sa.PrimaryKeyConstraint("role", "form", "action", "scope", name=op.f("pk_grants")),
    )
    _bring_own_grants_back()
    op.drop_index("ix_disclosures_staff", table_name="disclosures")
    op.drop_index("ix_disclosures_at", table_name="disclosures")
    op.drop_table("disclosures")
    op.drop_index("ix_approvals_state", table_name="approvals")
    op.drop_index("ix_approvals_requested_by", table_name="approvals")
    op.drop_table("approvals")
    op.drop_index("ix_policies_state", table_name="policies")
    op.drop_table("policies")


def _bring_own_grants_back() -> None:
    """Unfold the rules made by hand from where the upgrade kept them; the product's own come back with its next start."""
    kept = op.get_bind().scalar(sa.text("SELECT roles FROM policies WHERE state = 'carried'"))
    rows = [
        {"role": role["name"], "form": rule["form"], "action": action, "scope": rule["scope"], "origin": "own"}
        for role in json.loads(kept or "[]")
        for rule in role["rules"]
        for action in rule["actions"]
    ]
    grants = sa.table("grants", *(sa.column(name) for name in ("role", "form", "action", "scope", "origin")))
    if rows:
        op.bulk_insert(grants, rows)
