"""Dead letters and write-backs say when they were last tried; settled letters when that was."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
release = "0.1.0"


def upgrade() -> None:
    for column in _columns():
        op.add_column("dead_letters", column)
    op.add_column("write_backs", sa.Column("tried_at", sa.TIMESTAMP(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("write_backs", "tried_at")
    for column in _columns():
        op.drop_column("dead_letters", column.name)


def _columns() -> list[sa.Column[object]]:
    return [
        sa.Column("tries", sa.SmallInteger(), nullable=True),
        sa.Column("first_tried_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("last_tried_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("settled_at", sa.TIMESTAMP(timezone=True), nullable=True),
    ]
