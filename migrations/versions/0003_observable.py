"""Pauses with an end, who was asked whether they still read this, and why there was no mail as what can be counted.

In:    revision 0002.
Out:   `subscriber.paused_until`, `heard_at`, `keep_by`; `delivery.cause`; events are found by time.
Never: a cause for what was written down before.
"""

import sqlalchemy as sa
from alembic import op

from digest.store.types import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscriber", sa.Column("paused_until", sa.Date(), nullable=True))
    op.add_column("subscriber", sa.Column("heard_at", UtcDateTime(), nullable=True))
    op.add_column("subscriber", sa.Column("keep_by", sa.Date(), nullable=True))
    op.add_column("delivery", sa.Column("cause", sa.String(), nullable=False, server_default=""))
    op.create_index("ix_event_at", "event", ["at"])
