"""What people ask for on the web, what they consented to, what they said of papers, and how they like their mail.

In:    revision 0003.
Out:   `subscriber.language`, `abstracts`, `text_only`; the tables `feedback`, `request`, `consent`; papers can be found
       by their words. On SQLite triggers on `paper` see to that: who makes that table anew has to make them anew.
Never: a change to what anybody is sent.
"""

import sqlalchemy as sa
from alembic import op

from digest.store.types import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ON_SQLITE = (
    """CREATE VIRTUAL TABLE paper_words USING fts5(
        title, authors, abstract, content='paper', content_rowid='id', tokenize='porter unicode61 remove_diacritics 2'
    )""",
    "INSERT INTO paper_words (paper_words) VALUES ('rebuild')",
    """CREATE TRIGGER paper_words_new AFTER INSERT ON paper BEGIN
        INSERT INTO paper_words (rowid, title, authors, abstract) VALUES (new.id, new.title, new.authors, new.abstract);
    END""",
    """CREATE TRIGGER paper_words_old AFTER DELETE ON paper BEGIN
        INSERT INTO paper_words (paper_words, rowid, title, authors, abstract)
        VALUES ('delete', old.id, old.title, old.authors, old.abstract);
    END""",
    """CREATE TRIGGER paper_words_changed AFTER UPDATE ON paper
    WHEN old.title <> new.title OR old.authors <> new.authors OR old.abstract <> new.abstract BEGIN
        INSERT INTO paper_words (paper_words, rowid, title, authors, abstract)
        VALUES ('delete', old.id, old.title, old.authors, old.abstract);
        INSERT INTO paper_words (rowid, title, authors, abstract) VALUES (new.id, new.title, new.authors, new.abstract);
    END""",
)
ON_POSTGRESQL = (  # cut, for it indexes no text of a megabyte
    """CREATE INDEX ix_paper_words ON paper
    USING gin (to_tsvector('english', left(title || ' ' || authors || ' ' || abstract, 100000)))""",
)


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
    for statement in ON_SQLITE if op.get_bind().dialect.name == "sqlite" else ON_POSTGRESQL:
        op.execute(statement)
    letters = sa.text("kind <> 'digest'")
    op.create_index(
        "ix_delivery_letter", "delivery", ["kind", "due_at"], sqlite_where=letters, postgresql_where=letters
    )
