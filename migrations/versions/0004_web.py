"""What people ask for on the web, what they consented to, what they said of papers, and how they like their mail.

In:    revision 0003.
Out:   `subscriber.language`, `abstracts`, `text_only`; the tables `feedback`, `request`, `consent`.
Never: a change to what anybody is sent.
"""

import sqlalchemy as sa
from alembic import op

from digest.store.types import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscriber", sa.Column("language", sa.String(), nullable=False, server_default=""))
    op.add_column("subscriber", sa.Column("abstracts", sa.String(), nullable=False, server_default="short"))
    op.add_column("subscriber", sa.Column("text_only", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "feedback",
        sa.Column("subscriber_id", sa.Integer(), sa.ForeignKey("subscriber.id"), primary_key=True),
        sa.Column("paper_id", sa.Integer(), sa.ForeignKey("paper.id"), primary_key=True),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "request",
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), sa.ForeignKey("subscriber.id"), nullable=True),
        sa.Column("wishes", sa.Text(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("network", sa.String(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("mailed_at", UtcDateTime(), nullable=True),
    )
    op.create_index("ix_request_subscriber_id", "request", ["subscriber_id"])
    op.create_index("ix_request_asked_at", "request", ["asked_at"])
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("subscriber_id", sa.Integer(), sa.ForeignKey("subscriber.id"), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("asked_from", sa.String(), nullable=False),
        sa.Column("confirmed_from", sa.String(), nullable=False),
    )
    op.create_index("ix_consent_subscriber_id", "consent", ["subscriber_id"])
