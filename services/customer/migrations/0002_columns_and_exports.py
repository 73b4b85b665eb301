"""Bank accounts; rows taken out as files."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("bank_account", sa.Unicode(length=40), nullable=True))


def downgrade() -> None:
    op.drop_column("accounts", "bank_account")
