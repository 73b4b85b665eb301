"""Dead letters say when they were first and last tried and how often; settled ones when that was."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
release = "0.1.0"


def upgrade() -> None:
    for column in _columns():
        op.add_column("dead_letters", column)


def downgrade() -> None:
    for column in _columns():
        op.drop_column("dead_letters", column.name)


def _columns() -> list[sa.Column[object]]:
    return [
        sa.Column("tries", sa.SmallInteger(), nullable=True),
        sa.Column("first_tried_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("last_tried_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("settled_at", sa.TIMESTAMP(timezone=True), nullable=True),
    ]
