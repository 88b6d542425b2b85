"""Runs the migrations on the connection the program hands over.

In:    `config.attributes["connection"]`, inside a transaction that the caller ends.
Out:   the schema at the revision asked for.
Never: a connection of its own, or logging set up behind the program's back.
"""

from alembic import context

from digest.store import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.SQLModel.metadata,
    compare_type=True,
    render_as_batch=True,  # SQLite cannot alter most of a table; Alembic copies it instead
)
with context.begin_transaction():
    context.run_migrations()
