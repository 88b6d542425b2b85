"""Editions and digests keep the phrases that rise.

In:    revision 0004.
Out:   `edition.rising`, `delivery.rising`.
Never: a row that is written anew; phrases for what was frozen before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("edition", sa.Column("rising", sa.Text(), nullable=True))
    op.add_column("delivery", sa.Column("rising", sa.Text(), nullable=True))
