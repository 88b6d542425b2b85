"""${message}

In:    revision ${down_revision or "none: an empty database"}.
Out:   revision ${up_revision}.
Never: a change that loses what a subscriber is owed.
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
