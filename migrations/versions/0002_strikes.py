"""Deliveries that cannot be composed are counted, each waits in a queue with a time, and attempts are found by time.

In:    revision 0001.
Out:   `delivery.strikes`; `next_attempt_at` for what is queued; an index on `attempt.at`.
Never: a change to what was sent.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("delivery", sa.Column("strikes", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE delivery SET next_attempt_at = due_at WHERE state = 'queued' AND next_attempt_at IS NULL")
    op.create_index("ix_attempt_at", "attempt", ["at"])
