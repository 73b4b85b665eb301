<%! from chassis.schema_window import RELEASE %>\
"""${message}.

Revision ${up_revision}, after ${down_revision | comma,n}, written on ${create_date}.
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None
release = ${repr(RELEASE)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
